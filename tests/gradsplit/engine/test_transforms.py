"""Function transforms inside a mixed batch are refused in words."""

import pytest
import torch
from torch import nn
from torch.func import functional_call, grad, jvp

from gradsplit.errors import NotExactError
from tests.gradsplit.engine.split_examples import TWO_IDS, four, sequential_split


def of_parameters(model, x):
    parameters = dict(model.named_parameters())
    return grad(lambda values: functional_call(model, values, (x,)).sum())(parameters)


def of_one_inside_another(model, x):
    return torch.vmap(lambda row: of_parameters(model, row))(x)


def of_copies(model, x):
    parameters = {name: value.detach() for name, value in model.named_parameters()}
    return grad(lambda values: functional_call(model, values, (x,)).sum())(parameters)


TRANSFORMS = {
    "grad of copies": of_copies,
    "grad": of_parameters,
    "grad in vmap": of_one_inside_another,
    "grad of the input": lambda model, x: grad(lambda values: model(values).sum())(x),
    "vmap": lambda model, x: torch.vmap(model)(x),
    "jvp": lambda model, x: jvp(model, (x,), (x,)),
}


# What torch loads for `jvp` uses a part of torch that newer ones warn of.
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:`torch.jit:FutureWarning")
@pytest.mark.parametrize("name", TRANSFORMS)
def test_transforms_of_split_parameters_are_refused(name):
    model, split = sequential_split(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 4), modules=["2"])
    with pytest.raises(NotExactError, match="A function transform"), split.samples(TWO_IDS):
        TRANSFORMS[name](model, four(3))


def test_transforms_beside_the_split_are_not():
    model, split = sequential_split(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 4), modules=["2"])
    with split.samples(TWO_IDS):
        x = torch.vmap(lambda row: row - row.mean())(four(3))
        model(x).square().sum().backward()
    assert model[2].weight.grad.isfinite().all()
