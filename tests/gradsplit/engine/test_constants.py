"""Tensors that are made inside a mixed batch hold no samples, until some are written into them."""

import pytest
import torch
from torch import nn

from gradsplit.engine.constants import Constants
from gradsplit.engine.split import GradSplit
from gradsplit.errors import NotExactError
from tests.gradsplit.engine.split_examples import TWO, TWO_IDS, four, furthest, gradients, reference


class Written(nn.Module):
    """A split linear layer of a new tensor into which samples are written.

    Args:
        write: Samples [N, 4] -> the input [N, 6] of the layer.
    """

    def __init__(self, write):
        super().__init__()
        self.linear, self.write = nn.Linear(6, 4), write

    def forward(self, x):
        return self.linear(self.write(x)).tanh()


def into(write):
    def written(x):
        made = torch.zeros(len(x), 6, dtype=x.dtype)
        write(made, x)
        return made

    return written


class Doubled(torch.autograd.Function):
    """Writes into its input, where no function of torch is seen."""

    @staticmethod
    def forward(ctx, made, x):
        made[:, :4] = 2 * x
        ctx.mark_dirty(made)
        return made

    @staticmethod
    def backward(ctx, gradient):
        return gradient, 2 * gradient[:, :4]


WRITES = {
    "item": lambda made, x: made.__setitem__((slice(None), slice(4)), x),
    "copy into a view": lambda made, x: made[:, :4].copy_(x),
    "copy into a view of a view": lambda made, x: made.t()[:4].t().copy_(x),
    "item of a view": lambda made, x: made[:, 1:].__setitem__((slice(None), slice(4)), x),
    "sum in place": lambda made, x: made.narrow(1, 0, 4).add_(x),
    "out=": lambda made, x: torch.mul(x, 2, out=made[:, :4]),
    "foreach": lambda made, x: torch._foreach_add_([made[:, :4]], [x]),
    "scatter": lambda made, x: made.scatter_(1, x.argsort(1), 1.0),
    "data": lambda made, x: made.data[:, :4].copy_(x),
    "numpy": lambda made, x: made.numpy().__setitem__((slice(None), slice(4)), x.numpy()),
    "own function": lambda made, x: Doubled.apply(made, x),
}


@pytest.mark.parametrize("name", WRITES)
def test_a_new_tensor_with_samples_written_into_it_is_no_constant(name):
    torch.manual_seed(0)
    model, images = Written(into(WRITES[name])).double(), four(4)
    split = GradSplit(model, TWO, ["linear"])

    def losses():
        output = model(images)
        return {"a": output[:2].sin().sum(), "b": output[2:].square().sum()}

    wanted = reference(split, model, losses())
    with split.samples(TWO_IDS):
        found = losses()
    sum(found.values()).backward()
    assert furthest(gradients(model), wanted) < 1e-12


def test_constants_written_into_a_constant_leave_it_and_its_views_constant():
    table = torch.zeros(4, 3)
    view = table[1:]
    constants = Constants([table, view])
    view[0] = 1
    assert table not in constants
    constants.refresh([view])
    assert table in constants
    assert view in constants
    constants.forget(view)
    assert table not in constants


class Scaled(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale):
        ctx.save_for_backward(x, scale)
        return x * scale

    @staticmethod
    def backward(ctx, gradient):
        x, scale = ctx.saved_tensors
        return gradient * scale, (gradient * x).sum(0, keepdim=True)


class Unseen(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(4)

    def forward(self, x):
        return Scaled.apply(x, self.norm.weight.reshape(1, -1))


def test_what_is_made_of_a_split_parameter_and_goes_unseen_is_refused():
    model = Unseen().double()
    split = GradSplit(model, TWO, ["norm"], unsupported="share")
    with split.samples(TWO_IDS):
        output = model(four(4))
    with pytest.raises(NotExactError, match=r"from the split parameter `norm.weight`.*unknown"):
        output.sum().backward()
    with split.samples(TWO_IDS):
        penalty = model.norm.weight * 2
    with pytest.raises(NotExactError, match="penalty on parameters"):
        penalty.sum().backward()
    with split.samples([0, 0, 0, 0]), pytest.raises(NotExactError):
        model(four(4)).sum().backward()
