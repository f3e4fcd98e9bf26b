"""Tensors made of split parameters alone have the owners of the elements they are made of."""

import pytest
import torch
from torch import Tensor, nn

from gradsplit import Channels, GradientMask, check_exact
from gradsplit.engine import derived_owners
from tests.exactness.exact_case import losses

RULES = {"table": lambda module: {"weight": Channels(4)}}


class Uses(nn.Module):
    """Uses a weight [4, 3] through functions of it.

    Args:
        use: (values [N, 3], weight [4, 3]) -> output.
    """

    def __init__(self, use) -> None:
        super().__init__()
        self.table = nn.Module()
        self.table.weight = nn.Parameter(torch.ones(4, 3))
        self.head = nn.Linear(3, 2)
        self.use = use

    def forward(self, values: Tensor) -> Tensor:
        return self.head(self.use(values, self.table.weight).tanh())


def errors_of(use) -> float:
    torch.manual_seed(0)
    model = Uses(use).double()
    mask = GradientMask.identity(["t0", "t1"])
    batch, ids = torch.randn(6, 3).double(), [0, 1, 1, 0, 1, 0]
    result = check_exact(model, mask, batch, losses(2), ["table"], task_ids=ids, rules=RULES)
    return result.worst


@pytest.mark.parametrize(
    "use",
    [
        lambda x, w: x * w[0] + x.sin() * w[3],
        lambda x, w: x * w[3] + x.sin() * w[0],
        lambda x, w: x * w.select(0, 1) + x.sin() * w.select(0, 2),
        lambda x, w: x * w.narrow(0, 0, 1) + x.sin() * w.narrow(0, 2, 1),
        lambda x, w: x * w.unbind(0)[3] + x.sin() * w.unbind(0)[0],
        lambda x, w: x * w.flip(0)[0] + x.sin() * w[0],
        lambda x, w: x * w.view(-1)[3:6] + x.sin() * w.view(6, 2)[3:].reshape(-1)[:3],
        lambda x, w: (x @ w.t() + 1) @ w,
        lambda x, w: (x @ w.t()) @ (2 * w.exp()),
        # What mixes owners, for each row of the mask.
        lambda x, w: x + (w + w.flip(0))[0],
        lambda x, w: x + w.cumsum(0)[0],
        lambda x, w: (x @ w.view(2, 2, 3).transpose(0, 1).reshape(4, 3).t()).repeat(1, 3)[:, :3],
    ],
)
def test_parts_of_a_weight_have_their_own_owners(use):
    assert errors_of(use) < 1e-12


def test_what_is_remembered_of_moved_owners_is_bounded(monkeypatch):
    monkeypatch.setattr(derived_owners, "_MOST_MOVED", 3)
    derived_owners._MOVED.clear()
    for length in range(2, 8):
        errors_of(lambda values, weight, length=length: values * weight.repeat(length, 1)[length])
        assert 0 < len(derived_owners._MOVED) <= 3


class Positions(nn.Module):
    """A linear layer of positions, added to every sample."""

    def __init__(self) -> None:
        super().__init__()
        self.linear, self.head = nn.Linear(2, 4), nn.Linear(4, 2)

    def forward(self, values: Tensor) -> Tensor:
        places = torch.arange(6, dtype=values.dtype).reshape(3, 2) / 6
        return self.head((values[:, None] + self.linear(places)).tanh()).mean(1)


@pytest.mark.parametrize("modules", [["linear"], ["linear", "head"]])
def test_a_linear_layer_of_positions_alone(modules):
    torch.manual_seed(0)
    mask, ids = GradientMask.identity(["t0", "t1"]), [0, 1, 1, 0, 1, 0]
    batch = torch.randn(6, 4).double()
    owners = {2: {"t0": [0], "t1": [1]}}
    report = check_exact(
        Positions().double(), mask, batch, losses(2), modules, task_ids=ids, owners=owners
    )
    assert report.worst < 1e-12


def test_a_linear_layer_of_what_split_parameters_made():
    class Twice(Positions):
        def forward(self, values):
            places = torch.arange(6, dtype=values.dtype).reshape(3, 2) / 6
            return (values[:, None] + self.linear(self.square(places))).sum(1)

        def __init__(self):
            super().__init__()
            self.square = nn.Linear(2, 2)

    model = Twice().double()
    mask, batch = GradientMask.identity(["t0", "t1"]), torch.randn(6, 4).double()
    report = check_exact(
        model, mask, batch, losses(2), ["linear", "square"], task_ids=[0, 1, 1, 0, 1, 0]
    )
    assert report.worst < 1e-12
