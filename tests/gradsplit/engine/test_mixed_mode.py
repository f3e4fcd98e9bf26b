"""split.samples: a mixed batch, and what it refuses because it would not be exact."""

import gc
import weakref

import pytest
import torch
from torch import nn

from gradsplit import Channels, check_exact
from gradsplit.engine.split import GradSplit
from gradsplit.errors import NotExactError
from tests.gradsplit.engine.split_examples import (
    IDS,
    LOSSES,
    PAPER,
    SPLIT,
    TASKS,
    TWO,
    TWO_IDS,
    four,
    furthest,
    gradients,
    losses_of,
    reference,
    sequential_split,
    small_net,
)


@pytest.mark.parametrize("order", [range(8), [5, 0, 3, 7, 1, 2, 6, 4]])
@pytest.mark.parametrize("inside", [True, False])
def test_a_mixed_batch(order, inside):
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    ids = torch.tensor(IDS)[list(order)]
    plain = model(images)

    def losses(output):
        return {
            task: LOSSES[task]({task: output[task][ids == index]})
            for index, task in enumerate(TASKS)
        }

    wanted = reference(split, model, losses(plain))
    with split.samples(ids):
        output = model(images)
        if inside:
            sum(losses(output).values()).backward()
    if not inside:
        sum(losses(output).values()).backward()
    assert all(torch.equal(output[task], plain[task]) for task in TASKS)
    assert furthest(gradients(model), wanted) < 1e-12


def test_two_mixed_batches_in_one_backward():
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    found = []
    for _ in range(2):
        with split.samples(IDS):
            found.append(sum(losses_of(model, images).values()))
    sum(found).backward()
    both = gradients(model)
    with split.samples(IDS):
        sum(losses_of(model, images).values()).backward()
    assert furthest(both, {name: 2 * value for name, value in gradients(model).items()}) < 1e-12


def test_a_mixed_batch_keeps_nothing_after_its_backward_pass():
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    with split.samples(IDS):
        loss = sum(losses_of(model, images).values())
        seen = weakref.ref(split._batch)
    loss.backward()
    del loss
    gc.collect()
    assert seen() is None
    assert not split._guard._vouched


def test_a_wrong_number_of_task_ids_is_refused():
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    with pytest.raises(NotExactError, match="expected 7 samples"), split.samples(IDS[:7]):
        model(images)


def test_unknown_uses_of_a_split_parameter_are_refused_by_name():
    class Odd(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(3, 4, bias=False)

        def forward(self, value):
            return torch.einsum("ni,oi->no", value, self.linear.weight)

    model, split = sequential_split(Odd())
    message = r"torch.functional.einsum.*0.linear.weight.*split.task"
    with pytest.raises(NotExactError, match=message), split.samples(TWO_IDS):
        model(four(3))
    split.backward({"a": model(four(3)).sum(), "b": model(four(3)).sum()})


def test_data_made_inside_the_block_is_data():
    model, split = sequential_split(nn.Linear(3, 4))
    with split.samples(TWO_IDS):
        model(torch.full((4, 3), 2.0).double() + torch.randn(4, 3)).sum().backward()
    assert (model[0].weight.grad != 0).all()


def test_one_sample_without_a_batch_is_refused():
    model, split = sequential_split(nn.Conv2d(4, 4, 1))
    with pytest.raises(NotExactError, match="without a batch dimension"), split.samples(TWO_IDS):
        model(torch.randn(4, 5, 5).double())


def test_higher_derivatives_through_a_mixed_batch_are_refused():
    model, split = sequential_split(nn.Linear(3, 4), nn.Tanh())
    with split.samples(TWO_IDS):
        loss = model(four(3)).square().sum()
    (gradient,) = torch.autograd.grad(loss, model[0].weight, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        gradient.square().sum().backward()


class Written(nn.Module):
    """Writes samples into zeros before it scales them."""

    def __init__(self, write):
        super().__init__()
        self.scale = nn.Module()
        self.scale.weight = nn.Parameter(torch.ones(4))
        self.write = write

    def forward(self, values):
        zeros = torch.zeros(values.shape, dtype=values.dtype)
        self.write(zeros, values)
        return zeros * self.scale.weight


@pytest.mark.parametrize(
    "write",
    [torch.Tensor.add_, torch.Tensor.copy_, lambda zeros, values: zeros.__setitem__(0, values[0])],
)
def test_zeros_that_samples_are_written_into_hold_samples(write):
    model = nn.Sequential(Written(write), nn.Tanh()).double()
    losses = {"a": lambda y: y.sum(), "b": lambda y: y.sin().sum()}
    rules = {"0.scale": lambda module: {"weight": Channels(4)}}
    check_exact(model, TWO, four(4), losses, ["0.scale"], task_ids=TWO_IDS, rules=rules)
