"""How well the residues about a site fit what a kinase likes: position-specific matrices of 396 motifs.

The matrices are those of the peptide-array atlases of the human serine/threonine and tyrosine kinome, as the
package ``phosx`` (Apache 2.0) brings them; it is an optional extra, read but never imported. Its files carry no axis
labels: rows are the positions -5 to +4 about the site, columns the letters of `LETTERS`. A wrong order of the letters
still gives numbers, and even some signal: a test and benchmarks/substrate_discovery.py hold the order to known sites.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kinescape.assays.phospho.motif_names import hgnc_symbol
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault

LETTERS = "GPAVLIMCFYWHKRQNEDSTsty"
"""The order of the residues in the matrices; ``s``, ``t`` and ``y`` are phosphorylated ones."""
POSITIONS = range(-5, 5)
"""The positions about the site that the matrices know."""
_CENTRE = 7
_CHUNK = 20_000
_KINDS = {
    "ST": ("S_T_PSSMs.h5", "S_T_PSSM_score_quantiles.h5"),
    "Y": ("Y_PSSMs.h5", "Y_PSSM_score_quantiles.h5"),
}


@dataclass(frozen=True)
class MotifSet:
    """Matrices of kinases that act on one kind of residue, and the scores that many human sites reach.

    Parameters
    ----------
    kinases : tuple of str
        HGNC symbols, one a matrix.
    log2_ratio : array of float64, (n_positions, n_letters, n_kinases)
        How much the kinase favours a residue at a position; -inf where it never takes it.
    background : array of float64, (n_sites, n_kinases)
        Scores of human sites, sorted within a kinase.
    """

    kinases: tuple[str, ...]
    log2_ratio: NDArray[np.float64]
    background: NDArray[np.float64]


def motifs_available() -> bool:
    """Whether the extra package with the matrices is installed."""
    return find_spec("phosx") is not None


def motif_kinases() -> tuple[str, ...]:
    """The kinases that have a motif, as HGNC symbols, sorted.

    Raises
    ------
    InputError
        Where the extra package is not installed.
    """
    return tuple(sorted({kinase for kind in _KINDS for kinase in motif_set(kind).kinases}))


def motif_percentiles(
    windows: Sequence[str | None], kinases: Collection[str] | None = None
) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """How well sites fit the motifs of kinases, as the share of human sites that fit no better.

    Parameters
    ----------
    windows : sequence of str or None, (n_windows,)
        Fifteen residues with the site in the middle; ``_`` beyond the ends of the protein, ``X`` unknown. Flanking
        residues count as not phosphorylated.
    kinases : collection of str, optional
        HGNC symbols; all that have a motif by default. Those without one get no column.

    Returns
    -------
    kinases : tuple of str, (n_kinases,)
        Sorted.
    percentiles : array of float64, (n_windows, n_kinases)
        From 0 to 1; nan where there is no window, or where the kinase has no motif for the residue.

    Raises
    ------
    InputError
        Where the extra package is not installed.

    References
    ----------
    Johnson et al. 2023, Nature, doi:10.1038/s41586-022-05575-3 (serine and threonine kinases).
    """
    sets = {kind: motif_set(kind) for kind in _KINDS}
    named = sorted({kinase for kind in sets for kinase in sets[kind].kinases})
    chosen = [kinase for kinase in named if kinases is None or kinase in kinases]
    place = {kinase: index for index, kinase in enumerate(chosen)}
    percentiles = np.full((len(windows), len(chosen)), np.nan)
    centres = np.array(
        [window[_CENTRE].upper() if window and len(window) == 15 else "" for window in windows]
    )
    for kind, motifs in sets.items():
        rows = np.nonzero(np.isin(centres, list(kind)))[0]
        columns = np.array(
            [index for index, name in enumerate(motifs.kinases) if name in place], dtype=np.int64
        )
        if not len(rows) or not len(columns):
            continue
        targets = np.array([place[motifs.kinases[index]] for index in columns])
        for start in range(0, len(rows), _CHUNK):
            part = rows[start : start + _CHUNK]
            scores = motif_scores([windows[row] or "" for row in part], motifs.log2_ratio[:, :, columns])
            for column, target, values in zip(columns, targets, scores.T, strict=True):
                background = motifs.background[:, column]
                share = np.searchsorted(background, values, side="right") / len(background)
                percentiles[part, target] = share
    return tuple(chosen), percentiles


def motif_scores(windows: Sequence[str], log2_ratio: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sum over positions of the logarithmic preference for the residue there.

    Parameters
    ----------
    windows : sequence of str, (n_windows,)
        Fifteen residues each.
    log2_ratio : array, (n_positions, n_letters, n_kinases)

    Returns
    -------
    array of float64, (n_windows, n_kinases)
        Unknown residues and places beyond the protein count nothing.
    """
    code = np.full(128, -1)
    for index, letter in enumerate(LETTERS[:20]):
        code[ord(letter)] = index
    text = "".join(window.upper().ljust(15, "_")[:15] for window in windows)
    letters = code[np.frombuffer(text.encode("ascii", "replace"), dtype=np.uint8) % 128].reshape(-1, 15)
    scores = np.zeros((len(windows), log2_ratio.shape[2]))
    for row, position in enumerate(POSITIONS):
        residues = letters[:, _CENTRE + position]
        known = residues >= 0
        scores[known] += log2_ratio[row, residues[known]]
    return scores


@cache
def motif_set(kind: str) -> MotifSet:
    """The matrices for ``ST`` or ``Y`` sites.

    Raises
    ------
    InputError
        Where the extra package is not installed, or its files are not those known.
    """
    folder = _folder()
    try:
        # The quantiles are compressed in a way that the package `tables`, which comes with phosx, reads.
        tables = import_module("tables")

        with tables.open_file(folder / _KINDS[kind][0]) as file:
            names = sorted(file.root._v_children)
            stacked = np.stack([file.root[name].read() for name in names], axis=2)
        with tables.open_file(folder / _KINDS[kind][1]) as file:
            table = file.root.pssm_scores.table
            order = [str(name) for name in table.attrs.values_block_0_kind]
            scores = np.asarray(table.col("values_block_0"), dtype=np.float64)
    except ImportError as error:
        raise _unread(folder, "the package 'tables' is not installed") from error
    except (OSError, KeyError, AttributeError, RuntimeError, ValueError) as error:
        raise _unread(folder, str(error).splitlines()[0]) from error
    if stacked.shape[:2] != (len(POSITIONS), len(LETTERS)) or not set(names) <= set(order):
        raise _unread(folder, f"the matrices have the shape {stacked.shape[:2]}")
    column = {name: index for index, name in enumerate(order)}
    with np.errstate(divide="ignore"):
        logarithms = np.log2(stacked)
        background = np.sort(np.log2(scores[:, [column[name] for name in names]]), axis=0)
    return MotifSet(tuple(hgnc_symbol(name) for name in names), logarithms, background)


def _folder() -> Path:
    found = find_spec("phosx")
    if found is None or found.origin is None:
        raise InputError(
            Fault(
                "motif-missing",
                "the motifs of kinases come with the package phosx, which is not installed",
                mend="pip install 'kinescape[motif]', or leave motifs out",
            )
        )
    return Path(found.origin).parent / "data"


def _unread(folder: Path, why: str) -> InputError:
    return InputError(
        Fault(
            "motif-unreadable",
            f"the motifs of the installed phosx cannot be read: {why}",
            file=str(folder),
            expected="the files of phosx 0.23",
            mend="pip install 'kinescape[motif]'",
        )
    )
