"""Page one of a study with a phosphoproteome: the kinases head it, and without drugs nothing is said of drugs."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from kinescape.report.sections.answer import answer_section
from kinescape.report.sections.phospho import phospho_section, which_kinases
from kinescape.study.phospho import analyse_phospho


@pytest.fixture
def with_sites(results, phospho_files: tuple[Path, Path]):
    sites, design = phospho_files
    return results.with_(phospho=(analyse_phospho(sites, design=design),))


def test_the_clear_kinases_are_named_with_what_they_rest_on(with_sites) -> None:
    headline, sentences = which_kinases(with_sites)
    assert headline.startswith("trametinib 100 nM against control: less active: ")
    assert "MAP2K1" in headline
    assert "of 127 tested sites clearly moved" in sentences[0] and "7 down" in sentences[0]


def test_kinases_come_first_and_drugs_stay_where_there_are_drugs(with_sites) -> None:
    questions = [answer.question for answer in answer_section(with_sites).context["answers"]]
    assert questions[:2] == ["Which kinases moved?", "Which drugs act?"]


def test_without_drugs_nothing_is_said_of_drugs(with_sites) -> None:
    ligands = [text for text in with_sites.measurements.conditions if text.startswith("EGF 50 ng/mL")]
    bare = with_sites.with_(measurements=with_sites.measurements.where(condition=ligands[0]))
    questions = [answer.question for answer in answer_section(bare).context["answers"]]
    assert questions == ["Which kinases moved?", "Can we believe it?"]


@pytest.mark.parametrize("simulated", [True, False])
def test_figures_of_simulated_sites_say_so(with_sites, simulated: bool) -> None:
    said = with_sites.with_(
        specification=SimpleNamespace(**vars(with_sites.specification) | {"simulated": simulated})
    )
    (file,) = phospho_section(said).context["files"]
    figures = [*file["courses"], *(figure for part in file["parts"] for figure in part["figures"])]
    assert figures and all(figure.simulated is simulated for figure in figures)
