import csv
import re

import pytest

from kinescape.foundation.issues import Faults
from kinescape.knowledge.genome_build import GRCH37_LENGTHS
from kinescape.knowledge.mutant_calls import read_variant_calls
from kinescape.knowledge.mutant_references import load_references
from kinescape.knowledge.protein_variants import parse_variant

HEADER = (
    "##fileformat=VCFv4.2\n##contig=<ID=chr9,length={length}>\n"
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ts\n"
)
GRCH38 = HEADER.format(length=138394717)
ABL = "resistance/leighow_abl_dms"


def write(folder, text, name="calls.vcf"):
    path = folder / name
    path.write_text(text)
    return path


def read(path):
    faults = Faults()
    return read_variant_calls(path, faults), faults


def test_a_multi_allelic_row_gives_one_call_an_allele(tmp_path):
    row = "chr9\t130872896\t.\tC\tT,A,<DEL>\t50\tPASS\tDP=100\tGT:AD:DP\t0/1:70,20,10:100\n"
    calls, faults = read(write(tmp_path, GRCH38 + row))
    assert [(call.variant.mutant, call.fraction) for call in calls] == [("T315I", 0.2), ("T315N", 0.1)]
    assert [call.coding for call in calls] == ["c.944C>T", "c.944C>A"]
    assert not faults.errors
    assert any("structural" in fault.found for fault in faults.notes)


@pytest.mark.parametrize("length", [GRCH37_LENGTHS["9"], 12345])
def test_another_genome_build_is_refused(tmp_path, length):
    row = "9\t133748283\t.\tC\tT\t50\tPASS\tDP=100\n"
    _, faults = read(write(tmp_path, HEADER.format(length=length) + row))
    assert "genome-build" in {fault.code for fault in faults.errors}
    assert ("hg19" in faults.errors[0].found) == (length == GRCH37_LENGTHS["9"])


def test_reference_bases_that_do_not_match_are_refused_even_without_contigs(tmp_path):
    text = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\nchr9\t130872896\t.\tG\tT\t5\tPASS\t.\n"
    calls, faults = read(write(tmp_path, text))
    assert not calls
    assert [fault.code for fault in faults.errors] == ["reference-base"]


PLAIN = "##fileformat=VCFv4.2\n{line}#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
T315I_HG19 = "9\t133748283\t.\tC\tT\t50\tPASS\tAF=0.3\n"


@pytest.mark.parametrize(
    "row", [T315I_HG19, "chr7\t55249071\t.\tC\tT\t50\tPASS\tAF=0.3\n"], ids=["ABL1 T315I", "EGFR T790M"]
)
def test_an_earlier_build_is_refused_though_the_header_names_none(tmp_path, row):
    calls, faults = read(write(tmp_path, PLAIN.format(line="") + row))
    assert not calls
    [fault] = faults.errors
    assert fault.code == "genome-build" and "hg19" in fault.found and fault.row == 3
    stated, told = read(write(tmp_path, HEADER.format(length=138394717) + row, "stated.vcf"))
    assert not stated and not told.errors and not told.warnings


def test_an_earlier_build_is_refused_by_the_name_of_its_reference(tmp_path):
    text = PLAIN.format(line="##reference=file:///genomes/human_g1k_v37.fasta\n")
    _, faults = read(write(tmp_path, text))
    assert [fault.code for fault in faults.errors] == ["genome-build"]
    calls, faults = read(
        write(tmp_path, PLAIN.format(line="##reference=hg38.fa\n") + "chr1\t9\t.\tC\tT\t5\tPASS\t.\n")
    )
    assert not calls and not faults.errors and not faults.warnings


