"""Every engine's table: found by its header, read with every row accounted for, or refused with the reason."""

import polars as pl
import pytest
import xlsxwriter

from kinescape.assays.phospho.reading.site_assembly import identity_share
from kinescape.assays.phospho.reading.site_effect_files import read_site_effects
from kinescape.assays.phospho.site_reading import LAYOUTS, read_sites
from kinescape.assays.phospho.site_table import SITE_SCHEMA
from kinescape.foundation.errors import InputError

REAL = {
    "maxquant-sty/Phospho (STY)Sites.txt": ("MaxQuant", "TRYCR", 764, 546, 547, 24),
    "maxquant-silac/billing19.phosphosites.txt": ("MaxQuant", "human", 21, 19, 19, 33),
    "phosx/20210903_EX3_UM7_Vollm004_SA_EXT02_proj254_TMTproteome_test_F_ModificationSites.txt": (
        "Proteome Discoverer", "human", 16842, 13504, 13504, 0),
    "msstatsptm/fragpipe_input.tsv": ("FragPipe", "human", 346, 269, 221, 20),
    "msstatsptm/maxq_lf_evidence.tsv": ("MaxQuant", "human", 511, 288, 25, 36),
    "msstatsptm/maxq_tmt_evidence.tsv": ("MaxQuant", "human", 199, 147, 45, 10),
    "msstatsptm/pd_psm_input.tsv": ("Proteome Discoverer", "yeast", 1657, 683, 47, 33),
    "msstatsptm/spectronaut_input.tsv": ("Spectronaut", "human", 2683, 2352, 60, 36),
}  # fmt: skip
"""Engine, organism, rows of the file, rows kept, sites, samples."""
WITHOUT_POSITIONS = ("maxq_lf_evidence", "maxq_tmt_evidence", "pd_psm_input")
"""Tables of peptides: positions come from the sequences that were searched, which are not beside them."""


@pytest.mark.real_data
@pytest.mark.parametrize("file", REAL)
def test_real_files_read_with_every_row_accounted_for(real_data, file):
    engine, organism, rows, kept, sites, samples = REAL[file]
    table = read_sites(real_data / "phospho" / file)
    assert (table.engine, table.organism) == (engine, organism)
    assert sum(count.rows for count in table.rows) == rows
    assert [count.rows for count in table.rows if count.kept] == [kept]
    assert table.log2_intensity.shape == (sites, samples)
    assert table.sites.schema == SITE_SCHEMA
    assert any(note.code == "rows" and str(rows) in note.found for note in table.notes)


@pytest.mark.real_data
@pytest.mark.parametrize("file", REAL)
def test_real_sites_keep_their_identity(real_data, file):
    share = identity_share(read_sites(real_data / "phospho" / file))
    assert share["accession"] >= 0.99
    if not any(name in file for name in WITHOUT_POSITIONS):
        assert share["accession, residue and position"] >= 0.99
    if "maxquant-sty" not in file and not any(name in file for name in WITHOUT_POSITIONS):
        # The trypanosome's file names no gene at all.
        assert share["with gene"] >= 0.99


@pytest.mark.real_data
def test_windows_of_real_files_hold_the_site_in_their_middle(real_data):
    for file in REAL:
        sites = read_sites(real_data / "phospho" / file).sites.drop_nulls("window")
        assert (sites["window"].str.len_chars() == 15).all()
        assert (sites["window"].str.slice(7, 1) == sites["residue"]).mean() > 0.999


@pytest.mark.real_data
def test_ratios_that_a_spreadsheet_rewrote_are_not_read(real_data):
    table = read_sites(real_data / "phospho/maxquant-silac/billing19.phosphosites.txt")
    assert table.quantity == "intensity"
    (note,) = [note for note in table.notes if note.code == "ratios-mangled"]
    assert note.severity == "warning"
    assert "1.0491 and 10.491" in note.found


@pytest.mark.real_data
def test_a_protein_table_is_refused_with_the_name_of_the_right_one(real_data):
    with pytest.raises(InputError, match="proteins, not of sites") as caught:
        read_sites(real_data / "phospho/maxquant-silac/billing19.proteingroups.txt")
    assert "Phospho (STY)Sites.txt" in caught.value.text


@pytest.mark.real_data
def test_a_mixture_of_organisms_is_told(real_data):
    """These samples are human and yeast lysates mixed."""
    table = read_sites(real_data / "phospho/msstatsptm/maxq_lf_evidence.tsv")
    assert any(note.code == "organisms-mixed" for note in table.notes)


def test_another_header_names_the_columns_looked_for_and_the_nearest(tmp_path):
    path = tmp_path / "sites.txt"
    path.write_text("Proteins\tAmino acid\tLocalisation probability\tPosition\nP1\tS\t1\t5\n")
    with pytest.raises(InputError) as caught:
        read_sites(path)
    text = caught.value.text
    assert "looked for the column 'Localization prob'" in text
    assert "'Localisation probability' for 'Localization prob'" in text


