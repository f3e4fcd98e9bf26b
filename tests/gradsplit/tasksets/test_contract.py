import re

import pytest
import torch

from gradsplit.errors import TaskSetError
from gradsplit.tasksets.contract import check_form, check_taskset
from gradsplit.training.recipe import Recipe
from relations.tasks import Task
from tests.gradsplit.toy_tasks import Toy


def problems(taskset, check=check_taskset):
    with pytest.raises(TaskSetError) as caught:
        check(taskset)
    return str(caught.value)


def test_a_sound_task_set_passes_and_the_random_state_stays():
    before = torch.get_rng_state()
    check_taskset(Toy())
    assert torch.equal(torch.get_rng_state(), before)


def test_everything_wrong_with_the_form_is_said_at_once():
    class Wrong(Toy):
        name = " "
        tasks = (Task("a"), Task("a"))
        split_modules = "last"

    text = problems(
        Wrong(recipe=Recipe(steps=-1, learning_rate=0.0, warmup=-2, weights={"b": -1.0})),
        check_form,
    )
    for part in ("`name`", "unique", "`split_modules`", "steps", "learning_rate", "warmup", "`b`"):
        assert part in text


def test_everything_wrong_with_the_methods_is_said_at_once():
    class Wrong(Toy):
        split_modules = ("first",)

        def head(self, task):
            return None if task == "sum" else super().head(task)

        def batches(self, task, seed):
            for inputs, target in super().batches(task, seed):
                yield (inputs[:3] if task == "error" else inputs), target

        def score(self, task, predict):
            return float("nan")

    text = problems(Wrong())
    assert "`split_modules` names `first`, but the trunk's modules are 0, 1, last" in text
    assert "`head('sum')` must give a torch.nn.Module, gave None" in text
    assert "must yield the recipe's 4 samples a batch, yielded 3" in text
    assert "`score('class.sign')` must give a finite number, gave nan" in text


@pytest.mark.parametrize(
    ("method", "replacement", "message"),
    [
        ("trunk", lambda self: "net", "`trunk\\(\\)` must give a torch.nn.Module"),
        ("loss", lambda self, task, output, target: output.sum(1), "scalar tensor.*shape"),
        ("loss", lambda self, task, output, target: torch.zeros(()), "does not depend"),
        (
            "loss",
            lambda self, task, output, target: output.sum() / 0,
            "is (-?inf|nan) on the first",
        ),
        ("loss", lambda self, task, output, target: 1 / 0, "raises ZeroDivisionError"),
        ("batches", lambda self, task, seed: iter([torch.zeros(4, 5)]), r"\(inputs, target\)"),
        ("batches", lambda self, task, seed: iter([]), "must be endless, but yields nothing"),
        (
            "batches",
            lambda self, task, seed: iter([(torch.randn(4, 5).double(), 0)]),
            "other batches for the same seed",
        ),
        (
            "batches",
            lambda self, task, seed: iter([(torch.zeros(4, 9).double(), 0)]),
            "the network on a batch of",
        ),
    ],
)
def test_each_broken_method_is_named(method, replacement, message):
    broken = type("Broken", (Toy,), {method: replacement})
    text = problems(broken())
    assert re.search(message, text), text


def test_weights_drawn_outside_torchs_generator_are_noticed():
    class Drifting(Toy):
        count = 0

        def trunk(self):
            trunk = super().trunk()
            type(self).count += 1
            torch.nn.init.constant_(trunk.last.bias, type(self).count)
            return trunk

    assert "other weights for the same seed" in problems(Drifting())


@pytest.mark.parametrize(
    ("gives", "message"),
    [
        (lambda self, seed: None, "`for_seed\\(0\\)` must give a task set, gave None"),
        (lambda self, seed: self.with_recipe(steps=99), "must keep the tasks and the recipe"),
        (lambda self, seed: 1 / 0, "`for_seed\\(0\\)` raises ZeroDivisionError"),
    ],
)
def test_a_broken_task_set_of_a_seed_is_named(gives, message):
    assert re.search(message, problems(type("Wrong", (Toy,), {"for_seed": gives})()))


def test_what_is_checked_is_the_task_set_of_a_seed():
    class OnlyPerSeed(Toy):
        def for_seed(self, seed):
            return Toy()

        def batches(self, task, seed):
            raise AssertionError("asked without a seed")

    check_taskset(OnlyPerSeed())


@pytest.mark.parametrize("tasks", [0, None, "a", [1]])
def test_tasks_that_are_none_are_named(tasks):
    assert "`tasks` must" in problems(type("Odd", (Toy,), {"tasks": tasks})())


def test_a_loss_that_ends_the_program_is_named():
    class Ending(Toy):
        def loss(self, task, output, target):
            raise SystemExit(3)

    assert "raises SystemExit: 3" in problems(Ending())
