"""mode="feature" against hooks on the modules' outputs, one backward pass a task."""

import numpy as np
import pytest
import torch
from torch import nn

from gradsplit.engine.split import GradSplit
from gradsplit.errors import GradSplitError, NotExactError
from relations.mask import GradientMask
from tests.gradsplit.engine.split_examples import (
    IDS,
    LOSSES,
    PAPER,
    SPLIT,
    TASKS,
    furthest,
    gradients,
    losses_of,
    small_net,
)


def slow(model, images, mask):
    """Every split module's output loses the foreign channels of its cotangent."""
    row: list[np.ndarray] = []

    def after(owner):
        def mask_output(module, inputs, output):
            shape = [1, -1] + [1] * (output.ndim - 2)
            output.register_hook(
                lambda g: torch.where(torch.from_numpy(row[0][owner]).view(shape), g, 0)
            )

        return mask_output

    plain = GradSplit(model, mask, SPLIT)
    owners = plain.owners
    plain.remove()
    handles = [
        model.get_submodule(name).register_forward_hook(
            after(owners.of(7 if name[0] == "l" else 10))
        )
        for name in SPLIT
    ]
    losses = losses_of(model, images)
    totals = {name: torch.zeros_like(value) for name, value in model.named_parameters()}
    for index, task in enumerate(TASKS):
        row[:] = [mask.may_update[index]]
        found = torch.autograd.grad(
            losses[task], list(model.parameters()), retain_graph=True, allow_unused=True
        )
        for name, value in zip(totals, found, strict=True):
            totals[name] += 0 if value is None else value
    for handle in handles:
        handle.remove()
    return totals


@pytest.mark.parametrize("mask", [PAPER, GradientMask.identity(TASKS)])
def test_it_equals_masking_every_output(mask):
    model, images = small_net()
    wanted = slow(model, images, mask)
    split = GradSplit(model, mask, SPLIT, mode="feature")
    split.backward(losses_of(model, images))
    assert furthest(gradients(model), wanted) < 1e-12
    for task in TASKS:
        split.backward({task: LOSSES[task](model(images))})
    assert furthest(gradients(model), wanted) < 1e-12


def test_it_is_another_algorithm():
    model, images = small_net()
    wanted = slow(model, images, PAPER)
    GradSplit(model, PAPER, SPLIT).backward(losses_of(model, images))
    assert furthest(gradients(model), wanted) > 0.1


def test_what_it_cannot_do_is_refused():
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT, mode="feature")
    for block in (split.task("pose"), split.samples(IDS)):
        with pytest.raises(GradSplitError, match=r"use split\.backward"), block:
            pass
    with pytest.raises(GradSplitError, match="must be 'param' or 'feature'"):
        GradSplit(small_net()[0], PAPER, SPLIT, mode="both")
    net = nn.Sequential(nn.Conv2d(3, 8, 1), nn.PReLU(8)).double()
    split = GradSplit(net, PAPER, ["1"], mode="feature")
    with pytest.raises(NotExactError, match="does not know the output"):
        split.backward({"pose": net(images).sum()})
