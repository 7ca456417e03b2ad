import json
from pathlib import Path

import polars as pl
import pytest

from kinescape.foundation.errors import InputError, RunError
from kinescape.study import run as running
from kinescape.study.results import TABLES
from kinescape.study.run import Progress, check_study, forget_stages, run_study, unmeasured_conditions


def tables(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / "tables").glob("*.tsv"))}


def without_clock(content: dict[str, bytes]) -> dict[str, object]:
    """The tables but for the one column that is a clock."""
    found: dict[str, object] = dict(content)
    lines = [line.rsplit(b"\t", 1)[0] for line in content["validation.tsv"].splitlines()]
    found["validation.tsv"] = lines
    return found


def test_a_run_writes_every_table_and_the_record(small_study):
    seen: list[Progress] = []
    results = run_study(small_study, watch=seen.append)
    assert {progress.stage for progress in seen} == set(running.STAGES)
    folder = small_study.parent / "results"
    for name in ("measurements", *TABLES):
        assert (folder / "tables" / f"{name}.tsv").is_file()
        assert (folder / "tables" / f"{name}.parquet").is_file()
    header = (folder / "tables" / "validation.tsv").read_text().splitlines()[0].split("\t")
    assert header == (
        [
            "task",
            "dataset",
            "method",
            "rmse",
            "rmse_low",
            "rmse_high",
            "pearson",
            "coverage90",
            "n_units",
            "cpu_seconds",
        ]
    )
    page = (Path(__file__).resolve().parents[2] / "docs" / "study.md").read_text(encoding="utf-8")
    assert all(f"`tables/{name}`" in page for name in ("measurements", *TABLES))
    record = json.loads((folder / "provenance.json").read_text())
    assert {item["name"] for item in record["inputs"]} == {"signalling.csv", "viability.csv"}
    assert record["seed"] == 1
    assert results.combinations.filter(pl.col("status") == "measured").height == 3


def test_the_same_inputs_and_seed_give_the_same_tables(small_study, tmp_path):
    run_study(small_study, tmp_path / "one")
    run_study(small_study, tmp_path / "two")
    assert without_clock(tables(tmp_path / "one")) == without_clock(tables(tmp_path / "two"))
    one, two = ((tmp_path / name / "provenance.json").read_bytes() for name in ("one", "two"))
    assert one == two


def test_a_killed_run_goes_on_where_it_was(small_study, tmp_path, monkeypatch):
    def killed(*_, **__):
        raise KeyboardInterrupt

    whole = tmp_path / "whole"
    run_study(small_study, whole)
    out = tmp_path / "out"
    monkeypatch.setattr("kinescape.strategy.combinations.rank_combinations", killed)
    with pytest.raises(KeyboardInterrupt):
        run_study(small_study, out)
    assert not (out / "tables").exists()
    monkeypatch.undo()
    seen: list[Progress] = []
    run_study(small_study, out, watch=seen.append)
    kept = {progress.stage for progress in seen if progress.kept}
    assert kept == {"effects", "validation", "network", "predictions", "escape"}
    assert without_clock(tables(out)) == without_clock(tables(whole))
    forget_stages(out)
    assert not (out / ".stages").exists()


def test_a_changed_file_is_computed_anew(small_study, tmp_path):
    run_study(small_study, tmp_path)
    data = small_study.parent / "viability.csv"
    data.write_text(data.read_text().replace("20", "21", 1))
    seen: list[Progress] = []
    run_study(small_study, tmp_path, watch=seen.append)
    assert not [progress.stage for progress in seen if progress.kept]


def test_a_full_disk_leaves_no_half_written_table(small_study, tmp_path, monkeypatch):
    import errno

    run_study(small_study, tmp_path)
    before = tables(tmp_path)

    def full(self, path, **_):
        Path(path).write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")

    data = small_study.parent / "viability.csv"
    data.write_text(data.read_text().replace("20", "21", 1))
    monkeypatch.setattr(pl.DataFrame, "write_parquet", full)
    with pytest.raises(RunError, match="No space left"):
        run_study(small_study, tmp_path)
    assert tables(tmp_path) == before
    assert not list(tmp_path.rglob("*.part"))


def test_check_reads_everything_and_writes_nothing(small_study):
    inputs = check_study(small_study)
    assert inputs.measurements.samples == ("normal", "tumour")
    assert {path.name for path in small_study.parent.iterdir()} == {
        "study.toml",
        "signalling.csv",
        "viability.csv",
    }