def test_a_file_that_neither_names_nor_shows_its_build_is_warned_of(tmp_path):
    _, faults = read(write(tmp_path, PLAIN.format(line="") + "chr1\t9\t.\tC\tT\t5\tPASS\t.\n"))
    assert [fault.code for fault in faults.warnings] == ["genome-build-unknown"]
    looked_for = "chr9\t130872896\t.\tC\tT\t5\tPASS\t.\tGT\t0/0\n"
    _, faults = read(write(tmp_path, PLAIN.format(line="") + looked_for))
    assert [fault.code for fault in faults.warnings] == ["genome-build-unknown"]
    silent = "chr9\t130872897\t.\tT\tC\t9\tPASS\t.\n"
    _, faults = read(write(tmp_path, PLAIN.format(line="") + silent + T315I_HG19))
    assert not faults.errors and not faults.warnings


SEVERAL = "##contig=<ID=chr9,length=138394717>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tNORMAL\tTUMOUR\n"


def test_an_allele_that_the_caller_looked_for_and_did_not_find_is_no_mutation(tmp_path):
    row = "chr9\t130872896\t.\tC\tT\t50\tPASS\tAF=0.5\tGT:AD:DP:AF\t0/0:1000,0:1000:0\n"
    calls, faults = read(write(tmp_path, GRCH38 + row))
    assert not calls
    assert any("1 looked for by the caller and not found" in fault.found for fault in faults.notes)


@pytest.mark.parametrize(
    ("form", "normal", "tumour", "fraction"),
    [
        ("GT:AD:DP", "0/0:900,0:900", "0/1:600,400:1000", 0.4),
        ("GT:FREQ", "0/0:0%", "0/1:12.5%", 0.125),
        ("GT", "0/0", "0|1", None),
        ("GT", "./.", "0/1", None),
    ],
)
def test_a_call_belongs_to_the_sample_that_carries_it(tmp_path, form, normal, tumour, fraction):
    row = f"chr9\t130872896\t.\tC\tT\t50\tPASS\tDP=9\t{form}\t{normal}\t{tumour}\n"
    calls, faults = read(write(tmp_path, SEVERAL + row))
    [call] = calls
    assert (call.sample, call.fraction, call.variant.mutant) == ("TUMOUR", fraction, "T315I")
    assert not faults.errors


def test_reads_against_the_genotype_are_kept_and_said(tmp_path):
    row = "chr9\t130872896\t.\tC\tT\t50\tPASS\tDP=9\tGT:AD:DP\t0/0:998,2:1000\n"
    calls, faults = read(write(tmp_path, GRCH38 + row))
    assert [call.fraction for call in calls] == [0.002]
    assert "against-genotype" in {fault.code for fault in faults.notes}


def test_rows_that_change_one_codon_are_warned_of(tmp_path):
    rows = "".join(
        f"chr9\t{place}\t.\t{old}\t{new}\t5\tPASS\t.\tGT\t0/1\n"
        for place, old, new in (("130872901", "T", "G"), ("130872902", "T", "G"))
    )
    calls, faults = read(write(tmp_path, GRCH38 + rows))
    assert [call.variant.mutant for call in calls] == ["F317V", "F317C"]
    [warning] = faults.warnings
    assert warning.code == "one-codon" and "residue 317" in warning.found
    one_base = GRCH38 + "chr9\t130872901\t.\tT\tG,C\t5\tPASS\t.\tGT\t1/2\n"
    _, faults = read(write(tmp_path, one_base, "alleles.vcf"))
    assert not faults.warnings


def test_every_row_left_aside_is_counted_with_its_reason(tmp_path):
    rows = [
        "chr9\t130872896\t.\tC\t.\t0\t.\tDP=9",
        "chr9\t130872896\t.\tC\tCA\t9\tPASS\tDP=9",
        "chr9\t130872897\t.\tT\tC\t9\tPASS\tDP=9",
        "chr9\t130860000\t.\tT\tC\t9\tPASS\tDP=9",
        "chr1\t100\t.\tT\tC\t9\tPASS\tDP=9",
    ]
    calls, faults = read(write(tmp_path, GRCH38.replace("\tFORMAT\ts", "") + "\n".join(rows) + "\n"))
    assert not calls and not faults.errors
    [note] = faults.notes
    assert [int(number) for number in re.findall(r"(\d+) (?=[a-z])", note.found)] == [1, 1, 1, 1, 1]
    for reason in ("nothing differs", "insertions", "silent", "introns", "outside the targets"):
        assert reason in note.found


