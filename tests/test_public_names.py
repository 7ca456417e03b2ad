"""The public names: light to import, all there, all documented."""

import subprocess
import sys
from pathlib import Path

import pytest

import kinescape

ROOT = Path(__file__).resolve().parents[1]

HEAVY = (
    "scipy",
    "polars",
    "altair",
    "pandas",
    "networkx",
    "numpy",
    "pydantic",
    "vl_convert",
    "rich",
    "typer",
)


def test_import_is_light():
    code = (
        "import sys, time; start = time.perf_counter(); import kinescape; "
        "print(time.perf_counter() - start); print(','.join(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    seconds, modules = done.stdout.strip().splitlines()
    assert not set(HEAVY) & set(modules.split(","))
    assert float(seconds) < 0.5


@pytest.mark.parametrize("name", kinescape.__all__)
def test_every_public_name_is_there_and_has_a_docstring(name):
    value = getattr(kinescape, name)
    assert name in dir(kinescape)
    if name != "__version__":
        assert (value.__doc__ or "").strip(), f"{name} has no docstring"


@pytest.mark.parametrize("name", kinescape.__all__)
def test_every_public_name_is_in_the_documentation(name):
    if name == "__version__":
        return
    page = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    assert f"`{name}`" in page or f"`{name}(" in page, f"docs/reference.md does not name {name}"


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="fit_curve"):
        _ = kinescape.fit_curve
