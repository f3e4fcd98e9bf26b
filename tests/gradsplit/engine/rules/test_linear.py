"""Linear layers whose weight and bias do not share their owners."""

import pytest
import torch
from torch import nn

from gradsplit import Channels, check_exact
from tests.exactness.exact_case import losses, masks


class TiedOutput(nn.Module):
    """A table of words with an owner a feature, used again as a linear layer with a bias."""

    def __init__(self):
        super().__init__()
        self.words, self.output = nn.Embedding(6, 6), nn.Linear(6, 6)
        self.output.weight = self.words.weight

    def forward(self, ids):
        return self.output(self.words(ids).tanh())


class Reversed(nn.Linear):
    """Its rule gives the bias other owners than the weight."""


RULES = {Reversed: lambda module: {"weight": Channels(6), "bias": Channels(3, repeat=2)}}


def frozen_weight():
    layer = nn.Linear(6, 6)
    layer.weight.requires_grad_(False)
    return layer


@pytest.mark.parametrize(
    ("split", "batch"),
    [
        (TiedOutput, torch.arange(18).reshape(6, 3) % 6),
        (frozen_weight, torch.linspace(-1, 1, 36).reshape(6, 6).double()),
        (lambda: Reversed(6, 6), torch.linspace(-1, 1, 108).reshape(6, 3, 6).double()),
    ],
)
@pytest.mark.parametrize("kind", ["identity", "random"])
def test_every_regime_equals_one_backward_a_task(split, batch, kind):
    torch.manual_seed(0)
    model = nn.Sequential(split(), nn.Tanh(), nn.Linear(6, 2)).double()
    ids = [0, 2, 1, 1, 0, 2]
    check_exact(model, masks(3)[kind], batch, losses(3), ["0"], task_ids=ids, rules=RULES)
