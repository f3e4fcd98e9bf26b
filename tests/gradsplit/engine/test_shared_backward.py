"""split.backward: several tasks on the same samples."""

import pytest
import torch
from torch import nn

from gradsplit.engine.reference import reference_gradients
from gradsplit.engine.split import GradSplit
from gradsplit.errors import GradSplitError
from relations.mask import GradientMask
from tests.exactness.exact_case import masks
from tests.gradsplit.engine.split_examples import (
    LOSSES,
    PAPER,
    SPLIT,
    TASKS,
    furthest,
    gradients,
    losses_of,
    reference,
    small_net,
)


def test_all_tasks_on_the_same_images():
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    wanted = reference(split, model, losses_of(model, images))
    split.backward(losses_of(model, images))
    assert furthest(gradients(model), wanted) < 1e-12


def test_separate_graphs_in_one_call():
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    losses = {task: LOSSES[task](model(images)) for task in TASKS}
    wanted = reference(split, model, losses)
    split.backward(losses)
    assert furthest(gradients(model), wanted) < 1e-12


def test_losses_that_cannot_be_differentiated_are_all_named():
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    with pytest.raises(GradSplitError) as error:
        split.backward({"pose": model(images)["pose"], "reid": torch.zeros(())})
    assert "`pose` must be a tensor with one element, got (8, 2)" in str(error.value)
    assert "`reid` depends on no trainable parameter" in str(error.value)
    with pytest.raises(GradSplitError, match="No losses were given"):
        split.backward({})


def test_a_loss_that_does_not_reach_the_split_joins_the_pass_below_it():
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)

    def losses():
        below = model.stem(images).relu()
        hidden = model.block(model.norm(model.conv(below)))
        return {
            "attribute": below.square().mean(),
            "reid": hidden.square().mean(),
            "pose": (hidden.mean((2, 3)).sum(1) * below.mean((1, 2, 3))).sum(),
        }

    wanted = reference(split, model, losses())
    seen = []
    model.stem.weight.register_hook(lambda gradient: seen.append(gradient))
    split.backward(losses())
    assert len(seen) == 1
    assert furthest(gradients(model), wanted) < 1e-12


class Stages(nn.Module):
    """Two split layers side by side on a stem."""

    def __init__(self):
        super().__init__()
        self.stem, self.left, self.right = (nn.Linear(6, 6) for _ in range(3))


def check_losses(losses):
    """The gradients of three tasks' losses of the stages against one backward pass a task."""
    torch.manual_seed(0)
    model, values = Stages().double(), torch.randn(5, 6, dtype=torch.float64)
    split = GradSplit(model, masks(3)["identity"], ["left", "right"])

    def by_task():
        return dict(zip(split.tasks, losses(model, model.stem(values).tanh()), strict=True))

    wanted = reference(split, model, by_task())
    split.backward(by_task())
    assert furthest(gradients(model), wanted) < 1e-12


@pytest.mark.filterwarnings("ignore::gradsplit.errors.SplitNote")
def test_a_layer_that_the_last_task_does_not_use():
    def losses(model, stem):
        left = model.left(stem)
        return left.sum(), left.sin().sum(), model.right(stem).sum()

    check_losses(losses)


def test_a_weight_that_a_layer_uses_and_another_function_too():
    def losses(model, stem):
        output = model.left(stem) + stem @ model.left.weight.exp()
        return output.sum(), output.sin().sum(), output.cos().sum()

    check_losses(losses)


def test_what_leads_to_another_part_of_a_parameter_is_not_freed_on_the_way():
    """As in attention over a learned query, whose projection lies in one weight with the keys'."""
    torch.manual_seed(0)
    layer = nn.Linear(3, 6).double()
    packed = torch.randn(12, 6, dtype=torch.float64, requires_grad=True)
    query = torch.randn(4, 6, dtype=torch.float64, requires_grad=True)
    split = GradSplit(layer, masks(3)["random"], [""])
    inputs = torch.randn(5, 3).double()

    def losses():
        for_query, for_keys = packed.split(6)
        weights = ((query @ for_query).sin() @ (layer(inputs) @ for_keys).t()).softmax(-1)
        return {f"t{index}": (weights * (index + 1)).sin().sum() for index in range(3)}

    parameters = {**dict(layer.named_parameters()), "packed": packed, "query": query}
    wanted = reference_gradients(split, losses(), parameters)
    split.backward(losses())
    found = {name: parameter.grad for name, parameter in parameters.items()}
    assert furthest(found, wanted) < 1e-12


HOOKS = {
    "scaled": lambda gradient: gradient / 3,
    "clamped": lambda gradient: gradient.clamp(-0.1, 0.1),
    "reversed": lambda gradient: -gradient,
    "a little larger": lambda gradient: gradient * (1 + 1e-5),
}


@pytest.mark.parametrize("name", HOOKS)
@pytest.mark.parametrize("paths", [1, 2])
def test_a_hook_at_the_lower_edge_takes_effect_once(name, paths):
    """As in plain training: on the sum of all gradients that arrive there."""
    torch.manual_seed(0)
    trunk, layer = nn.Linear(3, 4).double(), nn.Linear(4, 4).double()
    model = nn.ModuleDict({"trunk": trunk, "layer": layer, "head": nn.Linear(4, 2).double()})
    images = torch.randn(5, 3).double()

    def losses():
        features = trunk(images)
        features.register_hook(HOOKS[name])
        hidden = layer(features)
        if paths == 2:
            hidden = hidden + features * layer(features.sin())
        return {"a": hidden.square().sum(), "b": model["head"](hidden).sin().sum()}

    sum(losses().values()).backward()
    wanted = gradients(model)["trunk.weight"]
    split = GradSplit(model, GradientMask.identity(["a", "b"]), ["layer"])
    split.backward(losses())
    assert torch.allclose(gradients(model)["trunk.weight"], wanted, rtol=1e-12, atol=0)


def test_masked_gradients_are_not_copied_once_more():
    model, images = small_net()
    split = GradSplit(model, PAPER, modules=SPLIT)
    arrived = {}
    for name, parameter in split.parameters.items():
        parameter.register_hook(
            lambda gradient, name=name: arrived.__setitem__(name, gradient.data_ptr())
        )
    split.backward(losses_of(model, images))
    kept = {
        name: parameter.grad.data_ptr()
        for name, parameter in split.parameters.items()
        if parameter.grad is not None
    }
    assert kept == arrived
    assert len(kept) == len(split.parameters)
