"""Equal norms: toy numbers, and the cases in which it must be something known."""

import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor, nn

from gradsplit.errors import GradSplitError
from gradsplit.training.fit import fit
from gradsplit.training.loop import Around, Training
from gradsplit.training.methods.balancing import equal_norm
from gradsplit.training.methods.balancing.equal_norm import EqualNorm
from gradsplit.training.methods.masked.gradsplit import MaskedTraining
from gradsplit.training.methods.on_top import OnTop
from gradsplit.training.methods.task_gradients import take_row
from relations.mask import GradientMask
from tests.gradsplit.toy_tasks import Toy
from tests.gradsplit.training.methods.scripted import weights

TASKS = Toy().task_names
close = torch.testing.assert_close


@dataclass(frozen=True)
class Only(OnTop):
    """The gradients of one task below a method."""

    task: str = ""
    name = "only"

    @contextmanager
    def around(self, run: Training) -> Iterator[Around]:
        yield lambda backward, losses: backward(one for one in losses if one[0] == self.task)


def pulls(*norms: Sequence[float], power: float = 1.0) -> Tensor:
    """The gradients [T] of the last of some steps, after gradients of these norms in each."""
    return weights(EqualNorm(power), norms, loud=True)[-1]


def row(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def test_weights_are_inverse_norms_that_sum_to_the_number_of_tasks() -> None:
    norms = row(1.0, 2.0, 3.0)
    close(pulls((1.0, 2.0, 3.0)), row(18.0, 9.0, 6.0) / 11 * norms)
    close(pulls((1.0, 2.0, 3.0), power=0.0), norms)
    root = row(1.0, 2**-0.5, 3**-0.5)
    close(pulls((1.0, 2.0, 3.0), power=0.5), 3 * root / root.sum() * norms)


def test_norms_are_those_of_all_steps_so_far() -> None:
    # Squares 1 + 7 and 1 + 1: 8 to 2, norms 2 to 1.
    close(pulls((1.0, 1.0), (7**0.5, 1.0)), row(2 / 3 * 7**0.5, 4 / 3))


def test_a_task_without_gradient_counts_for_nothing() -> None:
    close(pulls((2.0, 0.0)), row(2.0, 0.0))
    close(pulls((0.0, 0.0)), row(0.0, 0.0))


def test_one_task_is_ordinary_training() -> None:
    ours, plain = (fit(Toy(), TASKS[:1], 0, method=one) for one in (EqualNorm(), None))
    for name, value in plain.network.state_dict().items():
        close(ours.network.state_dict()[name], value, rtol=1e-12, atol=1e-14)


def test_the_loudness_of_a_loss_moves_no_direction() -> None:
    sgd = Toy().with_recipe(optimizer="sgd", steps=1, schedule="constant")
    start = EqualNorm().network(sgd, TASKS, 0).trunk.state_dict()
    loud = sgd.with_recipe(weights={"sum": 100.0})
    trunks = [fit(one, TASKS, 0, method=EqualNorm()).network.trunk for one in (sgd, loud)]
    moves = [
        torch.cat([(value - start[name]).flatten() for name, value in trunk.state_dict().items()])
        for trunk in trunks
    ]
    assert torch.cosine_similarity(*moves, dim=0).item() == pytest.approx(1.0, abs=1e-12)
    assert moves[0].norm() > 0


def test_it_goes_on_top_of_a_mask() -> None:
    """Rows are the masked gradients: a loss that may update nothing of a group moves none of it."""
    may_update = [[True, True, True], [True, True, True], [False, True, True]]
    once = Toy(width=6).with_recipe(steps=1, optimizer="sgd")
    masked = MaskedTraining(GradientMask(TASKS, may_update))
    observed = []
    fit(
        once,
        (TASKS[0], TASKS[2]),
        0,
        method=EqualNorm(of=masked),
        observe=lambda step: observed.append(step.network.trunk.last.weight.grad.clone()),
    )
    rows = {}
    for task in (TASKS[0], TASKS[2]):
        fit(
            once,
            (TASKS[0], TASKS[2]),
            0,
            method=Only(task=task, of=masked),
            observe=lambda step, task=task: rows.__setitem__(
                task, [p.grad.clone() for p in step.network.trunk.parameters()]
            ),
        )
    lengths = {task: sum(g.square().sum() for g in row).sqrt() for task, row in rows.items()}
    shares = {task: 1 / length for task, length in lengths.items()}
    wanted = sum(2 * shares[task] / sum(shares.values()) * row[2] for task, row in rows.items())
    close(observed[0], wanted)
    assert rows[TASKS[2]][2][:3].abs().max() == 0  # blocked


def test_one_gradient_and_the_sum_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    taken, alive = [], []

    def noted(trained: Sequence[nn.Parameter]) -> Tensor:
        found = take_row(trained)
        taken.append(weakref.ref(found))
        alive.append(sum(one() is not None for one in taken))
        return found

    monkeypatch.setattr(equal_norm, "take_row", noted)
    fit(Toy().with_recipe(steps=1), TASKS, 0, method=EqualNorm())
    assert alive == [1, 2, 2]


def test_a_negative_power_is_refused() -> None:
    with pytest.raises(GradSplitError, match="0 or more, got -1"):
        EqualNorm(power=-1.0)
