"""The surrogate's runs go through the ledger: trained once, kept, refused when too few tasks."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch

from gradsplit.errors import GradSplitError
from gradsplit.studies.estimates.estimators.surrogate import SubsetSurrogate
from gradsplit.training.trainer import TaskSetTrainer
from relations import Task
from relations.errors import LedgerError
from relations.estimates.estimate_file import load_estimate
from relations.executors.in_process import InProcess
from relations.ledger.ledger import Ledger
from tests.gradsplit.studies.estimates.quadratics import Quadratics

NINE = tuple(f"t{number}" for number in range(9))


@dataclass(frozen=True)
class Nine(Quadratics):
    """t0 pulls theta far away; the others want to stay near."""

    name = "nine"
    tasks = tuple(Task(name, higher_is_better=False) for name in NINE)

    def batches(self, task, seed):
        return super().batches("a", seed)

    def loss(self, task, output, target):
        place = (8.0, 8.0) if task == "t0" else (0.1 * NINE.index(task), 0.0)
        return 1 + (output - output.new_tensor(place)).square().sum(dim=1).mean()

    def score(self, task, predict):
        return float(self.loss(task, predict(torch.zeros(1, 2).double()), None))


@pytest.mark.slow
def test_subset_runs_are_kept_and_find_who_pulls_away(tmp_path):
    trainer = TaskSetTrainer(Nine().with_recipe(steps=3, learning_rate=0.02))
    estimate = SubsetSurrogate().estimate(trainer, tmp_path, range(2), InProcess())
    assert estimate.tasks == NINE and estimate.seeds == (0, 1)
    others = estimate.mean[1:, 1:][~np.eye(8, dtype=bool)]
    assert estimate.mean[0, 1:].max() < others.min()  # t0 is every other target's worst source
    with Ledger(tmp_path / "probe.db", read_only=True) as ledger:
        states = ledger.states("surrogate")
    assert len(states) == 72 and set(states.values()) == {"done"}
    runs = estimate.settings["runs a seed"]
    assert runs == 36
    assert estimate.trainings == sum(len(run.tasks) for run in states)
    again = SubsetSurrogate().estimate(trainer, tmp_path, range(2), InProcess())
    np.testing.assert_array_equal(again.samples, estimate.samples)
    np.testing.assert_array_equal(
        load_estimate(tmp_path / "estimate-surrogate.json").samples, estimate.samples
    )
    other = TaskSetTrainer(Nine().with_recipe(steps=4))
    with pytest.raises(LedgerError, match=r"recipe\.steps"):
        SubsetSurrogate().estimate(other, tmp_path, range(2), InProcess())


def test_with_few_tasks_the_probe_is_cheaper(tmp_path):
    with pytest.raises(GradSplitError, match="9 tasks or more"):
        SubsetSurrogate().estimate(TaskSetTrainer(Quadratics()), tmp_path, range(1), InProcess())
