"""How loud each task is."""

import pickle

import pytest

from gradsplit.studies.comparison.task_loudness import LoudnessTrainer
from gradsplit.training.methods.balancing.equal_norm import EqualNorm
from gradsplit.training.trainer import TaskSetTrainer
from tests.gradsplit.toy_tasks import Toy

TASKS = ("sum", "error", "class.sign")


def listen(**recipe: object) -> dict[str, float]:
    taskset = Toy().with_recipe(steps=40, **recipe)
    return LoudnessTrainer(TaskSetTrainer(taskset, method=EqualNorm()))(TASKS, 0)


def test_a_louder_loss_is_as_much_louder() -> None:
    # EqualNorm takes the loudness out of the training, so that it stays the same to the end.
    once, loud = listen(), listen(weights={"error": 30.0})
    assert loud["error"] == pytest.approx(30 * once["error"], rel=0.1)
    assert loud["sum"] == pytest.approx(once["sum"], rel=0.1)


def test_one_look_is_the_gradient_of_the_first_step() -> None:
    import torch

    from gradsplit.training.network import build_network

    taskset = Toy().with_recipe(steps=1)
    heard = LoudnessTrainer(TaskSetTrainer(taskset))(TASKS, 0)
    network = build_network(taskset, TASKS, 0)
    for task in TASKS:
        inputs, target = next(iter(taskset.batches(task, 0)))
        loss = taskset.loss(task, network(inputs, task), target)
        gradients = torch.autograd.grad(loss, list(network.trunk.parameters()))
        norm = sum(gradient.square().sum() for gradient in gradients) ** 0.5
        assert heard[task] == pytest.approx(float(norm))


def test_it_can_be_sent_to_a_worker_and_says_what_it_is() -> None:
    trainer = LoudnessTrainer(TaskSetTrainer(Toy(), method=EqualNorm()))
    sent = pickle.loads(pickle.dumps(trainer))
    assert sent(TASKS, 0) == trainer(TASKS, 0)
    assert trainer.settings() != trainer.trainer.settings()
