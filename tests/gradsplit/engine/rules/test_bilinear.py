"""nn.Bilinear: every regime and both modes against the slow ways."""

import pytest
import torch
from torch import Tensor, nn

from gradsplit import GradientMask, GradSplit, check_exact
from gradsplit.errors import NotExactError
from tests.exactness.exact_case import losses, masks
from tests.gradsplit.engine.split_examples import furthest, gradients, masked_outputs

TASKS = 3
IDS = [0, 2, 1, 1, 0, 2]


class Paired(nn.Module):
    """A bilinear layer used twice, between linear layers, on inputs of any leading shape."""

    def __init__(self, *, bias: bool = True, twice: bool = False) -> None:
        super().__init__()
        self.below = nn.Linear(4, 6)
        self.pair = nn.Bilinear(6, 4, 6, bias=bias)
        self.head = nn.Linear(6, 2)
        self.twice = twice

    def forward(self, value: Tensor) -> Tensor:
        hidden = self.pair(self.below(value), value).tanh()
        return self.head(self.pair(hidden, value) if self.twice else hidden)


def paired(*lead: int, **options) -> tuple[Paired, Tensor]:
    torch.manual_seed(0)
    return Paired(**options).double(), torch.randn(6, *lead, 4, dtype=torch.float64)


@pytest.mark.parametrize("kind", ["identity", "random", "paper-like"])
@pytest.mark.parametrize("lead", [(), (5,), (2, 3)])
@pytest.mark.parametrize("options", [{}, {"bias": False}, {"twice": True}])
def test_all_regimes_equal_one_backward_a_task(kind, lead, options):
    model, batch = paired(*lead, **options)
    mask = masks(TASKS)[kind]
    result = check_exact(model, mask, batch, losses(TASKS), ["pair"], task_ids=IDS)
    assert result.worst < 1e-12
    assert set(result.errors) == {"task", "backward", "samples"}


@pytest.mark.parametrize("kind", ["identity", "random", "paper-like"])
@pytest.mark.parametrize("options", [{}, {"bias": False}, {"twice": True}])
def test_mode_feature_equals_masking_the_output(kind, options):
    model, batch = paired(5, **options)
    mask = masks(TASKS)[kind]

    def by_task():
        output = model(batch)
        return {task: loss(output) for task, loss in losses(TASKS).items()}

    wanted = masked_outputs(model, mask, {"pair": -1}, by_task)
    GradSplit(model, mask, ["pair"], mode="feature").backward(by_task())
    assert furthest(gradients(model), wanted) < 1e-12


def test_the_weight_gradient_of_several_tasks_is_computed_once(monkeypatch):
    from gradsplit.engine.rules import bilinear

    calls = []
    compute = bilinear._weight_gradient
    monkeypatch.setattr(
        bilinear, "_weight_gradient", lambda *given: calls.append(given) or compute(*given)
    )
    model, batch = paired()
    split = GradSplit(model, masks(TASKS)["identity"], ["pair"])
    output = model(batch)
    split.backward({task: loss(output) for task, loss in losses(TASKS).items()})
    assert len(calls) == 1


def test_another_sum_with_a_bias_is_no_bilinear_layer():
    class Shifted(nn.Module):
        def __init__(self):
            super().__init__()
            self.pair = nn.Bilinear(3, 3, 4)

        def forward(self, value):
            return value.sum() + self.pair.bias

    model = Shifted().double()
    split = GradSplit(model, GradientMask.identity(["a", "b"]), ["pair"], mode="feature")
    with pytest.raises(NotExactError, match="does not know the output channels of AddBackward0"):
        split.backward({"a": model(torch.randn(2, 3).double()).sum()})
