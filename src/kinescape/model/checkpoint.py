"""A fitted model as a folder, and back: numbers in one archive, tables as Parquet, a manifest; never a pickle.

===================  ==================================================================================
file                 content
===================  ==================================================================================
``manifest.json``    version of the layout, names, settings, which array is what, and the other files'
                     SHA-256; written last
``arrays.npz``       all the numbers; read without permission to run anything
``rows.parquet``     design, sample, condition: one row a row of a design
``choices.parquet``  which member answers which question, with the evidence
``levels.parquet``   what phenotypes of unseen combinations are predicted from, with the evidence
===================  ==================================================================================

The version of the layout is `SCHEMA_VERSION`; a newer one is refused, since it may hold what this version would
misread. Every array's bytes are stored once, under their hash.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinescape import __version__
from kinescape.foundation.errors import InputError, RunError
from kinescape.foundation.issues import Fault
from kinescape.foundation.provenance import sha256_file
from kinescape.foundation.writing import replacing, write_bytes, write_text
from kinescape.model.fitted_model import FittedModel
from kinescape.model.on_disk.checkpoint_fits import describe_fit, restore_fit
from kinescape.model.on_disk.checkpoint_parts import (
    describe_agents,
    describe_design,
    describe_wiring,
    restore_agents,
    restore_choices,
    restore_design,
    restore_wiring,
)

SCHEMA_VERSION = 1
"""Layout that this version writes, and the newest that it reads."""
MANIFEST, ARRAYS, ROWS = "manifest.json", "arrays.npz", "rows.parquet"
CHOICES, LEVELS = "choices.parquet", "levels.parquet"
FILES = (ARRAYS, ROWS, CHOICES, LEVELS)
"""Files beside the manifest, which holds their SHA-256."""
_MOST_BYTES = 8_000_000_000


def save_model(model: FittedModel, folder: str | Path) -> Path:
    """Write a fitted model into a folder; predictions and queries of the loaded one are the same.

    Parameters
    ----------
    model : FittedModel
        From `fit_model`.
    folder : str or Path
        Made where it is missing; a model that lies there is replaced.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    InputError
        Where the model was fitted with dose codes from a function of the user's: code is not saved.
    RunError
        Where the folder cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> import polars as pl
    >>> from kinescape.measurements.table import Measurements
    >>> from kinescape.model.predict import fit_model
    >>> table = Measurements.from_frame(pl.DataFrame({"sample": "A", "condition": ["x 1 uM", "y 1 uM"],
    ...     "node": "EGFR", "readout": "pEGFR", "value": [0.5, -1.0], "scale": "log2_fold_change",
    ...     "assay": "table"}))
    >>> load_model(save_model(fit_model(table), tempfile.mkdtemp())).samples
    ('A',)
    """
    place = Path(folder)
    if any(design.row_dose is not None for design in model.designs):
        raise InputError(
            Fault(
                "model-not-saved",
                "the dose codes of this model come from a function (row_dose), and code is not saved",
                mend="give the doses by potency_molar or dose_rule",
            )
        )
    arrays: dict[str, NDArray] = {}

    def keep(values: Any) -> str:
        array = np.asarray(values)
        # The order in memory is kept: products of the same numbers in another order differ in their last bit.
        columns_first = array.flags.f_contiguous and not array.flags.c_contiguous
        array = array if columns_first else np.ascontiguousarray(array)
        heading = f"{array.dtype.str}{array.shape}{'F' if columns_first else 'C'}"
        digest = hashlib.sha256(heading.encode() + array.tobytes()).hexdigest()
        arrays[digest[:32]] = array
        return digest[:32]

    manifest: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "kinescape": __version__,
        "dataset": model.dataset,
        "seed": model.seed,
        "designs": [describe_design(design, keep) for design in model.designs],
        "fits": [
            {"design": index, "member": name, **describe_fit(fit, keep)}
            for (index, name), fit in sorted(model.fits.items(), key=lambda item: item[0])
        ],
        "wiring": None if model.wiring is None else describe_wiring(model, model.wiring, keep),
        "agents": describe_agents(model.agents),
        "not_expressed": {sample: sorted(genes) for sample, genes in sorted(model.not_expressed.items())},
    }
    rows = pl.concat(
        [
            pl.DataFrame(
                {
                    "design": [index] * len(design),
                    "sample": [design.samples[at] for at in design.rows.sample.tolist()],
                    "condition": design.rows.condition.tolist(),
                },
                schema={"design": pl.Int32, "sample": pl.String, "condition": pl.String},
            )
            for index, design in enumerate(model.designs)
        ]
    )
    try:
        # A half-written model must not pass for a whole one: the manifest goes first and comes last.
        (place / MANIFEST).unlink(missing_ok=True)
    except OSError as error:
        raise RunError(f"{place} cannot hold a model: {error.strerror or error}") from error
    for name, frame in ((ROWS, rows), (CHOICES, model.choices_frame()), (LEVELS, model.levels)):
        with replacing(place / name) as temporary:
            frame.write_parquet(temporary)
    write_bytes(place / ARRAYS, _packed(arrays))
    manifest["sha256"] = {name: sha256_file(place / name) for name in FILES}
    text = json.dumps(manifest, indent=1, ensure_ascii=False, sort_keys=True, allow_nan=False)
    write_text(place / MANIFEST, text + "\n")
    return place


def load_model(folder: str | Path) -> FittedModel:
    """Read a fitted model that `save_model` wrote.

    Parameters
    ----------
    folder : str or Path
        The folder; `results/model` of a study that was run.

    Raises
    ------
    InputError
        Where there is no model, a newer version wrote it, or a file is missing or damaged.
    """
    place = Path(folder)
    manifest = _manifest(place)
    for name in FILES:
        _check(place / name, manifest)
    try:
        arrays = _unpacked(place / ARRAYS)
        rows, choices = pl.read_parquet(place / ROWS), pl.read_parquet(place / CHOICES)
        designs = tuple(
            restore_design(record, rows.filter(pl.col("design") == index), arrays)
            for index, record in enumerate(manifest["designs"])
        )
        agents = restore_agents(manifest["agents"])
        wiring = None if manifest["wiring"] is None else restore_wiring(manifest["wiring"], agents, arrays)
        fits = {
            (int(record["design"]), str(record["member"])): restore_fit(
                record, designs[int(record["design"])], wiring, arrays
            )
            for record in manifest["fits"]
        }
        silent = {sample: frozenset(genes) for sample, genes in manifest["not_expressed"].items()}
        return FittedModel(
            designs,
            fits,
            restore_choices(choices),
            str(manifest["dataset"]),
            int(manifest["seed"]),
            wiring,
            agents,
            silent,
            pl.read_parquet(place / LEVELS),
        )
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, pl.exceptions.PolarsError) as error:
        raise _damaged(place, f"its parts do not fit together ({type(error).__name__}: {error})") from None


def _manifest(place: Path) -> dict[str, Any]:
    file = place / MANIFEST
    if not file.is_file():
        raise InputError(
            Fault(
                "model-missing",
                f"'{place}' holds no fitted model",
                expected=f"a folder with {MANIFEST}, as save_model and kinescape run write",
                mend="run the study first",
            )
        )
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
        version = int(manifest["schema_version"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise _damaged(place, f"{MANIFEST} cannot be read") from None
    if version > SCHEMA_VERSION:
        raise InputError(
            Fault(
                "model-newer",
                f"this model was written by kinescape {manifest.get('kinescape', '?')}, in layout {version}; "
                f"kinescape {__version__} reads up to layout {SCHEMA_VERSION}",
                file=str(file),
                mend="update kinescape, or run the study again",
            )
        )
    return dict(manifest)


def _check(file: Path, manifest: Mapping[str, Any]) -> None:
    if not file.is_file():
        raise _damaged(file.parent, f"{file.name} is missing")
    stated = manifest.get("sha256")
    if not isinstance(stated, dict) or sha256_file(file) != stated.get(file.name):
        raise _damaged(file.parent, f"{file.name} is not the file that was written (its SHA-256 differs)")


def _damaged(place: Path, why: str) -> InputError:
    return InputError(
        Fault(
            "model-damaged",
            f"the fitted model is damaged: {why}",
            file=str(place),
            mend="run the study again",
        )
    )


def _packed(arrays: Mapping[str, NDArray]) -> bytes:
    """The archive's bytes: the same arrays give the same bytes, which `numpy.savez` does not promise."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(arrays):
            entry = io.BytesIO()
            np.lib.format.write_array(entry, arrays[name], allow_pickle=False)
            # A fixed date: the entry would else carry the time of writing.
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), entry.getvalue(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _unpacked(file: Path) -> dict[str, NDArray]:
    try:
        with zipfile.ZipFile(file) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _MOST_BYTES:
                raise ValueError("the archive is larger than any model")
        with np.load(file, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (zipfile.BadZipFile, OSError, EOFError) as error:
        raise ValueError(str(error)) from error
