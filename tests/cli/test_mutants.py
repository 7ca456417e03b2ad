"""The command `kinescape mutants`, called as a program calls it."""

import json

import pytest
import typer
from typer.testing import CliRunner

from kinescape.cli.mutants import mutants
from kinescape.foundation.errors import InputError

application = typer.Typer()
application.command()(mutants)


def run(*words: str) -> str:
    result = CliRunner().invoke(application, list(words))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def test_table_fits_a_hundred_columns_and_tells_measured_from_not() -> None:
    text = run("ABL1 T315I", "E255K/T315I", "EGFR T790M", "ABL1 V299L")
    assert max(len(line) for line in text.splitlines()) <= 100
    together = " ".join(text.split())
    for words in ("fails", "which is not the same as sensitive", "an assumption", "published verdict"):
        assert words in together


def test_a_compound_nobody_measured_is_a_table_of_its_parts() -> None:
    text = run("E255K/T315I")
    [imatinib] = [line for line in text.splitlines() if line.startswith("imatinib")]
    assert imatinib.count("fails") == 2 and imatinib.rstrip().endswith("260")
    assert "e+0" not in text and "Filter" not in text


def test_json_holds_verdicts_and_references() -> None:
    [meaning] = json.loads(run("NM_007313:p.T334I", "--json"))["mutants"]
    assert meaning["mutant"] == "T315I"
    verdicts = {one["drug"]: one for one in meaning["drugs"]}
    assert verdicts["imatinib"]["verdict"] == "fails" and verdicts["imatinib"]["references"]


def test_calls_of_a_sequencing_laboratory(real_data) -> None:
    path = real_data / "resistance/leighow_abl_dms/bam/il3_indep_3.1.consensus.variant-calls.genome.vcf.gz"
    text = run("--vcf", str(path))
    assert max(len(line) for line in text.splitlines()) <= 100
    assert "ABL1 E255K" in text and "H396T" in text
    assert "1,118 where nothing differs" in " ".join(text.split())


def test_a_wrong_residue_says_what_is_there() -> None:
    with pytest.raises(InputError, match="T \\(Thr\\)"):
        run("ABL1 A315I")


def test_a_file_without_a_change_of_a_target_says_so(tmp_path) -> None:
    path = tmp_path / "calls.vcf"
    path.write_text(
        "##contig=<ID=chr9,length=138394717>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\nchr1\t9\t.\tC\tT\t5\tPASS\t.\n"
    )
    shown = run("--vcf", str(path))
    assert "No change of the protein of ABL1 or EGFR was found." in shown
    assert "1 outside the targets" in " ".join(shown.split())


def test_samples_of_a_table_are_told_apart(tmp_path) -> None:
    path = tmp_path / "report.csv"
    path.write_text("gene,mutant,patient\nABL1,T315I,P1\nABL1,T315I,P2\nABL1,T315A,P2\nABL1,K285Q,P7\n")
    shown = " ".join(run("--vcf", str(path)).split())
    assert "row 2 in P1; row 3 in P2" in shown
    assert "P7" in shown
