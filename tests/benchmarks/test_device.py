"""The comparisons with a device run; between the CPU and itself they find no difference."""

import csv
import os
import subprocess
import sys

import pytest

from tests.places import BENCHMARKS


@pytest.mark.slow
@pytest.mark.parametrize(
    ("script", "arguments"),
    [("exactness.py", ["conv2d-circular"]), ("methods.py", ["cpu", "multi-head"])],
)
def test_a_row_for_each(tmp_path, script, arguments):
    out = tmp_path / "out.csv"
    subprocess.run(
        [sys.executable, str(BENCHMARKS / "device" / script), str(out), *arguments],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        timeout=120,
        check=True,
    )
    rows = list(csv.DictReader(out.read_text().splitlines()))
    assert rows
    assert not any(row["failed"] for row in rows)
    if script == "exactness.py":
        assert all(float(row["backward"]) < 1e-12 for row in rows)
    else:
        assert rows[0]["cpu against device"] == "0.0e+00"
