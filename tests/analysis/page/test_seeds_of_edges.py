"""The scores of every seed in the page's data."""

import numpy as np

from analysis.page.seeds_of_edges import seeds_data
from relations import ChangeMatrix, Outcome, Run, Task
from tests.analysis.analysis_examples import made_changes

TASKS = [
    Task("up"),
    Task("loss", higher_is_better=False),
    Task("log", change="absolute", threshold=-0.1),  # negative scores, higher is better
    Task("nll", higher_is_better=False, change="absolute", threshold=-0.1),
]
ALONE = {"up": 0.5, "loss": 2.0, "log": -3.0, "nll": 1.0}


def outcomes():
    """Two seeds of all single-task runs and of two pairs."""
    groups = [*[(task,) for task in ALONE], ("up", "loss"), ("log", "nll")]
    return [
        Outcome(Run(group, seed), {task: ALONE[task] + 0.1 * seed for task in group})
        for group in groups
        for seed in (3, 7)
    ]


def test_whether_lower_is_better_is_known_of_every_kind():
    data = seeds_data(ChangeMatrix.from_runs(TASKS, outcomes()))
    assert data["falls"] == [0, 1, 0, 1]
    assert data["seeds"] == [3, 7]
    assert data["alone"] == [[0.8, 2.3, -2.7, 1.3], [1.2, 2.7, -2.3, 1.7]]


def test_numbers_have_six_figures_and_what_is_not_known_is_null():
    changes = made_changes([[0, 1 / 3], [-1 / 7, 0]], spread=0, seeds=1)
    data = seeds_data(changes)
    assert data["changes"] == [[None, 0.333333, -0.142857, None]]
    assert data["alone"] is None


def test_means_of_scores_are_no_scores_of_seeds():
    changes = made_changes(np.zeros((2, 2)), seeds=3, baseline=[0.5, 0.6])
    assert seeds_data(changes)["alone"] is None
    once = made_changes(np.zeros((2, 2)), seeds=1, baseline=[0.5, 0.6])
    assert seeds_data(once)["alone"] == [[0.5, 0.6]]
