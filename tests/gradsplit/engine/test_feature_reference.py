"""check_exact of mode="feature": by hooks on modules, which know nothing of the graph."""

from functools import partial

import pytest
import torch
from torch import nn

from gradsplit.engine import feature_masking
from gradsplit.engine.reference import check_exact
from gradsplit.engine.selection import Selection
from gradsplit.errors import GradSplitError, NotExactError
from tests.gradsplit.engine.computed_weights import Tied, TwiceByFunction
from tests.gradsplit.engine.split_examples import (
    IDS,
    LOSSES,
    PAPER,
    SPLIT,
    TWO,
    four,
    sequential_split,
    small_net,
)

TWO_LOSSES = {"a": lambda y: y.sin().sum(), "b": lambda y: y.square().sum()}


def test_a_network_of_every_family_is_exact():
    model, images = small_net()
    result = check_exact(model, PAPER, images, LOSSES, SPLIT, mode="feature")
    assert result.exact
    assert set(result.errors) == {"task", "backward"}
    assert result.worst > 0


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (nn.LayerNorm([6, 3]), (6, 3)),
        (nn.ConvTranspose1d(6, 6, 3, groups=2, bias=False), (6, 3)),
        (nn.PReLU(6), (6, 3)),
        (nn.Bilinear(6, 6, 6), (6,)),
    ],
)
def test_other_layers_are_exact_or_refused(layer, shape):
    class Layer(nn.Module):
        def __init__(self):
            super().__init__()
            self.below, self.layer = nn.Linear(shape[-1], shape[-1]), layer

        def forward(self, x):
            x = self.below(x)
            return self.layer(x, x) if isinstance(self.layer, nn.Bilinear) else self.layer(x)

    try:
        result = check_exact(
            Layer().double(), TWO, four(*shape), TWO_LOSSES, ["layer"], mode="feature"
        )
    except NotExactError as error:
        assert "off by" not in str(error)
    else:
        assert result.exact


def test_a_mistake_is_seen(monkeypatch):
    model, images = small_net()
    monkeypatch.setattr(Selection, "apply", lambda self, gradient: gradient)
    assert feature_masking.Selection is Selection
    with pytest.raises(NotExactError, match="off by more"):
        check_exact(model, PAPER, images, LOSSES, SPLIT, mode="feature")


def test_layers_used_by_two_modules_are_checked_in_both():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 6), Tied()).double()
    modules = ["1.linear"]
    assert check_exact(model, TWO, four(6), TWO_LOSSES, modules, mode="feature").exact


def test_what_it_cannot_check_is_refused():
    model = nn.Sequential(nn.Linear(6, 6), TwiceByFunction()).double()
    with pytest.raises(NotExactError, match=r"`1\.linear` is not called"):
        check_exact(model, TWO, four(6), TWO_LOSSES, ["1.linear"], mode="feature")
    net, images = small_net()
    with pytest.raises(GradSplitError, match="mode='feature'"):
        check_exact(net, PAPER, images, LOSSES, SPLIT, mode="feature", task_ids=IDS)
    slopes, split = sequential_split(nn.PReLU(6))
    split.remove()
    with pytest.raises(NotExactError, match="PReLU"):
        check_exact(slopes, TWO, four(6), TWO_LOSSES, ["0"], mode="feature")


class LayerNorm2d(nn.LayerNorm):
    """Of maps, as timm and torchvision write it."""

    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


@pytest.mark.parametrize("width", [5, 6])
def test_a_norm_that_turns_maps_around(width):
    """Its channels lie second; refused where width and channels cannot be told apart."""
    model = nn.Sequential(nn.Conv2d(3, 6, 1), LayerNorm2d(6), nn.Tanh()).double()
    check = partial(check_exact, model, TWO, four(3, 4, width), TWO_LOSSES, ["1"], mode="feature")
    if width == 6:
        with pytest.raises(NotExactError, match="where the 6 channels of `1` lie"):
            check()
    else:
        assert check().exact
