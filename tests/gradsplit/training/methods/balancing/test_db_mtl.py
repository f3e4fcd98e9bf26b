"""DB-MTL: toy numbers, its public formula on random gradients, and the cases it must agree with."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor

from gradsplit.errors import GradSplitError
from gradsplit.tasksets.registry import load_taskset
from gradsplit.training.fit import fit
from gradsplit.training.methods.balancing.db_mtl import DbMtl
from gradsplit.training.methods.masked.gradsplit import MaskedTraining
from gradsplit.training.methods.on_top import balanced
from relations.mask import GradientMask
from tests.gradsplit.toy_tasks import Toy
from tests.gradsplit.training.methods.scripted import weights

TASKS = Toy().task_names
close = torch.testing.assert_close

ANY_RUN: Any = SimpleNamespace(keep=lambda *_: None)


def public(rows: Sequence[Tensor], beta: float, sigma: float) -> Tensor:
    """The last update as LibMTL's DB_MTL computes it, but from an average that starts at b_1."""
    buffer = rows[0]
    for step, row in enumerate(rows[1:], start=2):
        buffer = row + (beta / step**sigma) * (buffer - row)
    norms = buffer.norm(dim=-1)
    alpha = norms.max() / (norms + 1e-8)
    return torch.stack([alpha[i] * buffer[i] for i in range(len(buffer))]).sum(0)


def test_toy_numbers() -> None:
    combine = DbMtl().combine(ANY_RUN)
    logarithms = torch.tensor([[3.0, 4.0], [0.0, 1.0]]) / torch.tensor([[10.0], [0.5]])
    close(combine(logarithms), torch.tensor([1.2, 3.6]))


@pytest.mark.parametrize(("beta", "sigma"), [(0.9, 0.0), (0.9, 0.5), (0.0, 0.5)])
def test_it_is_the_public_formula_on_random_gradients(beta: float, sigma: float) -> None:
    rows = list(torch.randn(6, 3, 40, dtype=torch.float64))
    combine = DbMtl(beta, sigma).combine(ANY_RUN)
    ours = [combine(one.clone()) for one in rows][-1]
    close(ours, public(rows, beta, sigma), rtol=1e-10, atol=0)


def test_a_loss_counts_by_its_logarithm() -> None:
    """Gradients of logarithms are 1/L_i, in slots of their own, and all get the longest."""
    close(weights(DbMtl(), [[2.0, 0.5, 4.0]])[0], torch.full((3,), 2.0).double())
    # A second step of the same losses, then one that is halved: b = g + .9 / sqrt 2 (b - g).
    last = weights(DbMtl(), [[1.0, 1.0], [0.5, 1.0]])[-1]
    close(last, torch.full((2,), 2 - 0.9 / 2**0.5).double())


def test_the_loudness_of_a_loss_moves_nothing() -> None:
    loud = Toy().with_recipe(weights={"sum": 100.0})
    trunks = [fit(one, TASKS, 0, method=DbMtl()).network.trunk for one in (Toy(), loud)]
    for ours, theirs in zip(*(one.parameters() for one in trunks), strict=True):
        close(ours, theirs, rtol=1e-6, atol=1e-9)


def test_a_loss_of_zero_and_a_negative_one() -> None:
    assert torch.isfinite(weights(DbMtl(), [[0.0, 1.0]])[0]).all()
    with pytest.raises(GradSplitError, match=r"`db-mtl` needs losses of 0 or more.*`b` is -0.5"):
        weights(DbMtl(), [[1.0, -0.5]])


def test_it_goes_on_top_of_a_mask() -> None:
    once = Toy(width=6).with_recipe(steps=1, optimizer="sgd")
    masked = MaskedTraining(
        GradientMask(TASKS, [[True, True, True], [True, True, True], [False, False, True]])
    )
    method = balanced(masked, "db-mtl")
    assert method == DbMtl(of=masked)
    kept = {}

    def keep(step) -> None:
        kept["rows"] = step.network.trunk.last.weight.grad.clone()

    fit(once, (TASKS[0], TASKS[2]), 0, method=method, observe=keep)
    both = kept["rows"]
    # Only the own loss moves the first two channels' group.
    fit(once, TASKS[:1], 0, method=method, observe=keep)
    cosine = torch.cosine_similarity(both[:2].flatten(), kept["rows"][:2].flatten(), dim=0)
    assert cosine.item() == pytest.approx(1.0)


def test_it_trains_planted_tasks_the_same_way_twice() -> None:
    taskset = load_taskset("planted", {"steps": 20})
    runs = [fit(taskset, taskset.task_names, 3, method=DbMtl()) for _ in range(2)]
    assert runs[0].scores == runs[1].scores
    assert runs[0].losses["loud"][-1] < runs[0].losses["loud"][0]


def test_options_are_checked() -> None:
    with pytest.raises(GradSplitError, match="0 <= beta < 1"):
        DbMtl(beta=1.0)
