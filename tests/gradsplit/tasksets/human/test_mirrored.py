"""Pictures judged with their mirror image: exact where a network treats both alike."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from gradsplit.tasksets.human.mirrored import with_mirror
from gradsplit.tasksets.human.records import (
    AttributeRecords,
    ParsingRecords,
    PoseRecords,
    ReidRecords,
)

IMAGES = torch.randn(2, 3, 6, 4, generator=torch.Generator().manual_seed(0))
SWAP = np.array([0, 2, 1])  # the middle, and a left and a right one


def of(kind, **known):
    """Records of which only what is asked for is there."""
    records = kind.__new__(kind)
    for name, value in known.items():
        object.__setattr__(records, name, value)
    return records


def one_sided(inputs):
    """Maps [N, 3, H, W]: something in the middle, left edges, right edges; a mirror swaps two."""
    left = inputs[:, :1].roll(1, -1) - inputs[:, :1]
    right = inputs[:, :1].roll(-1, -1) - inputs[:, :1]
    return torch.cat([inputs[:, 1:2], left, right], dim=1)


@pytest.mark.parametrize("kind", [PoseRecords, ParsingRecords])
def test_maps_are_turned_back_and_sides_exchanged(kind):
    both = with_mirror(one_sided, of(kind, mirrored=SWAP))
    torch.testing.assert_close(both(IMAGES), one_sided(IMAGES))
    not_exchanged = with_mirror(one_sided, of(kind, mirrored=np.arange(3)))
    assert not torch.allclose(not_exchanged(IMAGES), one_sided(IMAGES))


def test_maps_are_the_mean():
    def where(inputs):
        return inputs[:, :1] * torch.arange(4.0)

    both = with_mirror(where, of(PoseRecords, mirrored=np.array([0])))
    torch.testing.assert_close(both(IMAGES), IMAGES[:, :1] * 1.5)


def test_logits_are_averaged_and_embeddings_have_length_1():
    def first_column(inputs):
        return inputs[..., 0].flatten(1)

    mean = with_mirror(first_column, of(AttributeRecords))(IMAGES)
    torch.testing.assert_close(mean, (IMAGES[..., 0] + IMAGES[..., -1]).flatten(1) / 2)
    embedded = with_mirror(first_column, of(ReidRecords))(IMAGES)
    torch.testing.assert_close(embedded, F.normalize(mean))
