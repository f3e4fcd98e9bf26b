"""R^2 of answers that are linear, and of those that are not."""

import math

import pytest
import torch
from torch import Tensor

from gradsplit.tasksets.planted.r_squared import r_squared
from gradsplit.tasksets.planted.task_set import planted
from gradsplit.training.fit import fit
from gradsplit.training.methods.own_parts.mtan import Mtan
from gradsplit.training.watched_learning import LearningWatch

MAPPING = planted().mapping("quiet")


def right(inputs: Tensor) -> Tensor:
    return inputs @ MAPPING.float().T


def test_linear_answers_are_judged_exactly() -> None:
    assert r_squared(lambda inputs: 0.5 * right(inputs), MAPPING) == pytest.approx(0.75)
    assert r_squared(lambda inputs: 0 * right(inputs), MAPPING) == 0
    low = 0.5 * right(torch.eye(24)).bfloat16().float()
    rounded = r_squared(lambda inputs: (0.5 * right(inputs)).bfloat16().float(), MAPPING)
    assert rounded == 1 - ((low.T - MAPPING).square().sum() / MAPPING.square().sum()).item()


def test_answers_that_are_right_on_unit_vectors_only_are_worth_little() -> None:
    # Its positive part agrees with the mapping on every unit vector, and on half of the inputs.
    half = r_squared(lambda inputs: right(inputs).relu(), MAPPING)
    assert half == pytest.approx(0.5, abs=0.02)
    signs = r_squared(lambda inputs: right(inputs).sign() * MAPPING.norm(dim=1).float(), MAPPING)
    assert signs == pytest.approx(2 * math.sqrt(2 / math.pi) - 1, abs=0.02)


def test_a_constant_answer_is_judged_as_ever() -> None:
    answer = torch.tensor([0.1, 0.0, 0.0, 0.0])
    wrong = (answer[:, None] - MAPPING).square().sum() / MAPPING.square().sum()
    assert r_squared(lambda inputs: answer.expand(len(inputs), 4), MAPPING) == 1 - wrong.item()


def test_what_listens_to_a_linear_network_hears_the_unit_vectors_alone() -> None:
    watch = LearningWatch(planted())
    heard = watch.around("quiet", right)
    planted().score("quiet", heard)
    mean = right(torch.eye(24)).double().mean(dim=0).float()
    assert torch.equal(heard.constant()(torch.zeros(1, 24))[0], mean)  # type: ignore[attr-defined]


def test_a_network_with_norms_is_judged_by_what_it_answers() -> None:
    taskset = planted().with_recipe(steps=200)
    fitted = fit(taskset, taskset.task_names, 0, method=Mtan())
    inputs = torch.randn(20000, 24, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        answers = fitted.network(inputs, "quiet")
    labels = right(inputs)
    there = 1 - ((answers - labels).square().sum() / labels.square().sum()).item()
    assert fitted.scores["quiet"] == pytest.approx(there, abs=0.03)
