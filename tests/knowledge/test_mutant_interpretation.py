import pytest

from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Faults
from kinescape.knowledge.mutant_interpretation import interpret_mutants
from kinescape.knowledge.mutant_references import load_references
from kinescape.knowledge.protein_variants import parse_variant


def verdicts(name):
    [meaning] = interpret_mutants([name]).mutants
    return {one.drug: one for one in meaning.drugs}


def test_gatekeeper_escapes_the_atp_site_drugs():
    found = verdicts("ABL1 T315I")
    assert {drug for drug, one in found.items() if one.verdict == "fails"} == {
        "imatinib", "nilotinib", "dasatinib", "bosutinib",
    }  # fmt: skip
    assert found["asciminib"].verdict not in {"fails", "probably fails", "not measured"}


def test_f317l_escapes_dasatinib_and_not_nilotinib():
    # The clinic's own rule (Branford 2009, Blood 114:5426: F317L is less sensitive to dasatinib).
    found = verdicts("ABL1 F317L")
    assert found["dasatinib"].chance_to_hold < 0.3 < 0.7 < found["nilotinib"].chance_to_hold


def test_p_loop_mutants_escape_nilotinib_more_than_dasatinib():
    for mutant in ("ABL1 Y253H", "ABL1 E255V"):
        found = verdicts(mutant)
        assert found["nilotinib"].chance_to_hold < found["dasatinib"].chance_to_hold


def test_unknown_mutants_are_not_measured_and_never_sensitive():
    assert {one.verdict for one in verdicts("ABL1 V299L").values()} == {"not measured"}
    assert all(one.fold is None and one.kill_left is None for one in verdicts("ABL1 V299L").values())


def test_a_compound_shows_the_product_as_an_assumption():
    found = verdicts("E255K/T315I")["imatinib"]
    single = verdicts("E255K")["imatinib"].fold * verdicts("T315I")["imatinib"].fold
    assert found.verdict == "not measured"
    assert f"{single:.3g}" in found.evidence and "assumption" in found.evidence


def test_published_verdicts_without_figures_carry_their_source():
    found = verdicts("EGFR C797S")
    assert found["osimertinib"].verdict == "resistant"
    assert found["gefitinib"].verdict == "sensitive"
    assert found["erlotinib"].verdict == "not measured"
    assert "2015" in found["osimertinib"].references[0]


def test_chance_to_hold_agrees_with_drawing_it():
    import numpy as np

    # Oracle: draw folds and levels, count how often enough kill is left.
    one = verdicts("ABL1 M351T")["imatinib"]
    rng = np.random.default_rng(1)
    spread = np.log(one.fold_high / one.fold_low) / (2 * 1.6449)
    level_spread = np.log(692 / 300) / (2 * 1.6449)
    ratio = 444 / 187.59 / one.fold * np.exp(rng.standard_normal(200_000) * np.hypot(spread, level_spread))
    left = np.log1p(ratio**3.45) / np.log1p((444 / 187.59) ** 2.61)
    assert one.chance_to_hold == pytest.approx((left > 0.475).mean(), abs=0.01)


def test_all_faults_at_once_and_nothing_without_input():
    with pytest.raises(InputError) as caught:
        interpret_mutants(["ABL1 A315I", "rubbish", "ABL1 T9999I"])
    assert len(caught.value.faults) == 3
    assert caught.value.exit_status == 2
    with pytest.raises(InputError):
        interpret_mutants([])


def test_real_calls_are_interpreted_with_their_reads(real_data):
    path = real_data / "resistance/leighow_abl_dms/bam/il3_indep_3.1.consensus.variant-calls.genome.vcf.gz"
    report = interpret_mutants([], files=[path])
    by_name = {meaning.variant.mutant: meaning for meaning in report.mutants}
    assert by_name["E255K"].calls[0].fraction == pytest.approx(10 / 10905)
    assert by_name["E255K"].drugs[3].drug == "imatinib"
    assert {one.verdict for one in by_name["E255I"].drugs} == {"not measured"}
    assert report.as_dict()["mutants"]


def test_a_compound_shows_what_each_part_does_alone():
    [meaning] = interpret_mutants(["E255K/T315I"]).mutants
    assert [part.variant.mutant for part in meaning.parts] == ["E255K", "T315I"]
    alone = {one.drug: one.verdict for one in meaning.parts[1].drugs}
    assert alone["imatinib"] == "fails" and not meaning.parts[1].parts
    assert interpret_mutants(["T315I"]).mutants[0].parts == ()


def test_a_bare_coding_change_is_read_where_one_target_fits():
    assert interpret_mutants(["c.944C>T"]).mutants[0].variant.text == "ABL1 T315I"
    assert interpret_mutants(["c.2369C>T"]).mutants[0].variant.text == "EGFR T790M"
    genes = load_references()
    both = next(
        text
        for place in range(31, 1000)
        for old in "ACGT"
        for new in "ACGT"
        if all(parse_variant(text := f"c.{place}{old}>{new}", Faults(), gene=gene) for gene in genes)
    )
    with pytest.raises(InputError, match=r"may be ABL1 .* or EGFR"):
        interpret_mutants([both])


def test_a_user_s_fold_without_a_level_keeps_the_published_verdict(tmp_path):
    table = tmp_path / "folds.csv"
    table.write_text(
        "target,mutant,drug,fold,source\nEGFR,T790M,gefitinib,120,us\nEGFR,T790M,newdrug,1.1,us\n"
    )
    drugs = {one.drug: one for one in interpret_mutants(["EGFR T790M"], mutants=table).mutants[0].drugs}
    assert drugs["gefitinib"].verdict == "resistant" and drugs["gefitinib"].fold == pytest.approx(120)
    assert "as published" in drugs["gefitinib"].evidence
    assert drugs["newdrug"].verdict == "level unknown" and "--levels" in drugs["newdrug"].evidence


def test_mutants_called_beside_each_other_may_share_a_molecule(tmp_path):
    path = tmp_path / "report.csv"
    path.write_text("gene,mutant\nABL1,T315I\nABL1,E255K\n")
    report = interpret_mutants(files=[path])
    [note] = [note for note in report.notes if note.code == "one-molecule"]
    assert "T315I, E255K" in note.found and note.mend is not None and "ABL1 T315I/E255K" in note.mend
    path.write_text("gene,mutant,patient\nABL1,T315I,P1\nABL1,E255K,P2\n")
    assert not [note for note in interpret_mutants(files=[path]).notes if note.code == "one-molecule"]
