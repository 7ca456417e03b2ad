"""A screen of pairs: how much more each pair did than expected, in each sample, as one table of pairs × samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class PairScreen:
    """Pairs of drugs and their excess over expectation in samples.

    Parameters
    ----------
    drugs : tuple of str
        Names, one a drug.
    first, second : (n_pairs,) int arrays
        Positions of the two drugs of each pair; each unordered pair stands once.
    samples : tuple of str
    excess : (n_pairs, n_samples) array
        Bliss excess, positive where the pair does more; NaN where not measured.
    error : (n_pairs, n_samples) array
        Standard error over independent replicates; NaN where unknown.
    """

    drugs: tuple[str, ...]
    first: Integers
    second: Integers
    samples: tuple[str, ...]
    excess: Floats
    error: Floats

    @classmethod
    def of(
        cls,
        pairs: Sequence[tuple[str, str]],
        samples: Sequence[str],
        excess: Floats,
        error: Floats | None = None,
    ) -> PairScreen:
        """From pairs by name.

        Raises
        ------
        ValueError
            Where a pair stands twice, joins a drug with itself, or the shapes differ.

        Examples
        --------
        >>> import numpy as np
        >>> PairScreen.of([("B", "A"), ("A", "C")], ["one"], np.array([[0.1], [np.nan]])).drugs
        ('A', 'B', 'C')
        """
        values = np.asarray(excess, dtype=np.float64)
        if values.shape != (len(pairs), len(samples)):
            raise ValueError(
                f"excess must be {len(pairs)} pairs × {len(samples)} samples, not {values.shape}"
            )
        known = {frozenset(pair) for pair in pairs}
        if len(known) != len(pairs) or any(len(pair) != 2 for pair in known):
            raise ValueError("each pair stands once, and joins two different drugs")
        drugs = tuple(sorted({name for pair in pairs for name in pair}))
        place = {name: number for number, name in enumerate(drugs)}
        ends = np.array([[place[a], place[b]] for a, b in pairs], dtype=np.int64).reshape(-1, 2)
        errors = np.full_like(values, np.nan) if error is None else np.asarray(error, dtype=np.float64)
        return cls(drugs, ends[:, 0], ends[:, 1], tuple(samples), values, errors)

    def __len__(self) -> int:
        return int(self.first.size)

    def name(self, pair: int) -> tuple[str, str]:
        """Names of the two drugs of a pair."""
        return self.drugs[self.first[pair]], self.drugs[self.second[pair]]

    def column(self, sample: str) -> tuple[Floats, Floats]:
        """Excess and standard error in one sample; all NaN where the sample is not in the screen."""
        if sample not in self.samples:
            return np.full(len(self), np.nan), np.full(len(self), np.nan)
        place = self.samples.index(sample)
        return self.excess[:, place], self.error[:, place]

    def without(self, sample: str) -> Floats:
        """(n_pairs, other samples) excess of the other samples that have any pair."""
        kept = [place for place, name in enumerate(self.samples) if name != sample]
        others = self.excess[:, kept]
        return others[:, np.isfinite(others).any(axis=0)] if kept else others