def test_rows_that_are_no_vcf_are_told_with_their_line(tmp_path):
    _, faults = read(write(tmp_path, GRCH38 + "chr9\tnowhere\t.\tC\tT\t9\tPASS\tDP=9\n"))
    assert (faults.errors[0].row, faults.errors[0].column) == (4, "POS")
    assert "'nowhere'" in faults.errors[0].found


def test_maf_of_another_build_is_refused(tmp_path):
    text = (
        "#version 2.4\nHugo_Symbol\tNCBI_Build\tChromosome\t"
        "Start_Position\tEnd_Position\tReference_Allele\tTumor_Seq_Allele2\n"
        "ABL1\tGRCh37\t9\t133748283\t133748283\tC\tT\nABL1\tGRCh38\t9\t130872896\t130872896\tC\tT\n"
    )
    calls, faults = read(write(tmp_path, text, "calls.maf"))
    assert [fault.code for fault in faults.errors] == ["genome-build"]
    assert faults.errors[0].row == 3
    assert [call.variant.mutant for call in calls] == ["T315I"]


def test_calls_of_the_study_are_named_as_it_names_them(real_data):
    # Duplex sequencing of twenty spiked-in mutants: the study's own name stands in the row.
    path = real_data / ABL / "twinstrand/twinstrand_maf_merge.csv"
    calls, faults = read(path)
    assert not faults.errors
    ours = {call.row: call.variant.mutant for call in calls}
    with path.open() as stream:
        named = {
            line: row["mutant"]
            for line, row in enumerate(csv.DictReader(stream), start=2)
            if row["mutant"] not in ("", "NA")
        }
    assert len(named) == 276
    assert {line: ours.get(line) for line in named} == named


def study_rows(folder):
    for path in sorted((folder / ABL / "calls").glob("*.csv")):
        with path.open() as stream:
            yield from csv.DictReader(stream)


def test_thousands_of_base_changes_are_named_as_the_study_names_them(real_data):
    compared = 0
    for row in study_rows(real_data):
        if row["type"] != "snp" or row["consequence_terms"] != "missense_variant":
            continue
        variant = parse_variant(f"ABL1 c.{row['alt_start_pos']}{row['ref']}>{row['alt']}", Faults())
        assert variant is not None
        assert variant.mutant == f"{row['ref_aa']}{row['protein_start']}{row['alt_aa']}"
        compared += 1
    assert compared > 1000


def test_vcf_calls_agree_with_the_codons_of_the_study(real_data):
    # The study's table says which residue each new codon makes at each place.
    told = {(int(row["protein_start"]), row["alt_codon"]): row["alt_aa"] for row in study_rows(real_data)}
    cds = load_references()["ABL1"].coding_sequence
    compared = 0
    for name in ("il3_indep_3.1.consensus", "sorted_3.1.consensus"):
        found, faults = read(real_data / ABL / f"bam/{name}.variant-calls.genome.vcf.gz")
        assert not faults.errors
        assert len(found) == 30
        for call in found:
            start = int(re.match(r"c\.(\d+)", call.coding)[1])
            new = call.genomic.split(">")[1]
            changed = cds[: start - 1] + new + cds[start - 1 + len(new) :]
            for change in call.variant.changes:
                codon = changed[3 * change.position - 3 : 3 * change.position]
                if (change.position, codon) in told:
                    assert told[(change.position, codon)] == change.alternative
                    compared += 1
    assert compared >= 10


def test_vcf_and_mut_of_one_sample_give_the_same_names(real_data):
    stem = "bam/il3_indep_3.1.consensus.variant-calls.genome"
    vcf, _ = read(real_data / ABL / f"{stem}.vcf.gz")
    mut, _ = read(real_data / ABL / f"{stem}.mut")
    assert [call.variant.mutant for call in vcf] == [call.variant.mutant for call in mut]