def test_an_unrelated_table_names_every_engine(tmp_path):
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(InputError) as caught:
        read_sites(path)
    (fault,) = caught.value.faults
    engines = {layout.engine for layout in LAYOUTS if layout.engine != "table"}
    assert all(f"{engine}'s" in fault.expected for engine in engines)
    assert len(fault.text) < 800
    assert "begins a, b" in fault.found and "MAPK1_T185" in fault.expected
    with pytest.raises(InputError) as caught:
        read_sites(path, engine="dia-nn")
    assert {"DIA-NN" in fault.found for fault in caught.value.faults} == {True}


def test_an_unknown_engine_names_the_nearest(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a\n1\n")
    with pytest.raises(InputError, match="did you mean 'MaxQuant'"):
        read_sites(path, engine="maxqant")


def test_a_localisation_that_is_no_probability_is_refused(tmp_path):
    with pytest.raises(InputError, match="is no probability"):
        read_sites(tmp_path / "x.csv", localisation=75)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("missing.txt", None, "no such file"),
        ("empty.txt", b"", "empty"),
        ("table.txt", b"PK\x03\x04rest", "is a spreadsheet"),
        ("table.parquet", b"not parquet at all", "no Parquet file"),
        ("table.raw", b"x", "cannot be read"),
    ],
)
def test_files_of_another_kind_are_refused(tmp_path, name, content, message):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_sites(path)


def test_a_spreadsheet_reads_like_the_text(tmp_path):
    rows = {
        "Modification Name": ["Phospho", "Phospho"],
        "Target Amino Acid": ["S", "T"],
        "Position": ["10", "20"],
        "Site Probability": ["99.0", "50.0"],
        "Protein Accession": ["P1", "P2"],
        "Protein Description": ["A OS=Homo sapiens GN=AAA PE=1", "B OS=Homo sapiens GN=BBB PE=1"],
        "Abundance: F1: 126, Sample": ["1000", "2000"],
    }
    text, sheet = tmp_path / "sites.txt", tmp_path / "sites.xlsx"
    pl.DataFrame(rows).write_csv(text, separator="\t")
    pl.DataFrame(rows).write_excel(sheet)
    one, two = read_sites(text), read_sites(sheet)
    assert one.sites.equals(two.sites)
    assert one.samples == two.samples == ("F1: 126, Sample",)
    assert [(count.reason, count.rows) for count in two.rows] == [("kept", 1), ("localisation below 0.75", 1)]


@pytest.mark.parametrize(
    ("header", "engine"),
    [
        ("Protein.Group\tProtein.Names\tGenes\tFirst.Protein.Description\ta.raw", "DIA-NN"),
        ("Protein\tProtein ID\tEntry Name\tGene\ta Intensity", "FragPipe"),
        ("PG.ProteinGroups\tPG.Genes\ta.raw.PG.Quantity", "Spectronaut"),
        ("Checked\tMaster\tAccession\tDescription\tAbundance: F1: Sample", "Proteome Discoverer"),
        ("Protein IDs\tMajority protein IDs\tGene names\tIntensity a", "MaxQuant"),
    ],
)
def test_every_engines_table_of_proteins_is_told_from_one_of_sites(tmp_path, header, engine):
    path = tmp_path / "proteins.tsv"
    path.write_text(header + "\n" + "\t".join("1" for _ in header.split("\t")) + "\n")
    with pytest.raises(InputError) as caught:
        read_sites(path)
    (fault,) = caught.value.faults
    assert fault.code == "protein-table" and f"{engine}'s table of proteins" in fault.found
    assert "--proteome" in fault.mend


def matrix(tmp_path, names, name="sites.csv"):
    path = tmp_path / name
    path.write_text("site,a,b\n" + "".join(f"{one},100000.5,200000.5\n" for one in names))
    return path


def test_of_several_proteins_in_a_name_the_first_counts_and_that_is_told(tmp_path):
    table = read_sites(matrix(tmp_path, ["MAPK1;MAPK3_T185", "GSK3A_S21; GSK3B_S9", "AKT1_S473"]))
    assert set(table.sites["site"]) == {"MAPK1_T185", "GSK3A_S21", "AKT1_S473"}
    (note,) = [note for note in table.notes if note.code == "several-proteins"]
    assert note.row == 2 and "2 rows" in note.found


def test_an_organism_that_is_misspelt_is_refused_and_another_is_told(tmp_path):
    path = matrix(tmp_path, ["AKT1_S473"])
    with pytest.raises(InputError, match="did you mean 'human'"):
        read_sites(path, organism="humna")
    assert read_sites(path, organism="Homo sapiens").organism == "human"
    fish = read_sites(path, organism="zebrafish")
    assert any(note.code == "organism" and note.severity == "warning" for note in fish.notes)


