"""Separate moments against torch's own Adam, in float64."""

from collections.abc import Callable

import pytest
import torch

from gradsplit.errors import GradSplitError
from gradsplit.training.ensemble import fit_ensemble
from gradsplit.training.fit import fit
from gradsplit.training.methods.separate_moments import SeparateMoments
from gradsplit.training.network import MultiTaskNetwork, build_network
from gradsplit.training.optimizers import learning_rate
from gradsplit.training.recipe import Recipe
from tests.gradsplit.toy_tasks import Toy

PAIR = ("sum", "error")
DECAYS = [("adamw", 0.1), ("adamw", 0.0), ("adam", 0.0)]
close: Callable[..., None] = torch.testing.assert_close


def toy(optimizer: str, decay: float) -> Toy:
    return Toy().with_recipe(
        optimizer=optimizer, weight_decay=decay, steps=9, warmup=2, weights={"sum": 50.0}
    )


def by_hand(taskset: Toy, tasks: tuple[str, ...], seed: int) -> MultiTaskNetwork:
    """An Adam a task, each on a copy of the network that starts every step where the sum is."""
    recipe = taskset.recipe
    network = build_network(taskset, tasks, seed)
    shared = list(network.parameters())
    copies = {task: [p.detach().clone().requires_grad_() for p in shared] for task in tasks}
    adams = {task: torch.optim.Adam(copies[task], fused=False) for task in tasks}
    batches = {task: taskset.batches(task, seed) for task in tasks}
    for step in range(recipe.steps):
        rate = learning_rate(recipe, step)
        moved = [-rate * recipe.weight_decay * p.detach() for p in shared]
        for task in tasks:
            inputs, target = next(batches[task])
            weight = recipe.weights.get(task, 1.0)
            loss = weight * taskset.loss(task, network(inputs, task), target)
            found = torch.autograd.grad(loss, shared, allow_unused=True)
            for copy, p, gradient in zip(copies[task], shared, found, strict=True):
                copy.data.copy_(p.detach())
                copy.grad = gradient
            adams[task].param_groups[0]["lr"] = rate
            adams[task].step()
            for place, (copy, p) in enumerate(zip(copies[task], shared, strict=True)):
                moved[place] = moved[place] + (copy.detach() - p.detach())
        with torch.no_grad():
            for p, move in zip(shared, moved, strict=True):
                p.add_(move)
    return network


@pytest.mark.parametrize(("optimizer", "decay"), DECAYS)
def test_one_task_is_the_ordinary_optimizer(optimizer: str, decay: float) -> None:
    taskset = toy(optimizer, decay)
    plain = fit(taskset, PAIR[:1], 3).network.state_dict()
    own = fit(taskset, PAIR[:1], 3, method=SeparateMoments()).network.state_dict()
    for name, value in plain.items():
        close(own[name], value, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(("optimizer", "decay"), DECAYS)
def test_two_tasks_are_two_adams_summed(optimizer: str, decay: float) -> None:
    taskset = toy(optimizer, decay)
    wanted = by_hand(taskset, PAIR, 3).state_dict()
    own = fit(taskset, PAIR, 3, method=SeparateMoments()).network.state_dict()
    plain = fit(taskset, PAIR, 3).network.state_dict()
    for name, value in wanted.items():
        close(own[name], value, rtol=1e-11, atol=1e-13)
    assert any((plain[name] - value).abs().max() > 1e-3 for name, value in wanted.items())


def test_the_size_of_a_loss_does_not_matter() -> None:
    quiet = toy("adamw", 0.1).with_recipe(weights={})
    scores = [fit(one, PAIR, 0, method=SeparateMoments()).scores for one in (quiet, toy("adam", 0))]
    assert scores[0]["error"] != scores[1]["error"]  # the decay differs
    loud = fit(toy("adamw", 0.1), PAIR, 0, method=SeparateMoments()).scores
    assert loud["error"] == pytest.approx(scores[0]["error"], rel=1e-4)


def test_many_runs_at_once_are_runs_of_their_own() -> None:
    taskset = toy("adamw", 0.1)
    together = fit_ensemble(taskset, [(PAIR, 0), (PAIR, 3)], method=SeparateMoments())
    for seed, member in zip((0, 3), together, strict=True):
        alone = fit(taskset, PAIR, seed, method=SeparateMoments())
        assert not isinstance(member, GradSplitError)
        for name, value in alone.network.state_dict().items():
            close(member.network.state_dict()[name], value, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize(("optimizer", "decay"), [("sgd", 0.0), ("adam", 0.1)])
def test_what_has_no_moments_to_separate_is_refused(optimizer: str, decay: float) -> None:
    assert not SeparateMoments.fits(Recipe(optimizer=optimizer, weight_decay=decay))  # type: ignore[arg-type]
    with pytest.raises(GradSplitError, match="needs AdamW, or Adam without weight decay"):
        fit(toy(optimizer, decay), PAIR, 0, method=SeparateMoments())
