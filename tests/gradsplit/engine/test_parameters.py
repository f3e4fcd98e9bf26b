"""Which parameters are divided, and why some cannot be."""

import pytest
import torch
from torch import nn

from gradsplit.engine.split import GradSplit
from gradsplit.errors import ModuleNameError, UnsupportedLayerError
from tests.gradsplit.engine.split_examples import PAPER, sequential_split, small_net


@pytest.mark.parametrize(
    ("modules", "message"),
    [
        (["layer5"], "no module `layer5`"),
        (["convv"], "did you mean conv"),
        (["conv", "x1", "x2"], "- The model has no module `x2`"),
        ("conv", "must be a non-empty list"),
        ([], "must be a non-empty list"),
        (None, "must be a non-empty list"),
        (3, "must be a non-empty list"),
        ([3], "got int, which is no part"),
        ([nn.Linear(3, 4)], "got Linear, which is no part"),
    ],
)
def test_module_names_that_do_not_exist_are_refused(modules, message):
    with pytest.raises(ModuleNameError, match=message):
        GradSplit(small_net()[0], PAPER, modules)


def test_modules_may_be_given_themselves():
    model = small_net()[0]
    split = GradSplit(model, PAPER, [model.conv, "linear"])
    assert split.modules == ("conv", "linear")
    split.remove()
    assert GradSplit(model, PAPER, model.conv).modules == ("conv",)


@pytest.mark.parametrize(("model", "said"), [(3, "got int"), (nn.Linear, "got the class Linear")])
def test_what_is_no_model_is_refused(model, said):
    with pytest.raises(ModuleNameError, match=f"must be a torch.nn.Module, {said}"):
        GradSplit(model, PAPER, ["conv"])


def test_layers_without_a_rule_are_all_named_or_left_to_all_tasks():
    class Odd(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(3, 8)
            self.gain = nn.Parameter(torch.ones(8))
            self.other = nn.Parameter(torch.ones(8))

    model = nn.Sequential(Odd(), nn.Linear(8, 2))
    with pytest.raises(UnsupportedLayerError) as error:
        GradSplit(model, PAPER, ["0", "1"])
    for name in ("0.gain", "0.other", "1.weight", "unsupported='share'"):
        assert name in str(error.value)
    split = GradSplit(model, PAPER, ["0", "1"], unsupported="share")
    assert sorted(split.shared) == ["0.gain", "0.other", "1.bias", "1.weight"]
    assert sorted(split.parameters) == ["0.linear.bias", "0.linear.weight"]


def test_parametrisations_that_couple_filters_have_no_rule():
    layer = nn.utils.parametrizations.spectral_norm(nn.Linear(3, 4))
    with pytest.raises(UnsupportedLayerError, match=r"0.parametrizations.weight.original"):
        sequential_split(layer)
    _, split = sequential_split(nn.utils.parametrizations.weight_norm(nn.Linear(3, 4)))
    assert sorted(split.parameters) == [
        "0.bias",
        "0.parametrizations.weight.original0",
        "0.parametrizations.weight.original1",
    ]


def test_layers_with_fewer_channels_than_tasks_are_refused():
    with pytest.raises(UnsupportedLayerError, match="1 output channels: too few for b"):
        sequential_split(nn.Linear(3, 1))


def test_a_weight_norm_over_another_dimension_than_the_channels_has_no_rule():
    layer = nn.utils.parametrizations.weight_norm(nn.Linear(3, 4), dim=1)
    with pytest.raises(UnsupportedLayerError, match=r"weight.original0` of a .*: no rule"):
        sequential_split(layer)
