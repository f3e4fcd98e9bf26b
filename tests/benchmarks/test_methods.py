"""The benchmark of methods takes steps of each in turn, of those with loops of their own too."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.places import BENCHMARKS

SCRIPT = BENCHMARKS / "methods" / "methods.py"
FEW = ["--network", "vit", "--rounds", "2", "--batch", "1", "--size", "16", "16"]


@pytest.mark.slow
def test_every_kind_of_method_takes_a_step(tmp_path: Path) -> None:
    out = tmp_path / "methods.json"
    asked = ["multi-head", "pcgrad", "gradsplit", "sparse-deltas", "multi-head-tbn"]
    found = subprocess.run(
        [sys.executable, str(SCRIPT), *FEW, "--out", str(out), "--methods", *asked],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    result = json.loads(out.read_text())
    assert list(result["methods"]) == asked[:4]
    assert set(result["methods"]["pcgrad"]) == {"plain", "ours", "torchjd"}
    for ways in result["methods"].values():
        assert all(way["ratio quartiles"][1] > 0 and way["mib"] > 0 for way in ways.values())
    assert "left out: multi-head-tbn: GradSplitError" in found.stderr
