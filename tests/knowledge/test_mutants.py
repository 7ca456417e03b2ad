import math

import numpy as np
import pytest

from kinescape.knowledge.mutant_tables import load_mutants
from kinescape.knowledge.mutants import Measurement, MutantTable, with_laboratory_folds

TABLE = load_mutants()


def measured(mutant, laboratory, ic50, drug="d"):
    return Measurement("X", mutant, drug, laboratory, ic50, None, None, False, "somebody")


def test_folds_are_within_laboratories():
    # One laboratory reads everything ten times higher; its fold is the same.
    entries = [
        measured("WT", "a", 10),
        measured("T1I", "a", 40),
        measured("WT", "b", 100),
        measured("T1I", "b", 400),
    ]
    table = MutantTable(with_laboratory_folds(entries))
    found = table.sensitivity("X", "T1I", "d")
    assert found.fold == pytest.approx(4)
    assert found.laboratories == ("a", "b")


def test_pooled_fold_is_the_geometric_mean():
    entries = [measured("WT", name, 1) for name in "ab"] + [measured("T1I", "a", 2), measured("T1I", "b", 8)]
    found = MutantTable(with_laboratory_folds(entries)).sensitivity("X", "T1I", "d")
    assert found.fold == pytest.approx(4)
    assert found.low < 2 and found.high > 8


def test_spread_between_laboratories_is_the_pooled_standard_deviation():
    # Oracle: numpy over the residuals with n - 1 for each mutant.
    logs = {"T1I": [0.0, 1.0, 2.0], "A2V": [3.0, 3.5]}
    entries = [measured("WT", name, 1) for name in "abc"]
    entries += [
        measured(m, name, math.exp(v))
        for m, values in logs.items()
        for name, v in zip("abc", values, strict=False)
    ]
    table = MutantTable(with_laboratory_folds(entries))
    squares = sum(((np.array(v) - np.mean(v)) ** 2).sum() for v in logs.values())
    assert table.laboratory_log_sd == pytest.approx(math.sqrt(squares / 3))


def test_what_nobody_measured_is_none_and_never_a_number():
    assert TABLE.sensitivity("ABL1", "V299L", "imatinib") is None
    assert TABLE.sensitivity("ABL1", "E255K/T315I", "imatinib") is None
    assert TABLE.sensitivity("KRAS", "G12C", "imatinib") is None


def test_a_mutant_without_its_laboratory_s_wild_type_has_no_fold():
    table = MutantTable(with_laboratory_folds([measured("T1I", "a", 40)]))
    assert table.sensitivity("X", "T1I", "d") is None


def test_shipped_table_holds_the_nineteen_and_their_order():
    nineteen = set(TABLE.mutants("ABL1", "nilotinib")) & set(TABLE.mutants("ABL1", "dasatinib"))
    assert len(nineteen) == 19
    fold = {m: TABLE.sensitivity("ABL1", m, "imatinib").fold for m in nineteen}
    assert max(fold, key=fold.get) == "T315I"
    assert fold["M244V"] < 2 < fold["G250E"]


def test_every_shipped_row_names_its_source():
    assert all(entry.references for entry in TABLE.measurements)
    assert all(call.references for call in TABLE.calls)


def test_the_misplaced_decimals_of_one_source_are_not_there():
    ponatinib = {entry.mutant for entry in TABLE.measurements if entry.drug == "ponatinib"}
    assert not ponatinib & {"A337V", "P465S"}


def test_censored_cells_are_bounds_of_10240_nanomolar():
    censored = [e for e in TABLE.measurements if e.laboratory == "Zabriskie 2014" and e.lower_bound_only]
    assert {entry.ic50_nanomolar for entry in censored} == {10240.0}
    assert TABLE.sensitivity("ABL1", "T315I", "imatinib").lower_bound_only


def test_laboratories_differ_by_about_what_was_seen_before():
    # Two-way analysis of the imatinib table outside this package: residual sd 0.49.
    assert 0.35 < TABLE.laboratory_log_sd < 0.65
