"""mode="feature" against hooks on the modules' outputs, one backward pass a task."""

import pytest
import torch
from torch import nn

from gradsplit.engine import layer_nodes
from gradsplit.engine.layer_nodes import LayerNode
from gradsplit.engine.split import GradSplit
from gradsplit.errors import GradSplitError, NotExactError
from relations.mask import GradientMask
from tests.exactness.exact_case import masks
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
    with pytest.raises(NotExactError, match="does not know the output") as refused:
        split.backward({"pose": net(images).sum()})
    # A view of the slopes is no layer: to name its node would mask the slopes alone.
    assert "register_node" not in str(refused.value)


@pytest.mark.parametrize(
    ("layer", "dim", "shape"),
    [
        (nn.LayerNorm(6), -1, (4, 6)),
        (nn.Linear(6, 6), -1, (4, 6)),
        (nn.Linear(6, 6, bias=False), -1, (4, 6)),
        (nn.GroupNorm(2, 6), 1, (6, 4)),
        (nn.BatchNorm1d(6), 1, (6, 4)),
        (nn.Conv1d(6, 6, 3, groups=2), 1, (6, 4)),
        (nn.ConvTranspose1d(6, 6, 3, groups=2), 1, (6, 4)),
        (nn.ConvTranspose1d(6, 6, 3, bias=False), 1, (6, 4)),
        (nn.Embedding(6, 6), -1, (4,)),
    ],
)
def test_every_layer_that_it_knows_on_inputs_of_three_dimensions(layer, dim, shape):
    torch.manual_seed(0)
    if isinstance(layer, nn.Embedding):
        below, batch = nn.Identity(), torch.randint(6, (5, *shape))
    else:
        below = nn.Conv1d(6, 6, 1) if dim == 1 else nn.Linear(6, 6)
        batch = torch.randn(5, *shape, dtype=torch.float64)
    model = nn.Sequential(below, layer, nn.Tanh()).double()
    mask = masks(3)["random"]

    def by_task():
        output = model(batch)
        return {"t0": output.sum(), "t1": output.sin().sum(), "t2": output.cos().sum()}

    wanted = masked_outputs(model, mask, {"1": dim}, by_task)
    GradSplit(model, mask, ["1"], mode="feature").backward(by_task())
    assert furthest(gradients(model), wanted) < 1e-12


def test_a_registered_view_of_a_parameter_is_refused(monkeypatch):
    monkeypatch.setattr(layer_nodes, "_NODES", dict(layer_nodes._NODES))
    layer_nodes.register_node(LayerNode(["ViewBackward0"], dim=1, channel_owner=0))
    net = nn.Sequential(nn.Conv2d(3, 8, 1), nn.PReLU(8)).double()
    split = GradSplit(net, PAPER, ["1"], mode="feature")
    with pytest.raises(NotExactError, match="only parameters, buffers and numbers"):
        split.backward({"pose": net(small_net()[1]).sum()})
