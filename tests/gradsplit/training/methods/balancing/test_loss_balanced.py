"""Balancings by the losses' values: toy numbers, TorchJD as the oracle, and streaming."""

import math
from collections.abc import Callable

import pytest
import torch
import torchjd.scalarization
from torch import Tensor

from gradsplit.errors import GradSplitError
from gradsplit.tasksets.registry import load_taskset
from gradsplit.training.fit import fit
from gradsplit.training.methods.balancing.dwa import Dwa
from gradsplit.training.methods.balancing.famo import Famo
from gradsplit.training.methods.balancing.gls import Gls
from gradsplit.training.methods.balancing.stch import Stch
from gradsplit.training.methods.masked.gradsplit import MaskedTraining
from gradsplit.training.methods.method import Method
from gradsplit.training.methods.on_top import balanced
from gradsplit.training.methods.separate_moments import SeparateMoments
from relations.mask import GradientMask
from tests.gradsplit.toy_tasks import Toy
from tests.gradsplit.training.methods.scripted import weights

TASKS = Toy().task_names
EVERY = (Gls(), Stch(), Famo(), Dwa(block=2))
LOSSES = torch.rand(8, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) + 0.1
LOSSES *= torch.tensor([1.0, 30.0, 0.05])
close = torch.testing.assert_close


