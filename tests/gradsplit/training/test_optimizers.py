import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gradsplit.training.optimizers import learning_rate, make_optimizer
from gradsplit.training.recipe import Recipe


@given(st.integers(1, 60), st.integers(0, 70), st.sampled_from(["cosine", "constant"]))
def test_the_rate_rises_to_its_peak_and_then_never_rises(steps, warmup, schedule):
    recipe = Recipe(steps=steps, warmup=warmup, schedule=schedule, learning_rate=0.5)
    rates = [learning_rate(recipe, step) for step in range(steps)]
    rise, fall = rates[:warmup], rates[warmup:]
    assert rise == sorted(rise)
    assert fall == sorted(fall, reverse=True)
    assert all(0 < rate <= 0.5 for rate in rates)
    if fall:
        assert fall[0] == 0.5


def test_the_cosine_is_torchs_own():
    recipe = Recipe(steps=30, learning_rate=0.2)
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.2)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 30)
    for step in range(30):
        assert learning_rate(recipe, step) == pytest.approx(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()


def test_frozen_parameters_are_left_out():
    frozen, trained = (torch.nn.Parameter(torch.zeros(1), requires_grad=on) for on in (False, True))
    optimizer = make_optimizer(Recipe(), [frozen, trained])
    assert optimizer.param_groups[0]["params"] == [trained]


def test_the_step_schedule_is_torchs_own():
    recipe = Recipe(steps=20, learning_rate=0.2, schedule="step", milestones=(0.5, 0.8))
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.2)
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, [10, 16])
    for step in range(20):
        assert learning_rate(recipe, step) == pytest.approx(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
