"""FairGrad: toy numbers, TorchJD as the oracle, and its limit cases."""

import pytest
import torch
import torchjd.aggregation
from torch import Tensor

from gradsplit.errors import GradSplitError
from gradsplit.tasksets.registry import load_taskset
from gradsplit.training.fit import fit
from gradsplit.training.methods.balancing.fairgrad import FairGrad
from gradsplit.training.methods.masked.gradsplit import MaskedTraining
from gradsplit.training.methods.on_top import balanced
from relations.mask import GradientMask
from tests.gradsplit.toy_tasks import Toy

TASKS = Toy().task_names
close = torch.testing.assert_close


def combined(rows: Tensor, alpha: float = 1.0) -> Tensor:
    return FairGrad(alpha).combine(None)(rows)  # type: ignore[arg-type]


def test_toy_numbers() -> None:
    rows = torch.diag(torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64))
    close(combined(rows), torch.ones(3, dtype=torch.float64), rtol=1e-6, atol=0)
    wanted = torch.tensor([1, 0.7937, 0.6934], dtype=torch.float64)
    close(combined(rows, 2.0), wanted, rtol=0, atol=5e-5)


@pytest.mark.parametrize("alpha", [0.5, 1.0, 2.0])
def test_it_is_torchjds_on_random_gradients(alpha: float) -> None:
    """As near as TorchJD's solver comes to the equation, which ours solves to 1e-6."""
    generator = torch.Generator().manual_seed(0)
    for _ in range(5):
        rows = torch.randn(4, 30, dtype=torch.float64, generator=generator)
        close(
            combined(rows, alpha), torchjd.aggregation.FairGrad(alpha)(rows), rtol=1e-4, atol=1e-4
        )
        gram = rows @ rows.T
        weights = FairGrad(alpha).weigh(None)(gram)  # type: ignore[arg-type]
        close(gram @ weights, weights ** (-1 / alpha), rtol=1e-6, atol=0)


def test_the_scale_of_all_gradients_is_the_equations() -> None:
    """At alpha 1 no common scale changes anything; in general it does by c^((1 - a) / (1 + a))."""
    rows = torch.randn(3, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    for alpha, factor in ((1.0, 1.0), (3.0, 1e-4**-0.5)):
        close(combined(1e-4 * rows, alpha), factor * combined(rows, alpha), rtol=1e-5, atol=1e-9)


def test_gradients_of_zero_and_equal_ones() -> None:
    assert torch.equal(combined(torch.zeros(2, 3)), torch.zeros(3))
    assert torch.isfinite(combined(torch.tensor([[0.0, 0.0], [1.0, 2.0]]))).all()
    row = torch.tensor([3.0, 4.0], dtype=torch.float64)
    # Two equal gradients: the direction of their sum, w = 1 / (sqrt 2 |g|) each.
    close(combined(torch.stack([row, row])), row / 5 * 2**0.5, rtol=1e-6, atol=0)
    close(combined(row[None]), row / 5, rtol=1e-6, atol=0)


def test_it_trains_the_same_way_twice_and_goes_on_top_of_a_mask() -> None:
    taskset = load_taskset("planted", {"steps": 20})
    runs = [fit(taskset, taskset.task_names, 3, method=FairGrad()) for _ in range(2)]
    assert runs[0].scores == runs[1].scores
    assert runs[0].losses["loud"][-1] < runs[0].losses["loud"][0]
    masked = MaskedTraining(GradientMask.identity(TASKS))
    assert balanced(masked, "fairgrad") == FairGrad(of=masked)
    assert fit(Toy(), TASKS, 0, method=FairGrad(of=masked)).scores


def test_alpha_is_checked() -> None:
    with pytest.raises(GradSplitError, match="above 0, got 0"):
        FairGrad(alpha=0.0)
