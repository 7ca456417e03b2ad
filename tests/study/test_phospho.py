"""Contrasts by their names."""

import polars as pl
import pytest

from kinescape.assays.phospho.site_effects import SiteEffects
from kinescape.foundation.errors import InputError
from kinescape.study.phospho import named_contrasts

NAMES = (
    "erlotinib 1 uM + trametinib 10 nM against control",
    "erlotinib 1 uM at 1 h against control, A431",
    "erlotinib 1 uM at 5 min against control at 0 h, A431",
    "erlotinib 100 nM against control",
)
EFFECTS = tuple(SiteEffects(name, pl.DataFrame()) for name in NAMES)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("erlotinib 1 uM", NAMES[1:3]),
        ("Erlotinib 1 um", NAMES[1:3]),
        ("erlotinib 1000 nM", NAMES[1:3]),
        ("0.1 uM", None),
        ("trametinib", NAMES[:1]),
        ("erlotinib", NAMES),
        (NAMES[3], NAMES[3:]),
    ],
)
def test_a_whole_condition_comes_before_a_part_of_a_name(text, found):
    if found is None:
        with pytest.raises(InputError, match="there is no contrast"):
            named_contrasts(EFFECTS, [text], "f")
        return
    assert tuple(one.name for one in named_contrasts(EFFECTS, [text], "f")) == found
