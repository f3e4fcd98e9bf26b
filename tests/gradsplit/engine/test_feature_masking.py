"""mode="feature" against hooks on the modules' outputs, one backward pass a task."""

import pytest
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
    masked_outputs,
    small_net,
)


def by_hooks(model, images, mask):
    """Every split module's output loses the foreign channels of its gradient."""
    dims = {name: -1 if name[0] == "l" else 1 for name in SPLIT}
    return masked_outputs(model, mask, dims, lambda: losses_of(model, images))


@pytest.mark.parametrize("mask", [PAPER, GradientMask.identity(TASKS)])
def test_it_equals_masking_every_output(mask):
    model, images = small_net()
    wanted = by_hooks(model, images, mask)
    split = GradSplit(model, mask, SPLIT, mode="feature")
    split.backward(losses_of(model, images))
    assert furthest(gradients(model), wanted) < 1e-12
    for task in TASKS:
        split.backward({task: LOSSES[task](model(images))})
    assert furthest(gradients(model), wanted) < 1e-12


def test_it_is_another_algorithm():
    model, images = small_net()
    wanted = by_hooks(model, images, PAPER)
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
