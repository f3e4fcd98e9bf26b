"""The benchmark of loading runs and says what it measured."""

import os
import subprocess
import sys

import pytest

from tests.places import BENCHMARKS

SCRIPT = BENCHMARKS / "loading" / "loading.py"


@pytest.mark.slow
def test_every_table_is_filled(tmp_path):
    out = tmp_path / "human" / "loading.md"
    sizes = "--backbones small --workers 1 --size 64 32 --pictures 48 --batches 2 --steps 1"
    found = subprocess.run(
        [sys.executable, str(SCRIPT), *sizes.split(), "--batch-size", "4", "--out", str(out)],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    text = out.read_text()
    assert text.strip() == found.stdout.strip()
    for name in (
        "ms of one core",
        "a picture, ms of one core",
        "a picture, ms by the clock",
        "pictures/s, 1 workers",
        "small",
        "figures",
        "human, small",
    ):
        (row,) = [line for line in text.splitlines() if line.startswith(f"| {name}")]
        assert all(cell.strip() for cell in row.strip("|").split("|"))
