"""What is known of groups in a ledger of several studies."""

import pytest

from relations import PairwiseProbe
from relations.grouping.group_tasks import group_tasks
from relations.grouping.grouping_text import grouping_text
from relations.grouping.load_groups import load_groups
from relations.runs import Run
from relations.tasks import Task
from relations.variants import train_runs

TASKS = ("a", "b", "c")


def train(tasks, seed):
    """Pairs are harmless; all three together lose a tenth."""
    return {task: (0.7 if len(tasks) == 3 else 0.8) + seed / 1e4 for task in tasks}


def other(tasks, seed):
    return dict.fromkeys(tasks, 0.1)


other.settings = lambda: {"method": "other"}


@pytest.fixture
def ledger(tmp_path):
    PairwiseProbe(TASKS, train, range(2), tmp_path / "probe.db").run(progress=False)
    return tmp_path / "probe.db"


def trained_together(ledger, trainer, variant):
    runs = [Run(TASKS, seed, variant) for seed in range(2)]
    tasks = [Task(task) for task in TASKS]
    train_runs({variant: trainer}, tasks, runs, ledger, progress=False)


def test_what_pairs_predict_of_all_together_is_said_to_be_predicted(ledger):
    found = group_tasks(load_groups(ledger), networks=1)
    assert not found.together_trained
    assert "all together, predicted\n" in grouping_text(found)


def test_runs_of_all_tasks_of_the_same_training_are_used(ledger):
    trained_together(ledger, train, "multi-head")
    found = group_tasks(load_groups(ledger), networks=1)
    assert found.together_trained
    assert found.together["a"] == pytest.approx(-0.125, abs=1e-3)
    assert "all together\n" in grouping_text(found)


def test_runs_of_another_training_are_not(ledger):
    trained_together(ledger, other, "other")
    assert TASKS not in load_groups(ledger).means()
