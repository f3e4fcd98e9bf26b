"""Two hundred tasks: the limits that users were promised, with trainings that take no time."""

import resource
import time

import numpy as np
import pytest

from relations import ChangeMatrix, PairwiseProbe, RelationGraph


def train(tasks, seed):
    return {task: 0.5 + 0.01 * ((hash((task, len(tasks))) + seed) % 7) for task in tasks}


@pytest.mark.slow
def test_two_hundred_tasks(tmp_path):
    probe = PairwiseProbe([f"t{i}" for i in range(200)], train, range(5), tmp_path / "probe.db")
    times = {}

    def timed(name, action):
        start = time.perf_counter()
        result = action()
        times[name] = time.perf_counter() - start
        return result

    runs = len(timed("plan", probe.plan).runs)
    timed("all", lambda: probe.run(progress=False))
    timed("resume", lambda: probe.run(progress=False))
    changes = timed("matrix", lambda: ChangeMatrix.from_ledger(probe.ledger))
    timed("intervals", lambda: (changes.lower, changes.upper))
    timed("graph", lambda: RelationGraph.from_changes(changes))
    assert runs == 100_500
    assert times["plan"] < 5
    assert times["resume"] < 5
    assert times["matrix"] + times["intervals"] < 10
    assert times["all"] / runs < 0.002
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 2**20
    assert (changes.n[~np.eye(200, dtype=bool)] == 5).all()
