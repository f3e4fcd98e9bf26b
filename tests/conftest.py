"""Shared by all tests: one torch thread a process, real data where it lies beside the project."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Two test processes on two cores: more threads would only fight.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")

# On a busy machine drawing an input or trying it takes long; that is no fault of the test.
settings.register_profile(
    "busy machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("busy machine")

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


@pytest.fixture
def data_file():
    """Path of a real data file by name; the test is skipped, saying so, where it is missing."""

    def find(name: str) -> Path:
        path = DATA / name
        if not path.exists():
            pytest.skip(f"needs the data file {name} in {DATA}")
        return path

    return find
