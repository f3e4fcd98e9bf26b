"""The crowded task set: what is best is known in closed form, and pairs do not show it."""

from itertools import combinations

import numpy as np
import pytest

from gradsplit.tasksets.planted.crowded import planted_crowded
from relations.grouping.candidate import Candidate
from relations.grouping.exact import solve
from relations.grouping.predicted import every_group
from relations.grouping.problem import Problem


@pytest.fixture(scope="module")
def gains():
    """Group -> change of each member against training alone, for endless data and training."""
    crowded = planted_crowded()
    tasks = crowded.task_names
    groups = [group for size in range(1, 7) for group in combinations(tasks, size)]
    scores = {group: crowded.population_scores(group) for group in groups}
    return {
        group: np.array([of[task] / scores[task,][task] - 1 for task in group])
        for group, of in scores.items()
    }


def test_no_pair_harms_and_one_network_for_all_does(gains):
    assert min(of.min() for group, of in gains.items() if len(group) <= 2) > -1e-9
    assert gains[tuple("abcdef")].mean() == pytest.approx(-0.208, abs=0.001)


def test_two_networks_are_enough_and_only_these(gains):
    listed = tuple(Candidate(group, tuple(of.tolist())) for group, of in gains.items())
    best = solve(Problem(tuple("abcdef"), listed, 2))
    assert best is not None
    assert str(best) == "a+c+d+e | b+f"
    assert best.total == pytest.approx(0.0, abs=1e-9)


def test_pairs_would_put_all_into_one(gains):
    pairs = {group: of.round(9) for group, of in gains.items() if len(group) == 2}
    predicted = solve(Problem(tuple("abcdef"), every_group("abcdef", pairs), 2))
    assert str(predicted) == "a+b+c+d+e+f"
