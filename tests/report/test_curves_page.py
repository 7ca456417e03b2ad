"""The page of a plate: answer first, curves, plates with the worst one drawn, and how it was done."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from kinescape.assays.viability.curves import fit_curves
from kinescape.assays.viability.reading.dose_series import DoseSeries
from kinescape.assays.viability.reading.tagged_wells import read_tagged_wells
from kinescape.assays.viability.reading.wells import normalise_wells
from kinescape.foundation.errors import InputError
from kinescape.report.curves_page import curves_page, write_curves_page


def test_a_screen_of_plates_makes_a_page(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    lines = ["BARCODE,SCAN_ID,POSITION,TAG,CELL_LINE_NAME,DRUG_ID,CONC,INTENSITY"]
    for plate in ("one", "two"):
        for i in range(12):
            lines.append(f"{plate},1,{i + 1},NC-1,A,NA,NA,{1000 + random.normal(0, 30):.0f}")
            lines.append(f"{plate},1,{i + 13},B,A,NA,NA,{100 + random.normal(0, 5):.0f}")
        for i, dose in enumerate(10.0 ** np.linspace(-3, 1, 9)):
            value = 100 + 900 / (1 + dose / 0.1) + random.normal(0, 30)
            lines.append(f"{plate},1,{i + 25},L1-D{i + 1}-S,A,<b>drug</b>,{dose},{value:.0f}")
    file = tmp_path / "wells.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    fitted = fit_curves(normalise_wells(read_tagged_wells(file, unit="uM")))
    page = curves_page(fitted)
    assert [section.key for section in page.sections] == ["answer", "pictures", "plates", "how"]
    # Two plates are told in sentences; the worst is drawn well by well.
    assert [figure.key for figure in page.sections[2].context["figures"]] == ["worst-plate"]
    assert all(
        "Z′" in text and "by median deviation" in text for text in page.sections[2].context["sentences"]
    )
    assert "1 of 1 curve shows" in page.sections[0].context["answer"][0]
    html = write_curves_page(fitted, tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<b>drug</b>" not in html and "&lt;b&gt;drug&lt;/b&gt;" in html
    assert "2 replicates" in html


def test_curves_asked_for_are_drawn_by_whole_name_first() -> None:
    random = np.random.default_rng(1)
    dose = 10.0 ** np.linspace(-9, -5, 7)
    frame = pl.concat(
        [
            pl.DataFrame(
                {
                    "sample": "A",
                    "agent": f"drug {k}",
                    "time_h": 72.0,
                    "dose": dose,
                    "dose_unit": "M",
                    "response": 1 / (1 + dose / 1e-7) + random.normal(0, 0.02, dose.size),
                    "replicate": pl.Series([None] * dose.size, dtype=pl.String),
                    "weight": 1.0,
                }
            )
            for k in range(1, 15)
        ]
    )
    fitted = fit_curves(DoseSeries(frame, "fraction_of_control", "made", (), "made"))

    def drawn(*show: str) -> list[str]:
        figure = curves_page(fitted, show=show).sections[1].context["figures"][0]
        return [str(name) for name in figure.table.frame["agent"]]

    assert len(drawn()) == 12
    assert drawn("Drug 1") == ["drug 1"]
    assert len(drawn("drug")) == 14
    assert drawn("drug 3", "drug 2", "drug 3") == ["drug 3", "drug 2"]
    with pytest.raises(InputError, match="did you mean 'drug 1"):
        curves_page(fitted, show=("dru 1x",))
