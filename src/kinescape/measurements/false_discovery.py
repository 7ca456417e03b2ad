"""False discovery rate of many tests, by Benjamini and Hochberg."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def false_discovery_rate(p_values: ArrayLike) -> NDArray[np.float64]:
    """Smallest false discovery rate at which each test counts as a discovery.

    Parameters
    ----------
    p_values : (n,) array
        NaN where nothing was tested; such entries stay NaN and do not count as tests.

    Examples
    --------
    >>> false_discovery_rate([0.01, 0.02, 0.9]).round(3).tolist()
    [0.03, 0.03, 0.9]
    """
    p = np.asarray(p_values, dtype=np.float64)
    result = np.full_like(p, np.nan)
    tested = np.flatnonzero(np.isfinite(p))
    order = tested[np.argsort(p[tested], kind="stable")]
    scaled = p[order] * order.size / np.arange(1, order.size + 1)
    result[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return result
