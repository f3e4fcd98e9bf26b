"""The engine's benchmark runs, and what it compares computes the same gradients."""

import json
import os
import subprocess
import sys

import pytest

from tests.places import BENCHMARKS

SCRIPT = BENCHMARKS / "engine" / "engine.py"


@pytest.mark.slow
def test_every_method_takes_a_step(tmp_path):
    out = tmp_path / "figures" / "engine.json"
    command = [sys.executable, str(SCRIPT), "--rounds", "1", "--batch", "4", "--out", str(out)]
    found = subprocess.run(
        [*command, "--size", "32", "32", "--threads", "1"],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    result = json.loads(out.read_text())
    assert set(result["regimes"]) == {"a", "b", "c"}
    assert {"plain", "gradsplit", "naive"} <= set(result["regimes"]["c"])
    assert result["rows"] == 3
    assert all(value < 1e-4 for value in result["relative_errors"]["c"].values())
    assert "c, limit: 3 distinct rows" in found.stdout
