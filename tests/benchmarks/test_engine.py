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
    assert set(result["rounds"].values()) == {1}
    plain = result["regimes"]["c"]["plain"]
    assert plain["ratio quartiles"] == [1.0, 1.0, 1.0]
    assert plain["ms quartiles"] == pytest.approx([plain["ms"]] * 3)


def test_rounds_end_with_the_time_but_not_before_five(monkeypatch):
    monkeypatch.syspath_prepend(SCRIPT.parent)
    from engine_timing import quartiles, timed

    times = timed({"plain": lambda: None, "gradsplit": lambda: None}, 50, "cpu", limit=0)
    assert [len(seconds) for seconds in times.values()] == [5, 5]
    assert len(timed({"plain": lambda: None}, 3, "cpu")["plain"]) == 3
    assert quartiles([3.0]) == [3.0, 3.0, 3.0]
    assert quartiles([1.0, 2.0, 3.0, 4.0, 5.0]) == [2.0, 3.0, 4.0]


def test_peers_that_cannot_take_a_step_are_named_ours_must(monkeypatch):
    monkeypatch.syspath_prepend(SCRIPT.parent)
    from engine import failing

    def broken():
        raise RuntimeError("not on this device")

    steps = {"gradsplit": broken, "torchjd-pcgrad": broken, "libmtl-pcgrad": lambda: None}
    assert failing(steps) == {"torchjd-pcgrad": "RuntimeError: not on this device"}
