"""Held-out tasks: what is removed from the user's data, to see whether it can be predicted.

Three questions, each asked as it will be asked of the finished model:

- unseen combination: five folds over the conditions with several agents, removed in all samples;
- unseen inhibitor: every condition with that agent, removed in all samples;
- new sample: all of a sample but five random conditions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from kinescape.foundation.randomness import generator
from kinescape.model.design import Design

Task = Literal["unseen_combination", "unseen_inhibitor", "new_sample"]
TASKS: tuple[Task, ...] = get_args(Task)
FOLDS = 5
SEEN_CONDITIONS = 5
SMALL = 150
"""Designs of up to this many rows are split several times, since one partition of so few says little."""
REPEATS, REPEATS_OF_LARGE = 5, 3


@dataclass(frozen=True)
class Split:
    """One fit of a task.

    Parameters
    ----------
    train, test : (n,) array of bool
        Rows to learn from and to predict.
    unit : (n,) array of str
        Held-out unit that each row belongs to: what intervals resample.
    """

    train: NDArray[np.bool_]
    test: NDArray[np.bool_]
    unit: NDArray[np.str_]


def splits(design: Design, task: Task, seed: int, *, repeats: int | None = None) -> list[Split] | str:
    """The fits of a task, or a sentence that says why the study does not allow it.

    Parameters
    ----------
    design : Design
        All the rows.
    task : {"unseen_combination", "unseen_inhibitor", "new_sample"}
        What is held out.
    seed : int
        Decides folds and the conditions seen.
    repeats : int, optional
        How many random partitions; by default five for up to 150 rows, three beyond.
    """
    count = repeats if repeats is not None else REPEATS if len(design) <= SMALL else REPEATS_OF_LARGE
    if task == "unseen_combination":
        return _combinations(design, seed, count)
    if task == "unseen_inhibitor":
        return _inhibitors(design)
    return _samples(design, seed, count)


def _combinations(design: Design, seed: int, repeats: int) -> list[Split] | str:
    rows = design.rows
    together = rows.agent_count > 1
    combinations = sorted(set(rows.condition[together].tolist()))
    if len(combinations) < FOLDS:
        return (
            f"the study holds {len(combinations) or 'no'} condition{'' if len(combinations) == 1 else 's'} with "
            f"several agents; {FOLDS} or more are needed "
            "to hold some of them out"
        )
    found = []
    for repeat in range(repeats):
        order = generator(seed, "unseen_combination", repeat).permutation(len(combinations))
        for fold in range(FOLDS):
            held = [combinations[index] for index in order[fold::FOLDS]]
            test = np.isin(rows.condition, held)
            found.append(Split(~test, test, rows.condition))
    return found


def _inhibitors(design: Design) -> list[Split] | str:
    found = []
    inhibitors = [index for index, kind in enumerate(design.kinds) if kind != "ligand"]
    for index in inhibitors:
        test = design.rows.dose[:, index] > 0
        if test.any() and len(set(design.rows.condition[~test].tolist())) >= 2:
            found.append(Split(~test, test, np.full(len(design), design.agents[index])))
    if len(found) < 3:
        count = f"{len(inhibitors)} inhibitor{'' if len(inhibitors) == 1 else 's'}"
        if any(design.kinds[index] == "genetic" for index in inhibitors):
            count = f"{len(inhibitors)} in all of inhibitors and genetic perturbations"
        return f"the study holds {count}; 3 or more are needed to hold each of them out"
    return found


def _samples(design: Design, seed: int, repeats: int) -> list[Split] | str:
    if len(design.samples) < 2:
        return "the study holds one sample; 2 or more are needed to hold one out"
    found = []
    for repeat in range(repeats):
        for index, sample in enumerate(design.samples):
            own = np.flatnonzero(design.rows.sample == index)
            if len(own) <= SEEN_CONDITIONS:
                continue
            random = generator(seed, "new_sample", repeat, sample)
            seen = random.choice(own, size=SEEN_CONDITIONS, replace=False)
            test = design.rows.sample == index
            test[seen] = False
            found.append(Split(~test, test, np.full(len(design), sample)))
    if not found:
        return f"no sample has more than the {SEEN_CONDITIONS} conditions that the task leaves it"
    return found
