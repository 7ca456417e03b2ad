"""Random numbers from one recorded seed: each use has its own stream, named by what it is for."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy.random import Generator


def generator(seed: int, *labels: str | int) -> Generator:
    """A NumPy generator that depends only on the seed and on what it is for.

    Adding a new use of randomness elsewhere leaves the numbers of this one as they were.

    Parameters
    ----------
    seed : int
        The study's seed.
    *labels : str or int
        What the numbers are for, such as ``"validate", "fold", 3``.

    Examples
    --------
    >>> generator(1, "fold").integers(10) == generator(1, "fold").integers(10)
    np.True_
    """
    import numpy as np

    digest = hashlib.sha256("\x1f".join(str(label) for label in labels).encode()).digest()
    words = [int.from_bytes(digest[start : start + 4], "little") for start in range(0, 16, 4)]
    return np.random.default_rng(np.random.SeedSequence([seed & 0xFFFFFFFF, seed >> 32, *words]))
