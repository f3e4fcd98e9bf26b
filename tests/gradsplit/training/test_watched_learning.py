import random

import numpy as np
import pytest
import torch

from gradsplit import TaskSetTrainer, load_taskset
from gradsplit.training.fit import fit
from gradsplit.training.watched_learning import LearningWatch, earlier_step
from relations.runs import Run
from tests.gradsplit.toy_tasks import Toy


class Drawing(Toy):
    """Data and a metric that draw from every global generator there is."""

    def batches(self, task, seed):
        for inputs, target in super().batches(task, seed):
            noise = torch.rand(()) + np.random.random() + random.random()  # noqa: NPY002
            yield inputs + 0.1 * noise, target

    def score(self, task, predict):
        torch.rand(3), np.random.random(3), random.random()  # noqa: NPY002
        return super().score(task, predict)


def drawn(watch):
    np.random.seed(0)  # noqa: NPY002
    random.seed(0)
    return fit(Drawing(), ("sum",), 0, watch=watch)


def test_a_watched_training_is_the_same_to_the_last_bit():
    plain, watched = drawn(watch=False), drawn(watch=True)
    assert watched.side and not plain.side
    assert watched.scores == plain.scores and watched.losses == plain.losses
    for ours, theirs in zip(watched.network.parameters(), plain.network.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_the_earlier_score_is_that_of_half_of_the_steps():
    taskset = load_taskset("planted", {"steps": 8})
    seen = {}

    def listen(step):
        if step.number == 4:
            seen["weights"] = [value.clone() for value in step.network.parameters()]

    side = fit(taskset, ("quiet",), 0, observe=listen, watch=True).side
    network = fit(taskset, ("quiet",), 0).network
    with torch.no_grad():
        for value, earlier in zip(network.parameters(), seen["weights"], strict=True):
            value.copy_(earlier)
    from gradsplit.training.scoring import score

    assert side["quiet@1/2"] == score(network, taskset.for_seed(0))["quiet"]
    assert earlier_step(8) == 4


def test_the_constant_answer_is_the_mean_output_over_all_batches():
    watch = LearningWatch(Toy())
    outputs = {0: torch.tensor([[1.0], [3.0]]), 1: torch.tensor([[8.0]])}
    listened = watch.around("sum", lambda inputs: outputs[int(inputs[0, 0])])
    assert listened(torch.zeros(2, 1)).tolist() == [[1.0], [3.0]]
    listened(torch.ones(1, 1))
    constant = listened.constant()
    assert constant(torch.zeros(5, 1)).tolist() == [[4.0]] * 5


def test_structures_of_outputs_have_a_mean_each():
    watch = LearningWatch(Toy())
    listened = watch.around("sum", lambda inputs: {"a": (inputs, 2 * inputs)})
    listened(torch.tensor([[1.0], [2.0]]))
    answer = listened.constant()(torch.zeros(1, 1))
    assert answer["a"][0].item() == 1.5 and answer["a"][1].item() == 3.0


def test_a_metric_that_cannot_judge_a_constant_is_left_out():
    class Picky(Toy):
        def score(self, task, predict):
            value = super().score(task, predict)
            inputs = torch.randn(4, 5, dtype=torch.float64)
            if np.ptp(predict(inputs).numpy()) == 0:
                raise ValueError("all the same")
            return value

    side = TaskSetTrainer(Picky()).outcome(Run(("sum",), 0)).side
    assert "sum@constant" not in side


def test_a_metric_that_fails_half_way_costs_no_run():
    class Late(Toy):
        calls = 0

        def score(self, task, predict):
            Late.calls += 1
            if Late.calls == 1:
                raise ValueError("not trained enough")
            return super().score(task, predict)

    outcome = TaskSetTrainer(Late()).outcome(Run(("sum",), 0))
    assert outcome.scores and "sum@1/2" not in outcome.side and "sum@constant" in outcome.side


def test_only_single_task_runs_of_the_probe_are_watched():
    trainer = TaskSetTrainer(Toy())
    assert trainer.outcome(Run(Toy().task_names[:1], 0)).side
    assert not trainer.outcome(Run(Toy().task_names[:2], 0)).side


@pytest.mark.parametrize("steps", [1, 2])
def test_of_very_few_steps_only_the_constant_is_known(steps):
    side = fit(Toy().with_recipe(steps=steps), ("sum",), 0, watch=True).side
    assert ("sum@1/2" in side) == (steps == 2)
