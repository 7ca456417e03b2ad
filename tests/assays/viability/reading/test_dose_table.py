"""Long tables: what is read, and every way in which they go wrong at the bench."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from kinescape.assays.viability.dose_reading import read_doses
from kinescape.assays.viability.reading.dose_table import read_dose_table
from kinescape.foundation.errors import InputError

HEAD = "sample,agent,dose,unit,response,replicate\n"


def table(tmp_path: Path, body: str, head: str = HEAD) -> Path:
    path = tmp_path / "doses.csv"
    path.write_text(head + body, encoding="utf-8")
    return path


GOOD = "A,x,0,nM,100,1\nA,x,10,nM,98,1\nA,x,0.1,uM,60,1\nA,x,1,uM,20,1\nA,x,10,uM,3,1\n"


def codes(error: pytest.ExceptionInfo[InputError]) -> set[str]:
    return {fault.code for fault in error.value.faults}


def test_units_of_each_line_and_scale_are_told(tmp_path: Path) -> None:
    series = read_dose_table(table(tmp_path, GOOD))
    assert series.frame["dose"].to_list() == pytest.approx([0.0, 1e-8, 1e-7, 1e-6, 1e-5])
    assert series.frame["response"].to_list() == pytest.approx([1.0, 0.98, 0.6, 0.2, 0.03])
    assert "per cent" in series.stated and "10 nM to 10 uM" in series.stated
    assert any(note.code == "mixed-units" for note in series.notes)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (GOOD + "A,x,-1,uM,20,1\n", "negative-dose"),
        (GOOD + 'A,x,"1,5",uM,20,1\n', "not-a-number"),
        (GOOD + "A,x,2024-01-05,uM,20,1\n", "date-for-dose"),
        (GOOD + "A,x,1,ug,20,1\n", "unknown-unit"),
        (GOOD + "A,x,1,mg/mL,20,1\n", "mixed-units"),
        (GOOD + "A,x,1,,20,1\n", "unit-missing"),
        ("A,x,0,nM,7,1\nA,x,1,nM,6,1\nA,x,5,nM,1,1\n", "scale-ambiguous"),
        ("A,x,0,nM,41230,1\nA,x,1,nM,40100,1\nA,x,5,nM,1200,1\n", "scale-ambiguous"),
    ],
)
def test_faults_are_told_with_their_place(tmp_path: Path, body: str, code: str) -> None:
    with pytest.raises(InputError) as error:
        read_dose_table(table(tmp_path, body))
    assert code in codes(error)


def test_logarithms_that_nobody_marked_are_recognised_by_their_sign(tmp_path: Path) -> None:
    body = "".join(f"A,x,{d},{r}\n" for d, r in ((-9, 1.0), (-8, 0.9), (-7, 0.5), (-6, 0.1)))
    with pytest.raises(InputError) as error:
        read_dose_table(table(tmp_path, body, "sample,agent,dose,response\n"), unit="M")
    assert any("log10" in (fault.mend or "") for fault in error.value.faults)
    marked = table(tmp_path, body, "sample,agent,log10 dose,response\n")
    series = read_dose_table(marked, unit="M", columns={"dose": "log10 dose"})
    assert series.frame["dose"].to_list() == pytest.approx([1e-9, 1e-8, 1e-7, 1e-6])


def test_no_unit_is_refused_and_one_in_the_heading_is_read(tmp_path: Path) -> None:
    body = "A,x,0,1\nA,x,1,0.9\nA,x,10,0.2\n"
    with pytest.raises(InputError) as error:
        read_dose_table(table(tmp_path, body, "sample,agent,dose,response\n"))
    assert codes(error) == {"unit-missing"}
    series = read_dose_table(table(tmp_path, body, "sample,agent,dose_uM,response\n"))
    assert series.frame["dose"].to_list() == pytest.approx([0.0, 1e-6, 1e-5])


def test_lines_of_two_drugs_are_counted_and_left_to_synergy(tmp_path: Path) -> None:
    head = "drug_row,drug_col,conc_r,conc_c,response,conc_r_unit,conc_c_unit\n"
    body = "a,b,0,0,100,uM,nM\na,b,1,0,50,uM,nM\na,b,0,7,30,uM,nM\na,b,1,7,10,uM,nM\na,a,1,1,40,uM,uM\n"
    series = read_dose_table(table(tmp_path, body, head))
    singles = series.frame.filter(pl.col("dose") > 0).sort("agent")
    assert singles["agent"].to_list() == ["a", "b"]
    assert singles["dose"].to_list() == pytest.approx([1e-6, 7e-9])
    said = {note.code: note.text for note in series.notes}
    assert "2 lines" in said["combinations-left-out"] and "itself" in said["one-drug-twice"]


def test_counts_with_time_zero_become_growth_rates(tmp_path: Path) -> None:
    head = "cell_line,agent,concentration,cell_count,cell_count__ctrl,cell_count__time0\n"
    body = "A,x,0.1,400,400,100\nA,x,1,200,400,100\nA,x,10,100,400,100\n"
    series = read_dose_table(table(tmp_path, body, head), unit="uM")
    assert series.response == "growth_rate"
    assert series.frame["response"].to_list() == pytest.approx([1.0, 2**0.5 - 1, 0.0])


def test_empty_responses_are_counted_not_dropped_silently(tmp_path: Path) -> None:
    series = read_dose_table(table(tmp_path, GOOD + "A,x,20,uM,,1\n"))
    assert series.frame.height == 6 and series.frame["response"].null_count() == 1
    assert any(note.code == "missing-values" for note in series.notes)


def test_a_missing_column_names_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        read_dose_table(table(tmp_path, "A,x,1\n", "sample,agent,concn\n"))
    assert "missing-column" in codes(error)


def test_the_layout_is_found_from_the_file(tmp_path: Path) -> None:
    assert read_doses(table(tmp_path, GOOD)).response == "fraction_of_control"
    wide = table(tmp_path, "x,1,0.99,0.8,0.3\n", "Name,control,1 nM,10 nM,100 nM\n")
    assert read_doses(wide).frame.height == 3
    hours = table(
        tmp_path,
        "".join(f"{h},{2 ** (h / 24)},{2 ** (h / 48)}\n" for h in range(0, 72, 6)),
        "Elapsed,Control,x 10 nM\n",
    )
    assert read_doses(hours).response == "growth_rate"
    with pytest.raises(InputError):
        read_doses(tmp_path / "absent.csv")


@pytest.mark.real_data
def test_the_mathews_screen_is_read_as_percent_viability(real_data, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    import gzip

    path = tmp_path / "mathews.csv"
    path.write_bytes(
        gzip.decompress(
            (real_data / "viability/synergyfinder/data/mathews_screening_data.csv.gz").read_bytes()
        )
    )
    series = read_dose_table(path)
    assert "viability in per cent" in series.stated
    assert set(series.frame["agent"].to_list()) == {"ispinesib", "ibrutinib", "canertinib"}


def test_doses_that_are_not_molar_keep_their_unit(tmp_path: Path) -> None:
    series = read_dose_table(table(tmp_path, GOOD.replace("uM", "ng/mL").replace("nM", "ng/mL")))
    assert set(series.frame["dose_unit"]) == {"mg/mL"} and "10 ng/mL" in series.stated
    assert series.to_measurements().conditions[0] == "x 1 ng/mL"


@pytest.mark.parametrize(
    ("head", "code"),
    [
        ("sample,drug1,conc1,unit,response,drug2\n", "second-drug"),
        ("sample,drug,dose,unit,response,dose3\n", "second-drug"),
    ],
)
def test_a_second_drug_is_never_ignored(tmp_path: Path, head: str, code: str) -> None:
    with pytest.raises(InputError) as error:
        read_dose_table(table(tmp_path, GOOD, head))
    assert code in codes(error) and any("synergy" in (fault.mend or "") for fault in error.value.faults)


def test_controls_that_are_far_worse_are_no_inhibition(tmp_path: Path) -> None:
    body = "A,x,0,uM,30,1\nA,x,0.01,uM,98,1\nA,x,0.1,uM,95,1\nA,x,1,uM,92,1\n"
    with pytest.raises(InputError) as error:
        read_dose_table(table(tmp_path, body))
    assert codes(error) == {"scale-ambiguous"}
    with pytest.raises(InputError) as error:
        read_dose_table(table(tmp_path, GOOD, HEAD.replace("response", "inhibition")))
    assert codes(error) == {"scale-contradicted"}


def test_all_faults_of_doses_and_responses_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        read_dose_table(table(tmp_path, 'A,x,"0,1",uM,"98,5",1\nA,x,1,parsec,high,1\n'))
    assert {(fault.code, fault.row) for fault in error.value.faults} == {
        ("not-a-number", 2),
        ("not-a-number", 3),
        ("unknown-unit", 3),
    }


def test_packed_tables_and_large_ones_find_their_layout(tmp_path: Path) -> None:
    import gzip

    packed = tmp_path / "doses.csv.gz"
    packed.write_bytes(gzip.compress((HEAD + GOOD).encode()))
    assert read_doses(packed).frame.height == 5
    many = table(tmp_path, "".join(GOOD.replace("x,", f"x{i},") for i in range(1500)))
    assert many.stat().st_size > 100_000 and read_doses(many).frame["agent"].n_unique() == 1500
    plain = table(tmp_path, GOOD.replace("A,x,", ""), "dose,unit,response,replicate\n")
    assert set(read_doses(plain, agent="x", sample="A").frame["agent"]) == {"x"}
    with pytest.raises(InputError) as error:
        read_doses(plain, separator="_")
    assert codes(error) == {"unused-option"}


def test_a_sample_in_fractions_among_percentages_is_refused(tmp_path: Path) -> None:
    other = "B,x,0,nM,1,1\nB,x,0,nM,0.98,1\nB,x,10,nM,0.97,1\nB,x,1,uM,0.3,1\n"
    with pytest.raises(InputError) as error:
        read_dose_table(table(tmp_path, GOOD + "A,x,0,nM,101,1\nA,y,0,nM,99,1\n" + other))
    assert codes(error) == {"scale-mixed"} and error.value.faults[0].row == 9


def test_lines_without_a_drug_are_counted(tmp_path: Path) -> None:
    series = read_dose_table(table(tmp_path, GOOD + "A,,1,uM,20,1\n,,,,,\n,,NA,,3,\n"))
    assert series.frame.height == 5
    told = {note.code: note for note in series.notes}
    assert told["agent-missing"].row == 7 and told["agent-missing"].severity == "warning"
    assert "name neither a drug nor a dose" in told["missing-values"].found
