"""Layers that couple samples are refused in a mixed batch, where they do harm."""

import pytest
from torch import nn

from gradsplit.engine.split import GradSplit
from gradsplit.errors import NotExactError
from tests.gradsplit.engine.split_examples import (
    IDS,
    PAPER,
    SPLIT,
    TWO_IDS,
    four,
    furthest,
    gradients,
    losses_of,
    reference,
    sequential_split,
    small_net,
)


def test_batch_statistics_above_the_split_are_refused_below_they_are_not():
    model, split = sequential_split(nn.Linear(3, 4), nn.ReLU(), nn.BatchNorm1d(4))
    with pytest.raises(NotExactError, match="inside or above the split"), split.samples(TWO_IDS):
        model(four(3))
    model.eval()
    with split.samples(TWO_IDS):
        model(four(3)).sum().backward()
    model, split = sequential_split(nn.BatchNorm1d(3), nn.Linear(3, 4), modules=["1"])
    with split.samples(TWO_IDS):
        model(four(3)).sum().backward()


def test_batch_statistics_do_no_harm_when_all_samples_share_a_row():
    model, split = sequential_split(nn.Linear(3, 4), nn.BatchNorm1d(4), modules=["0", "1"])
    with split.samples([1, 1, 1, 1]):
        model(four(3)).square().sum().backward()
    assert (model[0].weight.grad[:2] == 0).all()


def test_synchronised_batch_norm_inside_is_refused():
    _, split = sequential_split(nn.Linear(3, 4), nn.SyncBatchNorm(4), modules=["0", "1"])
    with pytest.raises(NotExactError, match=r"`1` \(SyncBatchNorm\)"), split.samples(TWO_IDS):
        pass


def test_training_mode_batch_norm_inside_the_split_is_refused_for_mixed_batches_only():
    model, images = small_net(norm=nn.BatchNorm2d)
    split = GradSplit(model, PAPER, SPLIT)
    with pytest.raises(NotExactError, match=r"`norm` \(BatchNorm2d\)"), split.samples(IDS):
        pass
    wanted = reference(split, model, losses_of(model, images))
    split.backward(losses_of(model, images))
    assert furthest(gradients(model), wanted) < 1e-12
