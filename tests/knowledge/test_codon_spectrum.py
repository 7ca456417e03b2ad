import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinescape.knowledge.codon_spectrum import (
    GENETIC_CODE,
    count_bases,
    load_spectrum,
    single_steps,
    substitution_probability,
    translate,
)
from kinescape.knowledge.mutant_references import load_references


def test_code_has_61_codons_of_residues_and_three_stops():
    assert len(GENETIC_CODE) == 64
    assert sum(residue == "*" for residue in GENETIC_CODE.values()) == 3
    assert translate("ATGGCCTAA") == "MA*"


@given(st.sampled_from(sorted(GENETIC_CODE)), st.sampled_from("ACDEFGHIKLMNPQRSTVWY"))
def test_every_step_makes_the_residue_and_changes_one_base(codon, residue):
    for place, old, new in single_steps(codon, residue):
        changed = codon[:place] + new + codon[place + 1 :]
        assert GENETIC_CODE[changed] == residue
        assert old == codon[place] != new


@given(st.sampled_from(sorted(GENETIC_CODE)))
def test_probabilities_of_all_outcomes_of_a_codon_add_up(codon):
    # Oracle: the nine single-base changes, one by one.
    counts, spectrum = count_bases("ACGT" * 100), load_spectrum()
    whole = sum(
        substitution_probability(codon, residue, counts, spectrum) for residue in set(GENETIC_CODE.values())
    )
    nine = sum(spectrum.share(old, new) / counts[old] for old in codon for new in "ACGT" if new != old)
    assert whole == pytest.approx(nine)


def test_changes_of_two_bases_have_no_probability():
    assert substitution_probability("ACT", "M", count_bases("ACGT"), load_spectrum()) == 0


def test_probabilities_agree_with_those_that_leighow_2020_printed(real_data):
    # That study divided by base counts of the fusion's sequence (A 300, G 347); the accession has 299 and 348.
    reference, spectrum = load_references()["ABL1"], load_spectrum()
    path = real_data / "resistance/leighow2020_bcrabl/Figure3_Combined_data_frame_IC_Mutprob_abundance.csv"
    with path.open(encoding="utf-8-sig") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 19
    for row in rows:
        mutant = row["Compound"]
        ours = reference.probability(int(mutant[1:-1]), mutant[-1], spectrum)
        # The study prints five decimals.
        assert ours == pytest.approx(float(row["Mutation Probability"]), rel=0.02, abs=6e-6), mutant