def test_ten_planted_faults_are_all_told(small_study):
    folder = small_study.parent
    entry = '\n[[files]]\npath = {}\nformat = {}\nscale = "raw"\n'
    added = [
        entry.format('"absent.csv"', '"table_long"'),  # 1 missing file
        entry.format('"signalling.csv"', '"table_lang"'),  # 2 unknown format
        entry.format('"viability.csv"', '"viability_long"') + "time = 3\n",  # 3 unknown option
        entry.format('"empty.csv"', '"table_long"'),  # 4 empty file
    ]
    small_study.write_text(small_study.read_text() + "".join(added))
    (folder / "empty.csv").write_bytes(b"")
    signalling = (folder / "signalling.csv").read_text().splitlines()
    signalling[4] = signalling[4].replace("p-EGFR Y1068", "p-EGFX")  # 5 unknown readout
    signalling[5] = signalling[5].rsplit(",", 1)[0] + ",abc"  # 6 not a number
    signalling[12] = signalling[12].replace("erlotinib 1 uM", "erlotinip 1 uM")  # 7 unknown agent
    signalling[13] = signalling[13].replace("erlotinib 1 uM", "erlotinib 5 mg")  # 8 impossible unit
    signalling[14] = signalling[14].replace("erlotinib 1 uM", "erlotinib 1")  # 9 unit missing
    signalling[15] = signalling[15].replace("erlotinib 1 uM", "")  # 10 no condition
    (folder / "signalling.csv").write_text("\n".join(signalling) + "\n")
    with pytest.raises(InputError) as caught:
        check_study(small_study)
    told = "\n".join(fault.text for fault in caught.value.faults)
    for words in (
        "absent.csv: there is no such file",
        "the format 'table_lang' is not known",
        "the key 'time' is not known",
        "empty.csv: the file is empty (0 bytes)",
        "the readout 'p-EGFX' is not known",
        "'abc' is not a number",
        "the agent 'erlotinip' is not known",
        "not a concentration",
        "has no unit",
        "the condition is empty",
    ):
        assert words in told, f"{words!r} is not among:\n{told}"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('suppress = "viability"', "", None),
        (
            'reference_sample = "normal"',
            'reference_sample = "normal"\nsuppress = "apoptosis"',
            "was not measured",
        ),
        ("[[samples]]", '[candidates]\nagents = ["erlotinip"]\n\n[[samples]]', "did you mean 'erlotinib'"),
    ],
)
def test_what_only_shows_when_all_is_read(small_study, old, new, words):
    small_study.write_text(small_study.read_text().replace(old, new, 1))
    if words is None:
        check_study(small_study)
        return
    with pytest.raises(InputError, match=words):
        check_study(small_study)


def test_every_dose_pair_that_a_sample_lacks_is_asked_for(small_study):
    from kinescape.model.predict import designs_for

    designs = designs_for(check_study(small_study).measurements)
    assert unmeasured_conditions(designs) == []
    lacking = small_study.parent / "signalling.csv"
    lines = lacking.read_text().splitlines()
    kept = [line for line in lines if "erlotinib 1 uM + MK-2206 1 uM" not in line]
    lacking.write_text("\n".join(kept) + "\n")
    asked = unmeasured_conditions(designs_for(check_study(small_study).measurements))
    assert [condition.text for condition in asked] == ["erlotinib 1 uM + MK-2206 1 uM"]


def test_faults_of_the_study_and_of_its_files_are_told_together(small_study):
    small_study.write_text(
        small_study.read_text().replace('title = "A small study"', 'titel = "A small study"')
    )
    data = small_study.parent / "signalling.csv"
    lines = data.read_text().splitlines()
    lines[5] = lines[5].rsplit(",", 1)[0] + ",abc"
    lines[7] = lines[7].replace("p-EGFR Y1068", "")
    data.write_text("\n".join(lines) + "\n")
    with pytest.raises(InputError) as caught:
        check_study(small_study)
    told = "\n".join(fault.text for fault in caught.value.faults)
    for words in ("the key 'titel' is not known", "'abc' is not a number", "row 8, column 'Readout'"):
        assert words in told


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('time_h = "x"', "'time_h' should be"),
        ("control = 3", "'control' should be"),
        ("phospho = 7", "'phospho' should be"),
    ],
)
def test_an_option_of_the_wrong_kind_is_told(small_study, line, words):
    text = small_study.read_text().replace('assay = "signalling"', f'assay = "signalling"\n{line}', 1)
    small_study.write_text(text)
    with pytest.raises(InputError, match=words):
        check_study(small_study)


def test_a_sample_that_differs_by_case_only_is_an_error(small_study):
    data = small_study.parent / "viability.csv"
    data.write_text(data.read_text().replace("tumour,", "Tumour,"))
    with pytest.raises(InputError, match="did you mean 'tumour'"):
        check_study(small_study)
