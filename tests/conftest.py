"""What tests share: where the real data are, and how they say that they are absent."""

import os

# As the command does: threads of the linear algebra library cost more than they give on matrices this small.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from pathlib import Path

import pytest
from hypothesis import settings

# A noisy machine must not fail a property test by its timing, and CI must find the same examples each time.
settings.register_profile("kinescape", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("kinescape")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data, or a skip that says why."""
    folder = os.environ.get("KINESCAPE_DATA")
    if not folder:
        pytest.skip("KINESCAPE_DATA is not set: tests on real data need it")
    path = Path(folder).expanduser().resolve()
    if not path.is_dir():
        pytest.skip(f"KINESCAPE_DATA names {path}, which is not a folder")
    return path
