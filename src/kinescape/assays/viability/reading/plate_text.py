"""Text files of plate readers: lines of uneven length around the plate are made square, so that a table is read."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kinescape.assays.cells import LARGEST_BYTES

_TEXT = (".csv", ".tsv", ".txt", ".tab")


@contextmanager
def squared_text(path: str | Path) -> Iterator[Path]:
    """The path itself, or that of a copy whose lines all have as many cells as the longest.

    A reader's export begins with its name and settings, one or two cells a line, and the plate follows. Lines keep
    their numbers, so that messages name the right one.

    Parameters
    ----------
    path : str or Path
        Any file; only text files of uneven lines are copied.
    """
    place = Path(path)
    if (
        place.suffix.lower() not in _TEXT
        or not place.is_file()
        or not 0 < place.stat().st_size <= LARGEST_BYTES
    ):
        yield place
        return
    content = place.read_bytes()
    wide = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    if b"\x00" in content and not wide:
        yield place
        return
    text = content.decode("utf-16" if wide else "utf-8-sig", errors="replace")
    separator = max("\t,;", key=text.count)
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=separator))
    except csv.Error:
        yield place
        return
    width = max((len(row) for row in rows), default=0)
    if width < 2 or all(len(row) == width for row in rows):
        yield place
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / place.name
        with copy.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, delimiter=separator)
            writer.writerows([*row, *[""] * (width - len(row))] for row in rows)
        yield copy
