"""Shared by all tests: one torch thread a process, real data where it lies beside the project."""

import os
from pathlib import Path

import pytest

# Two test processes on two cores: more threads would only fight.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")

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
