"""With gradient checkpointing."""

import gc
from contextlib import contextmanager

import pytest
import torch
from torch.utils.checkpoint import checkpoint, create_selective_checkpoint_contexts

from gradsplit.engine.split import GradSplit
from gradsplit.errors import GradSplitError, NotExactError
from tests.gradsplit.engine.split_examples import (
    IDS,
    LOSSES,
    PAPER,
    SPLIT,
    TASKS,
    SmallNet,
    furthest,
    gradients,
    losses_of,
    mixed_losses,
    reference,
)


class Checkpointed(SmallNet):
    """The block used twice is not kept but computed again."""

    def __init__(self) -> None:
        super().__init__()
        self.options = {"use_reentrant": False}

    def features(self, images):
        hidden = self.norm(self.conv(self.stem(images).relu())).relu_()
        hidden = checkpoint(lambda h: self.block(h + self.block(h)), hidden, **self.options)
        return self.layer_norm(self.linear(hidden.mean((2, 3)))).relu()


@contextmanager
def refused(match):
    """An error inside a checkpointed part, forgotten at once.

    Before torch 2.12 its traceback holds the hooks of that part, which stay on until it is gone.
    """
    with pytest.raises(NotExactError, match=match) as raised:
        yield
    del raised
    gc.collect()


def checkpointed():
    torch.manual_seed(0)
    return Checkpointed().double(), torch.randn(8, 3, 6, 6, dtype=torch.float64)


def test_checkpointing_in_every_regime():
    model, images = checkpointed()
    split = GradSplit(model, PAPER, SPLIT)
    model.options["context_fn"] = split.checkpoint_context
    wanted = reference(split, model, losses_of(model, images))
    split.backward(losses_of(model, images))
    assert furthest(gradients(model), wanted) < 1e-12
    for task in TASKS:
        with split.task(task):
            LOSSES[task](model(images)).backward()
    assert furthest(gradients(model), wanted) < 1e-12
    wanted = reference(split, model, mixed_losses(model(images)))
    with split.samples(IDS):
        output = model(images)
    sum(mixed_losses(output).values()).backward()
    assert furthest(gradients(model), wanted) < 1e-12


def test_checkpointing_that_a_mixed_batch_cannot_see_is_refused():
    model, images = checkpointed()
    split = GradSplit(model, PAPER, SPLIT)
    with refused(r"context_fn=split.checkpoint_context"), split.samples(IDS):
        model(images)
    model.options = {"use_reentrant": True}
    with split.samples(IDS):
        output = model(images)
    with pytest.raises(GradSplitError, match="checkpoint_context"):
        sum(mixed_losses(output).values()).backward()


def test_reentrant_checkpointing_one_task_at_a_time_and_refused_for_several():
    model, images = checkpointed()
    split = GradSplit(model, PAPER, SPLIT)
    wanted = reference(split, model, losses_of(model, images))
    model.options = {"use_reentrant": True}
    for task in TASKS:
        with split.task(task):
            LOSSES[task](model(images)).backward()
    assert furthest(gradients(model), wanted) < 1e-12
    with pytest.raises(NotExactError, match="use_reentrant=False"):
        split.backward(losses_of(model, images))


def test_a_checkpointed_mixed_batch_can_be_propagated_twice():
    model, images = checkpointed()
    split = GradSplit(model, PAPER, SPLIT, audit=False)
    model.options["context_fn"] = split.checkpoint_context
    with split.samples(IDS):
        loss = sum(mixed_losses(model(images)).values())
    loss.backward(retain_graph=True)
    once = gradients(model)
    loss.backward()
    assert furthest(gradients(model), once) < 1e-12


def selective():
    """Contexts of torch that keep convolutions and recompute the rest."""
    keep = [torch.ops.aten.convolution.default]
    return create_selective_checkpoint_contexts(keep)


def test_selective_checkpointing():
    """Refused by `backward`; in a mixed batch beside the split's own contexts."""
    model, images = checkpointed()
    split = GradSplit(model, PAPER, SPLIT)
    model.options["context_fn"] = selective
    with pytest.raises(NotExactError, match="Selective checkpointing"):
        split.backward(losses_of(model, images))
    with refused("context_fn=split"), split.samples(IDS):
        model(images)

    @contextmanager
    def both(one, other):
        with one, other:
            yield

    model.options["context_fn"] = lambda: tuple(
        both(*pair) for pair in zip(selective(), split.checkpoint_context(), strict=True)
    )
    model.zero_grad()
    with split.samples(IDS, audit=False):
        output = model(images)
    sum(mixed_losses(output).values()).backward()
    found = gradients(model)
    model.options = {"use_reentrant": False}
    wanted = reference(split, model, mixed_losses(model(images)))
    assert furthest(found, wanted) < 1e-12
