"""The page of a plate: answer first, curves, plates with the worst one drawn, and how it was done."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kinescape.assays.viability.curves import fit_curves
from kinescape.assays.viability.reading.tagged_wells import read_tagged_wells
from kinescape.assays.viability.reading.wells import normalise_wells
from kinescape.report.curves_page import curves_page, write_curves


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
    assert "1 of 1 curve show" in page.sections[0].context["answer"][0]
    html = write_curves(fitted, tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<b>drug</b>" not in html and "&lt;b&gt;drug&lt;/b&gt;" in html
    assert "2 replicates" in html
