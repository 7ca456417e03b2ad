"""The whole way from a table and its sheet to contrasts and `Measurements`."""

import numpy as np
import pytest

from kinescape.assays.phospho.phospho_measurements import phospho_measurements
from kinescape.assays.phospho.study_reader import phospho_effects
from kinescape.assays.vocabulary import Vocabulary
from kinescape.foundation.errors import InputError
from kinescape.knowledge.agents import load_agents
from kinescape.knowledge.names import load_readouts

SAMPLES = ["DMSO_1", "DMSO_2", "DMSO_3", "Tram_1", "Tram_2", "Tram_3"]
SITES = [
    ("MAPK1", "T", 185),
    ("MAPK1", "Y", 187),
    ("AKT1", "S", 473),
    *[(f"GENE{index}", "S", index + 5) for index in range(60)],
]


@pytest.fixture
def files(tmp_path):
    rng = np.random.default_rng(0)
    header = [
        "Proteins",
        "Protein",
        "Gene names",
        "Fasta headers",
        "Localization prob",
        "Amino acid",
        "Position",
    ]
    header += [f"Localization prob {sample}" for sample in SAMPLES] + [
        f"Intensity {sample}___1" for sample in SAMPLES
    ]
    lines = ["\t".join(header)]
    for index, (gene, residue, position) in enumerate(SITES):
        base = rng.normal(25, 1)
        values = [
            2 ** (base + rng.normal(0, 0.1) - (3 if gene == "MAPK1" and sample[0] == "T" else 0))
            for sample in SAMPLES
        ]
        name = f"P{index:05d}"
        cells = [
            name,
            name,
            gene,
            f">sp|{name}|{gene}_HUMAN OS=Homo sapiens GN={gene}",
            "0.99",
            residue,
            str(position),
        ]
        lines.append("\t".join([*cells, *["0.99"] * 6, *(f"{value:.0f}" for value in values)]))
    lines.append("\t".join(["P9", "P9", "LOW", "", "0.4", "S", "9", *["0.4"] * 6, *["1000"] * 6]))
    table, sheet = tmp_path / "Phospho (STY)Sites.txt", tmp_path / "samples.csv"
    table.write_text("\n".join(lines) + "\n")
    rows = [f"{name},{'DMSO' if name[0] == 'D' else 'trametinib 10 nM'},{name[-1]},1" for name in SAMPLES]
    sheet.write_text("sample,condition,replicate,time_h\n" + "\n".join(rows) + "\n")
    return table, sheet


def measured(files, **options):
    table, _, effects = phospho_effects(*files, name="sites.txt", **options)
    dropped = sum(count.rows for count in table.rows if not count.kept)
    return effects, phospho_measurements(effects, sample="A375", file="sites.txt", dropped=dropped)


def test_sites_to_measurements(files):
    effects, found = measured(files)
    frame = found.measurements.frame
    assert frame["readout"].to_list() == ["p-AKT1 S473", "p-MAPK1 T185", "p-MAPK1 Y187"]
    assert frame["value"].to_list() == pytest.approx([0, -3, -3], abs=0.4)
    assert set(frame["assay"]) == {"phosphoproteomics"}
    assert found.accounting["dropped"].to_list() == [1]
    assert {"rows", "centred", "moderated", "missing-values"} <= {note.code for note in effects[0].notes}


def test_a_proteome_explains_a_change(files, tmp_path):
    proteins = tmp_path / "proteins.csv"
    proteins.write_text("gene," + ",".join(SAMPLES) + "\nMAPK1,800000,800000,800000,100000,100000,100000\n")
    effects, found = measured(files, proteome=proteins)
    assert found.measurements.frame["value"].to_list() == pytest.approx([0, 0, 0], abs=0.4)
    assert effects[0].sites["protein"].value_counts(sort=True)["count"].to_list() == [61, 2]


def test_faults_of_the_sheet(files):
    sheet = files[1]
    sheet.write_text(sheet.read_text().replace("Tram_3", "Tramp_3").replace("trametinib", "trametnib"))
    with pytest.raises(InputError) as caught:
        phospho_effects(*files, vocabulary=Vocabulary(load_agents(), load_readouts()))
    assert {fault.code for fault in caught.value.faults} == {"unknown-sample", "unknown-agent"}


def test_conditions_without_a_common_site_are_refused(files):
    table = files[0]
    lines = table.read_text().splitlines()
    half = [line.rsplit("\t", 3)[0] + "\t0\t0\t0" for line in lines[1:]]
    table.write_text("\n".join([lines[0], *half]) + "\n")
    with pytest.raises(InputError, match="no site was measured in a treated sample and in its control"):
        phospho_effects(*files)


def test_the_same_file_gives_the_same_table(files):
    assert measured(files)[1].measurements == measured(files)[1].measurements


def test_faults_of_table_sheet_and_proteome_are_told_at_once(tmp_path):
    table, sheet, proteome = tmp_path / "sites.csv", tmp_path / "samples.csv", tmp_path / "proteins.csv"
    table.write_text("a,b\n1,2\n")
    sheet.write_text("sample,condition,replicate\na,,1\n")
    proteome.write_text("x,y\n1,2\n")
    with pytest.raises(InputError) as caught:
        phospho_effects(table, sheet, proteome=proteome)
    assert [fault.code for fault in caught.value.faults] == ["other-header", "empty-cell", "other-header"]


def test_a_table_without_intensities_is_refused_as_such(tmp_path):
    table, sheet = tmp_path / "ModificationSites.txt", tmp_path / "samples.csv"
    header = ["Modification Name", "Target Amino Acid", "Position", "Protein Accession", "Site Probability"]
    table.write_text("\t".join(header) + "\nPhospho\tS\t473\tP31749\t99\n")
    sheet.write_text("sample,condition,replicate\na,control,1\n")
    with pytest.raises(InputError) as caught:
        phospho_effects(table, sheet)
    assert "no-intensities" in [fault.code for fault in caught.value.faults]
    assert not any("0 samples" in fault.found for fault in caught.value.faults)