def test_a_spreadsheet_whose_first_sheet_is_no_table_names_the_sheets(tmp_path):
    path = tmp_path / "book.xlsx"
    cells = [["site", "a", "b"], ["AKT1_S473", 100000.5, 200000.5]]
    for first, said in (
        ([["to whom it may concern"]], r"the sheet 'Notes' was read, of Notes, Data"),
        ([["to whom"], ["see the other"]], r"the sheet 'Notes' was read: put the table first, before 'Data'"),
    ):
        book = xlsxwriter.Workbook(str(path))
        for name, lines in (("Notes", first), ("Data", cells)):
            sheet = book.add_worksheet(name)
            for row, line in enumerate(lines):
                sheet.write_row(row, 0, line)
        book.close()
        with pytest.raises(InputError, match=said):
            read_sites(path)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("file", "sequence", "protein"),
    [
        ("msstatsptm/maxq_lf_evidence.tsv", "Sequence", "Leading.razor.protein"),
        ("msstatsptm/maxq_tmt_evidence.tsv", "Sequence", "Leading.razor.protein"),
        ("msstatsptm/pd_psm_input.tsv", "Sequence", "Master.Protein.Accessions"),
    ],
)
def test_tables_of_peptides_place_their_sites_with_the_sequences_searched(
    real_data, tmp_path, file, sequence, protein
):
    """Sequences made of the file's own peptides: the real ones are not beside it. Every site gets a position."""
    path = real_data / "phospho" / file
    without = read_sites(path)
    (note,) = [note for note in without.notes if note.code == "no-position"]
    assert "--fasta" in note.mend and "fasta = " in note.mend
    peptides = pl.read_csv(path, separator="\t", columns=[sequence, protein], infer_schema=False).drop_nulls()
    named = peptides.select(
        pl.col(sequence).str.to_uppercase(),
        pl.col(protein)
        .str.split(";")
        .list.first()
        .str.replace(r"^(?:CON__)?(?:sp|tr)\|([^|]+)\|.*$", "$1")
        .alias("protein"),
    )
    proteins = named.unique(maintain_order=True).group_by("protein", maintain_order=True).agg(sequence)
    fasta = tmp_path / "searched.fasta"
    fasta.write_text(
        "".join(f">sp|{name}|X_HUMAN\n{'A' * 10}{('K' * 9).join(parts)}\n" for name, parts in proteins.rows())
    )
    table = read_sites(path, fasta=fasta)
    assert identity_share(table)["accession, residue and position"] >= 0.99
    assert not [note for note in table.notes if note.code == "no-position"]
    assert table.sites["window"].is_not_null().mean() >= 0.99
    # The positions are right: the residue stands there in the sequence.
    text = {name: "A" * 10 + ("K" * 9).join(parts) for name, parts in proteins.rows()}
    for accession, residue, position in table.sites.select("accession", "residue", "position").rows():
        if accession in text:
            assert text[accession][position - 1] == residue


@pytest.mark.real_data
def test_another_version_of_an_engine_is_told_by_the_column_looked_for_with_a_sheet_and_without(
    real_data, tmp_path
):
    """MaxQuant numbers its rows in a column `id`, which is no column of sites."""
    text = (real_data / "phospho/maxquant-sty/Phospho (STY)Sites.txt").read_text(encoding="utf-8")
    renamed = tmp_path / "Sites.txt"
    renamed.write_text(text.replace("Localization prob\t", "Localisation P\t", 1), encoding="utf-8")
    for read in (read_sites, read_site_effects):
        with pytest.raises(InputError) as caught:
            read(renamed)
        (fault,) = caught.value.faults
        assert fault.code == "other-header" and fault.row == 1
        assert "MaxQuant" in fault.found and "looked for the column 'Localization prob'" in fault.found
        assert "Localisation P" in fault.expected


def test_a_site_table_with_renamed_columns_is_known_by_the_others(tmp_path):
    path = tmp_path / "sites.txt"
    header = [
        "id",
        "Proteins",
        "Positions within proteins",
        "Leading proteins",
        "Sequence window",
        "AA",
        "Loc prob",
    ]
    path.write_text("\t".join(header) + "\n" + "\t".join("1PPPPSS") + "\n")
    with pytest.raises(InputError) as caught:
        read_sites(path)
    (fault,) = caught.value.faults
    assert "not MaxQuant's Phospho (STY)Sites.txt: looked for the columns 'Amino acid'" in fault.found
    assert "'Loc prob' for 'Localization prob'" in fault.mend


@pytest.mark.parametrize("ending", [".seqrnk", ".rnk"])
def test_a_ranked_list_has_no_samples(tmp_path, ending):
    path = tmp_path / f"list{ending}"
    path.write_text("AAAAASAAAA\t1.5\n")
    with pytest.raises(InputError, match="a ranked list of sequences with scores"):
        read_sites(path)


def test_an_archive_is_to_be_unpacked(tmp_path):
    path = tmp_path / "sites.zip"
    path.write_bytes(b"PK\x03\x04")
    with pytest.raises(InputError, match="unpack it"):
        read_sites(path)
