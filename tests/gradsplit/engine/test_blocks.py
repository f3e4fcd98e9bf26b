"""Weight gradients by blocks are those of a masked copy of the output gradient."""

from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from gradsplit.engine import blocks as blocks_module
from gradsplit.engine.batch_tasks import BatchTasks
from gradsplit.engine.blocks import blocks_of, by_blocks
from gradsplit.engine.reference import check_exact
from gradsplit.engine.rules import conv as conv_rule
from gradsplit.engine.rules import linear as linear_rule
from gradsplit.engine.split import GradSplit
from relations.mask import GradientMask
from tests.gradsplit.engine.split_examples import IDS, PAPER, TASKS


@pytest.fixture
def always(monkeypatch):
    """Go by blocks however small they are."""
    monkeypatch.setattr(blocks_module, "_LEAST_CHANNELS", 1)
    monkeypatch.setattr(blocks_module, "_LEAST_ELEMENTS", 1)


class Positions(nn.Module):
    """Turns [N, C, L] into [N, L, C]."""

    def forward(self, value):
        return value.transpose(1, 2)


LAYERS = {
    "linear": (nn.Linear(6, 9), (8, 6)),
    "linear with positions": (nn.Linear(6, 9, bias=False), (8, 3, 6)),
    "transposed input": (nn.Sequential(Positions(), nn.Linear(6, 9)), (8, 6, 3)),
    "conv1d": (nn.Conv1d(6, 9, 3, dilation=2), (8, 6, 7)),
    "conv2d": (nn.Conv2d(6, 9, 3, 2, 1), (8, 6, 5, 7)),
    "channels last": (
        nn.Conv2d(6, 9, 3, padding="same").to(memory_format=torch.channels_last),  # type: ignore[call-overload]
        (8, 6, 5, 7),
    ),
    "grouped": (nn.Conv2d(6, 12, 3, groups=3), (8, 6, 5, 7)),
    "transposed convolution": (nn.ConvTranspose2d(6, 9, 3), (8, 6, 2, 3)),
    "attention": (nn.TransformerEncoderLayer(8, 2, 12, 0.0, batch_first=True), (8, 5, 8)),
    "norms": (nn.Sequential(nn.Conv2d(6, 8, 1), nn.GroupNorm(2, 8), nn.LayerNorm([8, 3, 3])),
              (8, 6, 3, 3)),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize(
    "ids", [IDS, [3, 3, 1, 1, 0, 0, 2, 2], [0, 3, 3, 1, 2, 0, 0, 1], [0, 1, 2, 3, 0, 1, 2, 3]]
)
@pytest.mark.usefixtures("always")
def test_layers_are_exact_by_blocks(name, ids):
    layer, shape = LAYERS[name]
    torch.manual_seed(0)
    losses = {task: lambda output: output.square().sum() for task in TASKS}
    check_exact(
        layer.double(), PAPER, torch.randn(shape, dtype=torch.float64), losses, [""], task_ids=ids
    )


@given(st.data())
def test_blocks_hold_each_allowed_pair_of_sample_and_channel_once(data):
    samples, channels = data.draw(st.integers(1, 7)), data.draw(st.integers(1, 9))
    lengths = data.draw(st.lists(st.integers(1, 3), min_size=samples, max_size=samples))
    starts = np.cumsum([0, *lengths[:-1]]).tolist()
    row = st.lists(st.booleans(), min_size=channels, max_size=channels)
    allowed = np.array(data.draw(st.lists(row, min_size=samples, max_size=samples)))
    stretches = list(zip(starts, lengths, strict=True))
    covered = np.zeros((sum(lengths), channels), dtype=int)
    blocks = blocks_of(allowed, stretches)
    for block in blocks:
        for start, length in block.samples:
            covered[start : start + length, block.start : block.start + block.length] += 1
    assert (covered == np.repeat(allowed, lengths, axis=0)).all()
    assert [block.start for block in blocks[1:]] == np.cumsum(
        [b.length for b in blocks[:-1]]
    ).tolist()


def tasks_and_blocks(channels):
    owner = np.arange(channels) * len(TASKS) // channels
    tasks = BatchTasks(np.array(IDS), np.asarray(PAPER.may_update))
    allowed = tasks.rows[[start for start, _ in tasks.stretches]][:, owner]
    return tasks, owner, blocks_of(allowed, tasks.stretches)


@pytest.mark.parametrize("bad", [float("inf"), float("nan")])
def test_what_is_blocked_is_not_read(bad):
    tasks, owner, blocks = tasks_and_blocks(8)
    gradient = torch.randn(8, 8, 2, 2, dtype=torch.float64)
    inputs = torch.randn(8, 3, 2, 2, dtype=torch.float64)
    gradient[torch.from_numpy(~np.asarray(PAPER.may_update)[IDS][:, owner])] = bad
    kept = tasks.select(gradient, owner, 1, 0)
    weight = torch.zeros(8, 3, 1, 1, dtype=torch.float64)
    options = ((1, 1), (0, 0), (1, 1), False, (0, 0), 1)
    compute = partial(conv_rule._weight_gradient, options=options)
    found = by_blocks(blocks, gradient, 1, [inputs], [weight], [compute])[0]
    torch.testing.assert_close(found, compute(kept, [inputs, weight]), rtol=0, atol=1e-13)
    rows, columns = (tensor.movedim(1, -1) for tensor in (gradient, inputs))
    found = linear_rule._by_blocks(blocks, rows, columns)
    wanted = kept.movedim(1, -1).flatten(0, -2).t() @ columns.flatten(0, -2)
    torch.testing.assert_close(found, wanted, rtol=0, atol=1e-13)


def test_a_block_reads_its_own_channels_of_what_was_saved():
    _, _, blocks = tasks_and_blocks(8)
    assert [block.start for block in blocks] == [0, 2, 4]

    def copied(gradient, saved):
        return saved[0]

    weight = torch.arange(16.0).reshape(8, 2)
    assert by_blocks(blocks, torch.ones(8, 8), 1, [], [weight], [copied])[0].equal(weight)


def test_channels_that_no_sample_may_teach_get_zero(always):
    mask = GradientMask.identity(list(TASKS))
    model = nn.Sequential(nn.Linear(4, 8), nn.Unflatten(1, (8, 1)), nn.Conv1d(8, 8, 1)).double()
    split = GradSplit(model, mask, modules=["0", "2"])
    with split.samples([1, 1, 3]):
        loss = model(torch.randn(3, 4, dtype=torch.float64)).square().sum()
    loss.backward()
    for parameter in model.parameters():
        assert parameter.grad is not None
        assert [bool(row.any()) for row in parameter.grad] == [False, False, True, True] * 2


def test_small_layers_and_scattered_samples_go_another_way():
    may_update = np.eye(2, dtype=bool)
    owner = np.repeat([0, 1], 64)
    gradient = torch.zeros(4, 128, 64)
    assert len(BatchTasks(np.array([0, 0, 1, 1]), may_update).blocks(owner, gradient) or ()) == 2
    assert BatchTasks(np.array([0, 1, 1, 0]), may_update).blocks(owner, gradient) is not None
    assert BatchTasks(np.array([0, 1] * 4), may_update).blocks(owner, gradient) is None
    assert BatchTasks(np.array([0, 0, 1, 1]), may_update).blocks(owner, gradient[..., 0]) is None
    fine = np.arange(128) % 2
    assert BatchTasks(np.array([0, 0, 1, 1]), may_update).blocks(fine, gradient) is None
