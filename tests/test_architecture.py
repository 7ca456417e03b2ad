"""Imports go down only: the floors of ARCHITECTURE, kept by reading every import of the package."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "kinescape"
FLOORS = {
    "foundation": 0,
    "measurements": 1,
    "knowledge": 2,
    "exposure": 2,
    "assays": 3,
    "model": 3,
    "strategy": 4,
    "study": 5,
    "report": 6,
    "cli": 7,
    "web": 7,
}


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_rooms(path: Path) -> set[tuple[str, int]]:
    """Rooms of kinescape that a file imports, with the line; imports inside functions count too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively"
            names = [node.module or ""]
            if node.module == "kinescape":
                names = [f"kinescape.{alias.name}" for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "kinescape" and len(parts) > 1:
                found.add((parts[1], node.lineno))
    return found


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_no_import_climbs_or_goes_sideways(path):
    room = room_of(path)
    if room in {"__init__", "__main__"}:
        return
    assert room in FLOORS, f"{room} is not a room of the architecture"
    for other, line in imported_rooms(path):
        if other in {room, "__version__"}:
            continue
        assert other in FLOORS, f"{path.name}:{line} imports {other}, which is not a room"
        assert FLOORS[other] < FLOORS[room], f"{path.name}:{line}: {room} may not import {other}"


def test_files_are_one_concept_long():
    long = {
        str(path.relative_to(PACKAGE)): lines
        for path in PACKAGE.rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert not long


def test_no_file_has_a_name_that_says_nothing():
    empty_names = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}
    assert not [path for path in PACKAGE.rglob("*.py") if path.stem in empty_names]


def test_package_folders_have_a_docstring():
    for path in PACKAGE.rglob("__init__.py"):
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path
