"""A split notices when the model is rebuilt under it."""

import pytest
import torch
from torch import nn

from gradsplit import to_group_norm
from gradsplit.engine.split import GradSplit
from gradsplit.errors import GradSplitError
from tests.gradsplit.engine.split_examples import TWO, four, sequential_split


def layers():
    block = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.ReLU())
    return sequential_split(nn.Linear(3, 4), block, modules=["1"])


class Adapted(nn.Module):
    """A layer with a small one beside it, as LoRA has it."""

    def __init__(self, layer):
        super().__init__()
        self.layer, self.small = layer, nn.Linear(4, 4).double()

    def forward(self, x):
        return self.layer(x) + self.small(x)


def replace_norm(model):
    model[1][1] = nn.LayerNorm(4).double()


def replace_all(model):
    model[1] = nn.Linear(4, 4).double()


def wrap(model):
    model[1][0] = Adapted(model[1][0])


def add(model):
    model[1].append(nn.Linear(4, 4).double())


def put_inside(model):
    model[1][0].adapter = nn.Linear(4, 4).double()


def take_out(model):
    del model[1][1]


def add_a_parameter(model):
    model[1][0].low_rank = nn.Parameter(torch.zeros(4, 2).double())


def rename(model):
    model[1] = nn.ModuleDict()


CHANGES = [replace_norm, replace_all, wrap, add, put_inside, take_out, rename, to_group_norm]
CHANGES.append(add_a_parameter)


@pytest.mark.parametrize("change", CHANGES)
def test_modules_replaced_after_attaching_are_noticed_in_every_regime(change):
    model, split = layers()
    change(model)
    message = r"(?s)were replaced after the split.*`1"
    with pytest.raises(GradSplitError, match=message):
        split.backward({"a": torch.ones((), requires_grad=True)})
    with pytest.raises(GradSplitError, match=message), split.task("a"):
        pass
    with pytest.raises(GradSplitError, match=message), split.samples([0, 1]):
        pass


def test_modules_without_parameters_may_be_replaced():
    model, split = layers()
    model[1][2] = nn.Tanh()
    split.backward({"a": model(four(3)).sum(), "b": model(four(3)).sin().sum()})


def test_after_a_change_it_is_attached_again():
    model, split = layers()
    replace_norm(model)
    split.remove()
    GradSplit(model, TWO, ["1"]).backward({"a": model(four(3)).sum()})
    assert (model[1][1].weight.grad[2:] == 0).all()
