"""Embeddings."""

import pytest
import torch
from torch import nn

from gradsplit.errors import (
    NotExactError,
)
from tests.gradsplit.engine.split_examples import (
    TWO_IDS,
    sequential_split,
)


@pytest.mark.filterwarnings("ignore:Sparse invariant checks")
def test_sparse_embeddings_work_one_task_at_a_time_and_are_refused_in_mixed_batches():
    model, split = sequential_split(nn.Embedding(6, 4, sparse=True))
    ids = torch.tensor([0, 1, 1, 5])
    with split.task("a"):
        model(ids).sum().backward()
    dense = model[0].weight.grad.to_dense()
    assert (dense[:, 2:] == 0).all()
    assert dense[:, 0].tolist() == [1, 2, 0, 0, 0, 1]
    model.zero_grad()
    output = model(ids)
    split.backward({"a": output.sum(), "b": output.square().sum()})
    assert (model[0].weight.grad.to_dense()[[0, 1, 5]] != 0).all()
    with pytest.raises(NotExactError, match="sparse=True"), split.samples(TWO_IDS):
        model(ids)
