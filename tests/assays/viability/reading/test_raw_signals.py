"""Raw signals of a long table of wells against the untreated wells of their plate and sample."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinescape.assays.viability.reading.dose_table import read_dose_table
from kinescape.foundation.errors import InputError

HEAD = "plate,well,cell_line,drug,dose,unit,value\n"


def table(tmp_path: Path, body: str) -> Path:
    path = tmp_path / "wells.csv"
    path.write_text(HEAD + body, encoding="utf-8")
    return path


def plate(name: str, level: float) -> str:
    return (
        f"{name},A01,PC9,DMSO,0,nM,{level + 100}\n{name},A02,PC9,DMSO,,nM,{level + 100}\n{name},B01,PC9,blank,,nM,100\n"
        f"{name},B02,PC9,x,10,nM,{0.75 * level + 100}\n{name},B03,PC9,x,100,nM,{0.25 * level + 100}\n"
    )


def test_each_plate_is_set_against_its_own_controls(tmp_path: Path) -> None:
    series = read_dose_table(table(tmp_path, plate("p1", 40_000) + plate("p2", 10_000)), scale="raw")
    assert series.frame.sort("replicate", "dose")["response"].to_list() == pytest.approx([0.75, 0.25] * 2)
    assert set(series.frame["replicate"]) == {"p1", "p2"}
    assert series.plates is not None and series.plates["controls"].to_list() == [2, 2]
    assert series.worst_plate is not None and series.worst_plate["well_row"].max() == 2


def test_signals_are_not_taken_for_percentages(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        read_dose_table(table(tmp_path, plate("p1", 40_000)))
    fault = error.value.faults[0]
    assert fault.code == "scale-ambiguous" and 'scale = "raw"' in (fault.mend or "")
    with pytest.raises(InputError) as error:
        read_dose_table(table(tmp_path, plate("p1", 40_000)), scale="raw", measures="inhibition")
    assert error.value.faults[0].code == "wrong-value"


def test_untreated_wells_without_a_sample_are_those_of_their_plate(tmp_path: Path) -> None:
    body = plate("p1", 40_000).replace("PC9,DMSO", ",DMSO").replace("PC9,blank", ",blank")
    series = read_dose_table(table(tmp_path, body), scale="raw")
    assert series.frame["response"].to_list() == pytest.approx([0.75, 0.25])
    with pytest.raises(InputError) as error:
        read_dose_table(table(tmp_path, body + "p1,B04,A549,x,10,nM,20000\n"), scale="raw")
    assert [fault.code for fault in error.value.faults] == ["control-of-whom"]
