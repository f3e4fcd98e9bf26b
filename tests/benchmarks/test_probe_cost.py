"""The probe's benchmark runs, goes on where it stopped, and its ways train the same thing."""

import json
import os
import subprocess
import sys

import pytest

from tests.places import BENCHMARKS

SCRIPT = BENCHMARKS / "probe_cost" / "probe.py"


def run(*arguments):
    return subprocess.run(
        [sys.executable, str(SCRIPT), *map(str, arguments)],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    ).stdout


@pytest.mark.slow
def test_all_ways_are_measured_once_and_agree(tmp_path):
    file = tmp_path / "cost" / "measured.jsonl"
    # Not torch's own threads: on a busy machine they wait for each other.
    ways = ("script, one thread", "one by one", "processes", "ensemble")
    job = ("measure", "--out", file, "--sets", "planted:3", "--steps", "80", "--ways", *ways)
    assert len(run(*job).splitlines()) == 4
    assert run(*job) == ""
    records = {one["way"]: one for one in map(json.loads, file.read_text().splitlines())}
    script, ours = (
        {(tuple(tasks), seed): scores for tasks, seed, scores in records[way]["scores"]}
        for way in ("script, one thread", "one by one")
    )
    assert (len(script), len(ours)) == (3 + 6, 3 + 3)
    # Same recipe, other random initial weights.
    for (tasks, seed), scores in ours.items():
        assert script[tasks, seed][tasks[-1]] == pytest.approx(scores[tasks[-1]], abs=1.0)
    printed = run("report", file, "--into", tmp_path / "report")
    assert "| planted:3 | 80 of 800 | 1 |" in printed
    assert "| planted:3 | 80 | 1 | bit for bit |" in printed
    assert (tmp_path / "report" / "cost.png").stat().st_size > 10_000
    assert (tmp_path / "report" / "tables.md").read_text() in printed
