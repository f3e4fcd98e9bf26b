"""A batch is divided without a sample lost, or refused."""

from itertools import chain

import pytest
import torch

from gradsplit.errors import GradSplitError
from gradsplit.training.team.parts import count_of, part_of, whole


@pytest.mark.parametrize("size", [1, 2, 3, 7])
@pytest.mark.parametrize("count", [7, 8, 20])
def test_parts_are_all_samples_in_order(count, size):
    parts = [list(range(count))[part_of(count, rank, size)] for rank in range(size)]
    assert list(chain(*parts)) == list(range(count))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_samples_of_a_structure_are_counted():
    assert count_of({"image": torch.zeros(4, 2), "more": (torch.zeros(4),)}, 2, "pose") == 4


@pytest.mark.parametrize(
    "inputs",
    [(torch.zeros(4, 2), torch.zeros(3)), {"a": torch.zeros(4), "b": "words"}, torch.tensor(1.0)],
    ids=["other lengths", "no tensor", "a number"],
)
def test_what_cannot_be_divided_is_refused(inputs):
    with pytest.raises(GradSplitError, match="Inputs of `pose` cannot be divided"):
        count_of(inputs, 2, "pose")


def test_too_few_samples_are_refused():
    with pytest.raises(GradSplitError, match="has 2 samples, too few for 3 processes"):
        count_of(torch.zeros(2, 5), 3, "pose")


@pytest.mark.parametrize("output", [torch.zeros(3, 2), (torch.zeros(2), torch.tensor(1.0)), [1.0]])
def test_outputs_without_samples_first_are_refused(output):
    with pytest.raises(GradSplitError, match="Outputs of `pose` cannot be put together"):
        whole(output, slice(0, 2), 4, 2, "pose")
