"""Equal norms: toy numbers, and the cases in which it must be something known."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from gradsplit.errors import GradSplitError
from gradsplit.training.fit import fit
from gradsplit.training.methods.equal_norm import EqualNorm
from gradsplit.training.methods.gradsplit import MaskedTraining
from relations.mask import GradientMask
from tests.gradsplit.toy_tasks import Toy

TASKS = Toy().task_names
close = torch.testing.assert_close


def run(tasks: int) -> Any:
    return SimpleNamespace(tasks=TASKS[:tasks], device=torch.device("cpu"))


def weights(*grams: list[list[float]], power: float = 1.0) -> torch.Tensor:
    """After the last of some steps."""
    weigh = EqualNorm(power).weigh(run(len(grams[0])))
    return [weigh(torch.tensor(gram, dtype=torch.float64)) for gram in grams][-1]


def test_weights_are_inverse_norms_that_sum_to_the_number_of_tasks() -> None:
    gram = [[1.0, 0.0, 0.0], [0.0, 4.0, 0.0], [0.0, 0.0, 9.0]]
    wanted = torch.tensor([18.0, 9.0, 6.0], dtype=torch.float64) / 11
    close(weights(gram), wanted)
    close(weights(gram, power=0.0), torch.ones(3, dtype=torch.float64))
    root = wanted.new_tensor([1.0, 2**-0.5, 3**-0.5])
    close(weights(gram, power=0.5), 3 * root / root.sum())


def test_norms_are_those_of_all_steps_so_far() -> None:
    # Squares 1 + 7 and 1 + 1: 8 to 2, norms 2 to 1.
    close(
        weights([[1.0, 0.0], [0.0, 1.0]], [[7.0, 0.0], [0.0, 1.0]]),
        torch.tensor([2 / 3, 4 / 3], dtype=torch.float64),
    )


def test_a_task_without_gradient_counts_for_nothing() -> None:
    close(weights([[4.0, 0.0], [0.0, 0.0]]), torch.tensor([1.0, 0.0], dtype=torch.float64))
    close(weights([[0.0, 0.0], [0.0, 0.0]]), torch.zeros(2, dtype=torch.float64))


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
            method=_Only(task, masked),
            observe=lambda step, task=task: rows.__setitem__(
                task, [p.grad.clone() for p in step.network.trunk.parameters()]
            ),
        )
    lengths = {task: sum(g.square().sum() for g in row).sqrt() for task, row in rows.items()}
    shares = {task: 1 / length for task, length in lengths.items()}
    wanted = sum(2 * shares[task] / sum(shares.values()) * row[2] for task, row in rows.items())
    close(observed[0], wanted)
    assert rows[TASKS[2]][2][:3].abs().max() == 0  # blocked


class _Only(EqualNorm):
    """The gradients of one task below a method."""

    def __init__(self, task: str, of: MaskedTraining) -> None:
        object.__setattr__(self, "_task", task)
        super().__init__(of=of)

    def check_all(self, *_: object) -> None:
        pass

    def weigh(self, run: Any) -> Any:
        place = run.tasks.index(self._task)
        return lambda gram: torch.eye(len(gram), dtype=gram.dtype)[place]


def test_a_negative_power_is_refused() -> None:
    with pytest.raises(GradSplitError, match="0 or more, got -1"):
        EqualNorm(power=-1.0)