def row(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def scaled(gradient: Tensor) -> Tensor:
    return gradient * len(gradient) / gradient.sum()


def derivative(scalarizer: Callable[[Tensor], Tensor], losses: Tensor) -> Tensor:
    """The weights of the losses in a scalarizer, scaled to sum to T."""
    values = losses.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(scalarizer(values), values)
    return scaled(gradient)


def name_of(method: Method) -> str:
    return method.name


def test_toy_numbers() -> None:
    close(weights(Gls(), [[1.0, 4.0]])[0], scaled(row(1, 0.25)))
    # famo: z / L / sum = (.8, .2); then losses (.5, 3.6) after the step, and xi = (-.025, .025).
    first, second = weights(Famo(), [[1.0, 4.0], [0.5, 3.6], [1.0, 4.0], [1.0, 4.0]], count=2)
    close(first, 2 * row(0.8, 0.2))
    z = row(-0.025, 0.025).softmax(0) / row(1.0, 4.0)
    close(second, scaled(z), rtol=1e-5, atol=0)
    z = row(-0.025, 0.025).softmax(0) / row(0.5, 3.6)
    close(0.5 * scaled(z), row(0.8726, 0.1274), rtol=0, atol=5e-5)
    # dwa: a block of (1, 2), then of (.5, 1.8).
    last = weights(Dwa(block=1), [[1.0, 2.0], [0.5, 1.8], [9.0, 9.0]])
    close(last[1], row(1, 1))
    close(last[2], row(0.9003, 1.0997), rtol=0, atol=5e-5)
    # stch, mu 1: the warm-up's log losses, then (2/3, 1/3) at losses (1, 4), nadir (2, 4).
    first, second = weights(Stch(), [[2.0, 4.0], [1.0, 4.0]])
    close(first, scaled(row(1 / 2, 1 / 4)))
    close(second, 2 * row(2 / 3, 1 / 3))


def test_gls_is_torchjds_geometric_mean() -> None:
    mean = torchjd.scalarization.GeometricMean()
    for ours, losses in zip(weights(Gls(), LOSSES.tolist()), LOSSES, strict=True):
        close(ours, derivative(mean, losses), rtol=1e-6, atol=0)


def test_famo_is_torchjds() -> None:
    """Its losses after a step are the next row of the script."""
    theirs = torchjd.scalarization.FAMO(3).double()
    ours = weights(Famo(), LOSSES.tolist(), count=4)
    for step, (before, after) in enumerate(zip(LOSSES[::2], LOSSES[1::2], strict=True)):
        close(ours[step], derivative(theirs, before), rtol=1e-6, atol=0)
        theirs.update(after)
    assert (ours[-1] - ours[0]).abs().max() > 0.01


def test_dwa_is_torchjds() -> None:
    theirs = torchjd.scalarization.DWA()
    ours = weights(Dwa(block=2), LOSSES.tolist())
    for step, losses in enumerate(LOSSES):
        close(ours[step], derivative(theirs, losses), rtol=1e-6, atol=0)
        if step % 2:
            theirs.step()


@pytest.mark.parametrize("mu", [1.0, 0.1, 0.01])
def test_stch_is_the_public_formula(mu: float) -> None:
    """Warm-up of five steps, the last of which gives the nadir; mu .01: exponents of hundreds."""
    ours = weights(Stch(mu=mu, warmup=0.625), LOSSES.tolist())
    for step, losses in enumerate(LOSSES):
        wanted = derivative(
            lambda values: (
                values.log().sum()
                if step < 5  # noqa: B023
                else mu * torch.logsumexp((values / LOSSES[4]).log() / mu, 0)
            ),
            losses,
        )
        close(ours[step], wanted, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("losses", [(1e-9, 1.0, 1e30), (1e30, 1.0, 1e-9)])
def test_losses_of_any_size_are_weighed(losses: tuple[float, ...]) -> None:
    wanted = scaled(1 / row(*losses).clamp_min(1e-8))
    close(weights(Gls(), [losses])[0], wanted, rtol=1e-12, atol=0)


@pytest.mark.parametrize("method", EVERY, ids=name_of)
def test_one_task_and_equal_tasks_are_ordinary_training(method: Method) -> None:
    plain, ours = (fit(Toy(), ("sum",), 0, method=one) for one in (None, method))
    assert ours.losses["sum"] == pytest.approx(plain.losses["sum"], rel=1e-9)
    close(weights(method, [[0.3, 0.3]] * 6, count=3)[-1], row(1, 1))


@pytest.mark.parametrize("method", EVERY, ids=name_of)
def test_a_loss_of_zero_and_a_negative_one(method: Method) -> None:
    assert torch.isfinite(torch.stack(weights(method, [[0.0, 1.0]] * 8, count=4))).all()
    with pytest.raises(GradSplitError, match=f"`{method.name}` needs losses.*`b` is -0.5"):
        weights(method, [[1.0, -0.5]] * 2, count=1)


@pytest.mark.parametrize("method", [Gls(), Famo(), Stch()], ids=name_of)
def test_the_loudness_of_a_loss_moves_no_direction(method: Method) -> None:
    loud = LOSSES * torch.tensor([100.0, 1.0, 1.0])
    ours, theirs = (weights(method, one.tolist(), count=4) for one in (LOSSES, loud))
    for step, other in zip(ours, theirs, strict=True):
        close(scaled(other * torch.tensor([100.0, 1.0, 1.0])), step, rtol=1e-6, atol=0)


@pytest.mark.parametrize("method", EVERY, ids=name_of)
def test_one_graph_at_a_time(method: Method) -> None:
    """A loss goes backward before the next one is computed."""
    events = []

    class Watched(Toy):
        def loss(self, task, output, target):
            loss = super().loss(task, output, target)
            if loss.requires_grad:
                events.append(("forward", task))
                loss.register_hook(lambda _: events.append(("backward", task)))
            return loss

    fit(Watched().with_recipe(steps=1), TASKS, 0, method=method)
    assert events == [(kind, task) for task in TASKS for kind in ("forward", "backward")]


def test_famo_looks_at_the_losses_after_the_step() -> None:
    """Also with the recipe's weights, which are in the loss before and not in the one after."""
    fast = Toy().with_recipe(optimizer="sgd", learning_rate=0.05, steps=1, schedule="constant")
    seen = []

    class Watched(Famo):
        def weighing(self, run):
            logits = super().weighing(run)
            move = logits.move
            logits.move = lambda falls: (seen.append(falls), move(falls))
            return logits

    for taskset in (fast, fast.with_recipe(weights={"sum": 7.0})):
        fitted = fit(taskset, TASKS, 0, method=Watched())
        for task, fall in zip(TASKS, seen.pop(), strict=True):
            inputs, target = next(fast.batches(task, 0))
            after = fast.loss(task, fitted.network(inputs, task), target).item()
            assert fall == pytest.approx(math.log(fitted.losses[task][0] / after), rel=1e-6)


@pytest.mark.parametrize("method", EVERY, ids=name_of)
def test_they_go_on_top_of_a_mask(method: Method) -> None:
    masked = MaskedTraining(GradientMask.identity(TASKS))
    assert type(balanced(masked, method.name)) is type(method)
    sgd = Toy(width=6).with_recipe(optimizer="sgd", steps=1)
    kept = {}
    for tasks in (TASKS, TASKS[:1]):
        fit(
            sgd,
            tasks,
            0,
            method=method.on(masked),
            observe=lambda step: kept.setdefault(step.network.tasks, step.network.trunk.last),
        )
    both, alone = (one.weight.grad[:2].flatten() for one in kept.values())
    assert torch.cosine_similarity(both, alone, dim=0).item() == pytest.approx(1.0)


def test_what_cannot_be_scaled_afterwards_is_refused() -> None:
    adam = Toy().with_recipe(weight_decay=0.0)
    with pytest.raises(GradSplitError, match=r"`gls` scales.*`separate-moments` are updates"):
        fit(adam, TASKS, 0, method=Gls(of=SeparateMoments()))


@pytest.mark.parametrize("method", EVERY, ids=name_of)
def test_they_train_planted_tasks_the_same_way_twice(method: Method) -> None:
    taskset = load_taskset("planted", {"steps": 20})
    runs = [fit(taskset, taskset.task_names, 3, method=method) for _ in range(2)]
    assert runs[0].scores == runs[1].scores
    assert runs[0].losses["loud"][-1] < runs[0].losses["loud"][0]


def test_options_are_checked() -> None:
    for made in (
        lambda: Stch(mu=0),
        lambda: Stch(warmup=1),
        lambda: Famo(learning_rate=0),
        lambda: Dwa(block=0),
    ):
        with pytest.raises(GradSplitError, match="needs"):
            made()
