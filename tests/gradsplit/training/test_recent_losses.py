"""A loss that is no number is told soon, with its step, whatever trains."""

import math

import pytest
import torch

from gradsplit.errors import DivergedError, DivergedNote, GradSplitError
from gradsplit.training.ensemble import fit_ensemble
from gradsplit.training.fit import fit
from gradsplit.training.methods.multi_head import MultiHead
from gradsplit.training.methods.registry import registered
from gradsplit.training.methods.wanted import build, read_methods
from gradsplit.training.recent_losses import (
    LOOK_EVERY,
    RecentLosses,
    finite_histories,
    finite_losses,
)
from relations import GradientMask
from tests.gradsplit.toy_tasks import Toy

STEPS = 1000


class Breaking(Toy):
    """A loss that is NaN from some step of `error` on; counts the batches that were drawn."""

    at = 7
    drawn = 0

    def batches(self, task, seed):
        for step, (inputs, target) in enumerate(super().batches(task, seed), start=1):
            type(self).drawn += task == "error"
            broken = task == "error" and step >= self.at
            yield inputs * (math.nan if broken else 1.0), target


@pytest.fixture
def breaking():
    Breaking.drawn = 0
    return Breaking().with_recipe(steps=STEPS)


def test_it_is_told_within_100_steps_with_its_step(breaking):
    seen = []
    with pytest.raises(DivergedError, match=f"`error` is nan at step 7 of {STEPS}"):
        fit(breaking, ("sum", "error"), 0, on_step=lambda step, _: seen.append(step))
    assert 7 <= Breaking.drawn <= 7 + LOOK_EVERY <= 107
    assert seen[-1] < 107


def test_of_a_short_training_at_its_end():
    with pytest.raises(DivergedError, match="`error` is nan at step 7 of 9"):
        fit(Breaking().with_recipe(steps=9), ("sum", "error"), 0)


@pytest.mark.parametrize("name", ["gradsplit", "db-mtl", "last-stage", "dr-mgf"])
def test_whatever_the_method(breaking, name):
    if name not in registered():
        pytest.skip(f"there is no method {name}")
    mask = GradientMask.identity(Toy().task_names)
    method = build(read_methods((name,))[0], lambda *_: mask)
    with pytest.raises(DivergedError, match=f"`error` is nan at step 7 of {STEPS}"):
        fit(breaking, Toy().task_names, 0, method=method)
    assert Breaking.drawn <= 107


def test_of_a_method_that_trains_some_tasks_only_the_step_is_the_training_s(breaking):
    class InTurn(MultiHead):
        """Two steps of `sum` for one of `error`."""

        def train(self, run):
            with self.training(run) as backward:
                while run.done < run.steps:
                    run.take_steps(backward, 2, ["sum"])
                    run.take_steps(backward, 1, ["error"])

    with pytest.raises(DivergedError, match=f"`error` is nan at step 21 of {STEPS}"):
        fit(breaking, ("sum", "error"), 0, method=InTurn())


def test_together_one_is_told_and_the_others_go_on():
    class OfOneSeed(Breaking):
        def batches(self, task, seed):
            return (super() if seed == 1 else super(Breaking, self)).batches(task, seed)

    taskset = OfOneSeed().with_recipe(steps=LOOK_EVERY + 1)
    runs = [(("sum", "error"), 0), (("sum", "error"), 1), (("sum",), 1)]
    with pytest.warns(DivergedNote, match=r"1 of 3 runs .* step 7 of 51\. The others go on"):
        found = fit_ensemble(taskset, runs)
    assert isinstance(found[1], GradSplitError) and "at step 7 of 51" in str(found[1])
    assert set(found[0].scores) == {"sum", "error"} and set(found[2].scores) == {"sum"}


def test_together_nothing_is_trained_when_none_is_left(breaking):
    with pytest.warns(DivergedNote, match="2 of 2 runs .* None is left"):
        found = fit_ensemble(breaking, [(("error",), 0), (("sum", "error"), 1)])
    assert all("at step 7 of 1000" in str(one) for one in found)
    assert Breaking.drawn == 2 * LOOK_EVERY


def test_a_look_forgets_what_it_has_seen():
    recent = RecentLosses()
    recent.note("pose", 1, torch.tensor(1.0))
    recent.look(10)
    recent.look(10)
    recent.note("pose", 2, torch.tensor(2.0, dtype=torch.float64))
    recent.note("reid", 2, torch.tensor(-math.inf))
    with pytest.raises(DivergedError, match=r"`reid` is -inf at step 2 of 10\. Lower"):
        recent.look(10)


def test_losses_as_numbers_say_which_is_none():
    assert finite_losses(torch.tensor([1.0, 2.0]), "pose") == [1.0, 2.0]
    with pytest.raises(DivergedError, match="at step 2 of 40"):
        finite_histories({"pose": torch.tensor([1.0, math.nan])}, 40)
