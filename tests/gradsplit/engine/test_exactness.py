"""A check that compares nothing says so."""

import math

import pytest
import torch
from torch import nn

from gradsplit import check_exact
from gradsplit.engine.exactness import Exactness
from gradsplit.engine.rounding import relative_errors
from gradsplit.errors import NotExactError
from tests.gradsplit.engine.split_examples import TWO, TWO_IDS, four

LOSSES = {"a": lambda y: y.square().sum(), "b": lambda y: y.sin().sum()}


class Residual(nn.Module):
    """A branch with a gain, as networks begin with: at zero nothing flows back into the branch."""

    def __init__(self, gain: float) -> None:
        super().__init__()
        self.stem, self.branch, self.unused = nn.Linear(3, 4), nn.Linear(4, 4), nn.Linear(4, 4)
        self.gain = nn.Parameter(torch.tensor(gain))

    def forward(self, x):
        x = self.stem(x)
        return x + self.gain * self.branch(x)


def checked(model: nn.Module, modules: list[str], batch: torch.Tensor | None = None):
    batch = four(3) if batch is None else batch
    return check_exact(model.double(), TWO, batch, LOSSES, modules, task_ids=TWO_IDS)


def test_gradients_that_are_all_zero_are_no_agreement():
    with pytest.raises(NotExactError, match="gradients of all split parameters are zero"):
        checked(Residual(0.0), ["branch"])
    assert checked(Residual(0.5), ["branch"]).exact


def test_parameters_that_nothing_reaches_are_counted_and_named():
    report = checked(Residual(0.0), ["stem", "branch"])
    assert report.exact
    assert set(report.nothing_arrived) == {
        "branch.weight", "branch.bias", "unused.weight", "unused.bias",
    }  # fmt: skip
    assert "gradients of 4 of 7 parameters are zero here" in str(report)
    assert "`branch.bias`, `branch.weight`, `unused.bias` and 1 more" in str(report)
    assert "are zero" not in str(checked(nn.Sequential(nn.Linear(3, 4)), ["0"]))


@pytest.mark.parametrize("value", [math.inf, math.nan])
def test_gradients_that_are_not_finite_are_no_agreement(value):
    batch = four(3)
    batch[0] = value
    model = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 4))
    with pytest.raises(NotExactError, match=r"not finite.*`0\.bias`, .* and 1 more"):
        checked(model, ["1"], batch)


def test_a_difference_that_is_no_number_is_the_largest():
    right, wrong = torch.ones(2), torch.tensor([1.0, math.nan])
    errors = relative_errors({"a": right, "b": wrong}, {"a": right, "b": right})
    assert errors == {"a": 0.0, "b": math.inf}
    assert not Exactness({"task": errors}, 1e-12).exact
