"""One objective of all losses' values, and random weights, against TorchJD's."""

import pytest
import torch
import torchjd.scalarization

from gradsplit.errors import GradSplitError
from gradsplit.tasksets.registry import load_taskset
from gradsplit.training.fit import fit
from gradsplit.training.methods.balancing.random_loss_weights import RandomLossWeights
from gradsplit.training.methods.balancing.scalarized import Scalarized, cosmos, pbi
from gradsplit.training.methods.method import Method
from tests.gradsplit.toy_tasks import Toy
from tests.gradsplit.training.methods.scripted import weights

LOSSES = torch.rand(4, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) + 0.1
ONES = torch.ones(3, dtype=torch.float64)
close = torch.testing.assert_close


@pytest.mark.parametrize("penalty", [0.0, 0.5, 3.0])
@pytest.mark.parametrize("make", [cosmos, pbi])
def test_they_are_torchjds(make, penalty: float) -> None:
    kind = make(penalty).kind
    theirs = getattr(torchjd.scalarization, kind.upper())(penalty, ONES)
    for ours, losses in zip(weights(make(penalty), LOSSES.tolist()), LOSSES, strict=True):
        values = losses.clone().requires_grad_()
        (wanted,) = torch.autograd.grad(theirs(values), values)
        close(ours, wanted * (3**0.5 if kind == "pbi" else 1.0), rtol=1e-6, atol=0)
        if penalty == 0:
            close(ours, ONES)


def test_distance_makes_the_larger_loss_count_more() -> None:
    # (1, 3) is 2 along (1, 1) / sqrt 2, and sqrt 2 off it: weights 1 -+ penalty.
    close(weights(pbi(0.5), [[1.0, 3.0]])[0], torch.tensor([0.5, 1.5]).double())
    small, large = weights(cosmos(0.5), [[1.0, 3.0]])[0].tolist()
    assert small < 1 < large


@pytest.mark.parametrize("method", [cosmos(), pbi(), RandomLossWeights()])
def test_equal_losses_or_one_task_are_ordinary_training(method: Method) -> None:
    assert fit(Toy(), ("sum",), 0, method=method).losses["sum"] == pytest.approx(
        fit(Toy(), ("sum",), 0).losses["sum"], rel=1e-6
    )
    if isinstance(method, Scalarized):
        close(weights(method, [[0.4, 0.4, 0.4]])[0], ONES)


def test_random_weights_sum_to_the_number_of_tasks_and_are_new_in_every_step() -> None:
    drawn = weights(RandomLossWeights(), [[1.0, -2.0, 3.0]] * 50)
    stacked = torch.stack(drawn)
    close(stacked.sum(1), torch.full((50,), 3.0).double(), rtol=1e-6, atol=0)
    assert (stacked > 0).all()
    assert (stacked.std(0) > 0.3).all()
    close(stacked.mean(0), ONES, rtol=0, atol=0.4)
    assert torch.equal(weights(RandomLossWeights(), [[1.0, 1.0, 1.0]])[0], drawn[0])


def test_they_train_planted_tasks_the_same_way_twice() -> None:
    taskset = load_taskset("planted", {"steps": 20})
    for method in (cosmos(), pbi(), RandomLossWeights()):
        runs = [fit(taskset, taskset.task_names, 3, method=method) for _ in range(2)]
        assert runs[0].scores == runs[1].scores
        assert runs[0].losses["loud"][-1] < runs[0].losses["loud"][0]


def test_a_penalty_is_not_negative() -> None:
    with pytest.raises(GradSplitError, match="0 or more, got -1"):
        pbi(-1)
