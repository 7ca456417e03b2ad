import numpy as np
import pytest

from kinescape.measurements.table import Measurements
from kinescape.model.design import Design, build_design
from kinescape.model.held_out.tasks import splits


@pytest.fixture(scope="module")
def design(small_study: Measurements) -> Design:
    return build_design(small_study, kinds={"EGF": "ligand"})


def test_combinations_are_held_out_in_all_samples_once_a_partition(design: Design) -> None:
    found = splits(design, "unseen_combination", 3, repeats=2)
    assert not isinstance(found, str) and len(found) == 10
    held = np.sum([split.test for split in found], axis=0)
    assert held.tolist() == [2 if count > 1 else 0 for count in design.rows.agent_count]
    for split in found:
        assert not set(design.rows.condition[split.test]) & set(design.rows.condition[split.train])


def test_inhibitors_leave_no_trace(design: Design) -> None:
    found = splits(design, "unseen_inhibitor", 0)
    assert not isinstance(found, str)
    assert [split.unit[0] for split in found] == ["AKTi", "ERKi", "MEKi"]
    for split in found:
        column = design.agents.index(split.unit[0])
        assert not design.rows.dose[split.train, column].any()
        assert (design.rows.dose[split.test, column] > 0).all()


def test_new_sample_keeps_five_conditions(design: Design) -> None:
    found = splits(design, "new_sample", 0, repeats=1)
    assert not isinstance(found, str) and len(found) == 2
    for sample, split in enumerate(found):
        own = design.rows.sample == sample
        assert (split.train & own).sum() == 5
        assert (split.test == (own & ~split.train)).all()


def test_the_seed_decides(design: Design) -> None:
    def drawn(seed: int) -> list[list[bool]]:
        found = splits(design, "new_sample", seed, repeats=1)
        assert not isinstance(found, str)
        return [split.test.tolist() for split in found]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_what_is_impossible_says_why(design: Design) -> None:
    one = design.take((design.rows.sample == 0) & (design.rows.agent_count == 1))
    from dataclasses import replace

    one = replace(one, samples=("A",), kinds=("ligand",) * 4)
    assert "no conditions with several agents" in str(splits(one, "unseen_combination", 0))
    assert "0 inhibitors" in str(splits(one, "unseen_inhibitor", 0))
    assert "one sample" in str(splits(one, "new_sample", 0))


def test_samples_with_few_conditions_cannot_be_held_out(design: Design) -> None:
    few = design.take(np.isin(design.rows.condition, design.conditions[:5]))
    assert "no sample has more than" in str(splits(few, "new_sample", 0))


def test_altered_genes_are_not_called_inhibitors(design: Design) -> None:
    from dataclasses import replace

    kinds = ("ligand", "ligand", "genetic", "inhibitor")
    said = str(splits(replace(design, kinds=kinds), "unseen_inhibitor", 0))
    assert "2 in all of inhibitors and genetic perturbations" in said
