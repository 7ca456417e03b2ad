"""`Measurements`: the one table, validated once and never changed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Faults
from kinescape.foundation.writing import write_text
from kinescape.measurements.conditions import Condition
from kinescape.measurements.schema import COLUMNS, FLAGS, KEY, NO_EFFECT, SCALES, SCHEMA

if TYPE_CHECKING:
    import anndata
    import pandas

_LISTED = 20


class Measurements:
    """What perturbations did to nodes in samples, one row an effect; immutable.

    Make one with `Measurements.from_frame`, which checks every row, or read one from a file.

    Examples
    --------
    >>> from kinescape.measurements.table import Measurements
    >>> len(Measurements.empty())
    0
    """

    __slots__ = ("_frame",)

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame

    @classmethod
    def from_frame(cls, frame: pl.DataFrame, *, file: str | Path | None = None) -> Measurements:
        """Check a frame and take it as the table.

        Parameters
        ----------
        frame : polars.DataFrame
            With the columns of `kinescape.measurements.schema`; `population`, `time_h`, `se`, `n` and `flags`
            may be absent and are then ``all``, null, null, 1 and empty.
        file : str or Path, optional
            Named in the messages; rows count from 2, as below a header.

        Raises
        ------
        InputError
            With every fault of the frame.
        """
        faults = Faults()
        checked = _typed(frame, faults, file)
        if checked is not None:
            checked = _canonical_conditions(checked, faults, file)
            _check_values(checked, faults, file)
            _check_keys(checked, faults, file)
        faults.raise_if_errors()
        if checked is None:  # pragma: no cover - a missing column is always an error
            raise InputError("the table could not be read")
        flags = pl.col("flags").list.unique().list.sort()
        return cls(checked.with_columns(flags).sort(KEY, nulls_last=True))

    @classmethod
    def empty(cls) -> Measurements:
        """A table without rows."""
        return cls(pl.DataFrame(schema=SCHEMA))

    @classmethod
    def concat(cls, tables: Iterable[Measurements]) -> Measurements:
        """Rows of several tables; contradicting rows are an error."""
        frames = [table.frame for table in tables]
        return cls.from_frame(pl.concat(frames)) if frames else cls.empty()

    @property
    def frame(self) -> pl.DataFrame:
        """The rows; polars frames are not changed in place."""
        return self._frame

    def __len__(self) -> int:
        return self._frame.height

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Measurements) and self._frame.equals(other._frame)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return (
            f"Measurements({len(self)} rows: {len(self.samples)} samples, {len(self.conditions)} conditions, "
            f"{len(self.readouts)} readouts)"
        )

    def _values(self, column: str) -> tuple[str, ...]:
        return tuple(sorted(self._frame[column].unique().to_list()))

    @property
    def samples(self) -> tuple[str, ...]:
        """Names of the samples, sorted."""
        return self._values("sample")

    @property
    def conditions(self) -> tuple[str, ...]:
        """Canonical texts of the conditions, sorted."""
        return self._values("condition")

    @property
    def nodes(self) -> tuple[str, ...]:
        """Nodes measured, sorted."""
        return self._values("node")

    @property
    def readouts(self) -> tuple[str, ...]:
        """Readouts measured, sorted."""
        return self._values("readout")

    @property
    def agents(self) -> tuple[str, ...]:
        """Names of all the agents of the conditions, sorted."""
        names = {agent for text in self.conditions for agent in Condition.parse(text).agents}
        return tuple(sorted(names))

    def where(self, **equal: Any) -> Measurements:
        """The rows whose columns equal the given values, or are among a list of them.

        Parameters
        ----------
        **equal : str, number or list
            Column and value, such as ``sample="MCF10A"`` or ``node=["EGFR", "MET"]``.

        Raises
        ------
        KeyError
            Where a name is not a column.
        """
        frame = self._frame
        for column, value in equal.items():
            if column not in SCHEMA:
                raise KeyError(f"'{column}' is not a column of Measurements; these are: {', '.join(COLUMNS)}")
            values = [str(item) if column == "scale" else item for item in _as_list(value)]
            frame = frame.filter(pl.col(column).cast(pl.String).is_in([str(item) for item in values]))
        return Measurements(frame)

    def write_tsv(self, path: str | Path) -> None:
        """Write as tab-separated text; flags are joined by semicolons."""
        frame = self._frame.with_columns(pl.col("flags").list.join(";"))
        write_text(path, frame.write_csv(separator="\t"))

    @classmethod
    def read_tsv(cls, path: str | Path) -> Measurements:
        """Read what `write_tsv` wrote, or a table of the same columns made by hand."""
        try:
            frame = pl.read_csv(path, separator="\t", infer_schema=False)
        except (OSError, pl.exceptions.PolarsError) as error:
            raise InputError(f"{path} could not be read as a tab-separated table: {error}") from error
        if "flags" in frame.columns:
            empty = pl.col("flags").is_null() | (pl.col("flags") == "")
            frame = frame.with_columns(
                pl.when(empty).then(pl.lit("")).otherwise(pl.col("flags")).str.split(";").alias("flags")
            ).with_columns(pl.col("flags").list.filter(pl.element() != ""))
        return cls.from_frame(frame, file=path)

    def write_parquet(self, path: str | Path) -> None:
        """Write as Parquet, with the version of the layout in its metadata."""
        from kinescape.measurements.parquet import write_parquet

        write_parquet(self, path)

    @classmethod
    def read_parquet(cls, path: str | Path) -> Measurements:
        """Read a Parquet file of this or an earlier layout."""
        from kinescape.measurements.parquet import read_parquet

        return read_parquet(path)

    def to_pandas(self) -> pandas.DataFrame:
        """As a pandas frame (extra `border`)."""
        return self._frame.to_pandas()

    def to_anndata(self, scale: str = "log2_fold_change") -> anndata.AnnData:
        """As AnnData (extra `border`); see `kinescape.measurements.anndata`."""
        from kinescape.measurements.anndata import to_anndata

        return to_anndata(self, scale)


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple, set, frozenset)) else [value]


def _typed(frame: pl.DataFrame, faults: Faults, file: str | Path | None) -> pl.DataFrame | None:
    """Columns in order and of the right types; a cell that cannot be read is a fault."""
    defaults: dict[str, Any] = {
        "population": pl.lit("all"),
        "time_h": pl.lit(None, pl.Float64),
        "se": pl.lit(None, pl.Float64),
        "n": pl.lit(1, pl.Int32),
        "flags": pl.lit([], pl.List(pl.String)),
    }
    for column in frame.columns:
        if column not in SCHEMA:
            faults.add(
                "unknown-column",
                f"the table has a column '{column}' that Measurements does not know",
                file=file,
                column=column,
                mend=f"the columns are {', '.join(COLUMNS)}",
            )
    missing = [column for column in COLUMNS if column not in frame.columns]
    for column in missing:
        if column not in defaults:
            faults.add("missing-column", f"the column '{column}' is missing", file=file, column=column)
    if faults.errors:
        return None
    frame = frame.with_columns(**{column: defaults[column] for column in missing}).select(COLUMNS)
    typed = []
    for column, dtype in SCHEMA.items():
        series = frame[column]
        try:
            cast = series.cast(dtype, strict=False)
        except pl.exceptions.PolarsError:
            faults.add(
                "wrong-type", f"the column '{column}' is of type {series.dtype}", file=file, column=column
            )
            continue
        lost = cast.is_null() & series.is_not_null()
        if series.dtype == pl.String and dtype.is_numeric():
            lost = lost & (series.str.strip_chars() != "")
        for row in lost.arg_true().head(_LISTED):
            expected = f"one of {', '.join(SCALES)}" if column == "scale" else "a number"
            faults.add(
                "unreadable-cell",
                f"'{series[row]}' could not be read",
                file=file,
                row=row + 2,
                column=column,
                expected=expected,
            )
        typed.append(cast.alias(column))
    return None if faults.errors else pl.DataFrame(typed)


def _canonical_conditions(frame: pl.DataFrame, faults: Faults, file: str | Path | None) -> pl.DataFrame:
    spelled: dict[str, str] = {}
    for text in frame["condition"].drop_nulls().unique(maintain_order=True).to_list():
        try:
            spelled[text] = Condition.parse(text).text
        except ValueError as error:
            row = frame["condition"].eq(text).arg_max()
            faults.add("condition", f"'{text}': {error}", file=file, row=(row or 0) + 2, column="condition")
            spelled[text] = text
    if not spelled:
        return frame
    return frame.with_columns(pl.col("condition").replace_strict(spelled, default=None))


def _check_values(frame: pl.DataFrame, faults: Faults, file: str | Path | None) -> None:
    rows = frame.with_row_index("row", offset=2)

    def each(bad: pl.Expr, code: str, column: str, found: str, expected: str) -> None:
        hits = rows.filter(bad)
        for row, value in hits.select("row", column).head(_LISTED).iter_rows():
            faults.add(code, f"{found} ({value})", file=file, row=row, column=column, expected=expected)
        if hits.height > _LISTED:
            faults.add(code, f"and {hits.height - _LISTED} more rows like these", file=file, column=column)

    for column in ("sample", "population", "condition", "node", "readout", "assay"):
        empty = pl.col(column).is_null() | (pl.col(column).str.strip_chars() == "")
        each(empty, "empty-cell", column, "the cell is empty", "a name")
    each(
        pl.col("value").is_null() | ~pl.col("value").is_finite(),
        "not-finite",
        "value",
        "no number",
        "a number",
    )
    each(pl.col("se") < 0, "negative-error", "se", "a standard error is below zero", "zero or more")
    each(
        pl.col("se").is_not_null() & ~pl.col("se").is_finite(),
        "not-finite",
        "se",
        "no number",
        "a number or null",
    )
    each(pl.col("n").is_null() | (pl.col("n") < 1), "replicates", "n", "no replicate count", "1 or more")
    each(
        pl.col("se").is_not_null() & (pl.col("n") < 2),
        "error-of-one",
        "se",
        "a standard error is given for one replicate",
        "null, or n of 2 or more",
    )
    each(
        (pl.col("time_h") < 0) | ~pl.col("time_h").is_finite(),
        "time",
        "time_h",
        "not a time",
        "hours, zero or more",
    )
    each(pl.col("scale").is_null(), "empty-cell", "scale", "the cell is empty", f"one of {', '.join(SCALES)}")
    for scale in ("fraction_of_control", "auc"):
        each(
            (pl.col("scale") == scale) & (pl.col("value") < 0),
            "impossible-value",
            "value",
            f"a {scale.replace('_', ' ')} is below zero",
            f"zero or more ({NO_EFFECT[scale]:g} is no effect)",
        )
    unknown = pl.col("flags").list.eval(~pl.element().is_in(list(FLAGS))).list.any()
    each(
        pl.col("flags").is_null() | unknown,
        "unknown-flag",
        "flags",
        "a flag is not known",
        f"of {', '.join(FLAGS)}",
    )


def _check_keys(frame: pl.DataFrame, faults: Faults, file: str | Path | None) -> None:
    """Two rows of one name contradict each other, or say the same twice: either way a fault."""
    rows = frame.with_row_index("row", offset=2)
    groups = (
        rows.group_by(KEY, maintain_order=True)
        .agg(pl.col("row"), pl.col("value").n_unique().alias("different"))
        .filter(pl.col("row").list.len() > 1)
    )
    for group in groups.head(_LISTED).iter_rows(named=True):
        listed = ", ".join(str(row) for row in group["row"][:5])
        verdict = "contradict each other" if group["different"] > 1 else "say the same twice"
        faults.add(
            "duplicate",
            f"rows {listed} {verdict}: {group['sample']}, {group['condition']}, {group['readout']}, "
            f"{group['node']}",
            file=file,
            row=group["row"][-1],
            mend="combine replicates before (combine_replicates), or remove one",
        )
    if groups.height > _LISTED:
        faults.add("duplicate", f"and {groups.height - _LISTED} more rows stand twice", file=file)
