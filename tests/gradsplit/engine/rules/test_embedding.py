"""Embeddings."""

import pytest
import torch
from torch import nn

from gradsplit import check_exact
from gradsplit.errors import NotExactError
from tests.gradsplit.engine.split_examples import TWO, TWO_IDS, sequential_split


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


class TiedLinear(nn.Module):
    """A table of as many words as features that has the owners of a linear layer: one a word."""

    def __init__(self):
        super().__init__()
        self.linear, self.words = nn.Linear(6, 6), nn.Embedding(6, 6)
        self.words.weight = self.linear.weight

    def forward(self, ids):
        return self.linear(self.words(ids).tanh())


def test_a_table_with_owners_along_its_words_is_exact_but_for_mixed_batches():
    model = nn.Sequential(TiedLinear()).double()
    losses = {"a": lambda y: y.sin().sum(), "b": lambda y: y.cos().sum()}
    ids = torch.randint(6, (4, 3))
    assert check_exact(model, TWO, ids, losses, ["0"]).exact
    with pytest.raises(NotExactError, match=r"do not lie along .*embedding"):
        check_exact(model, TWO, ids, losses, ["0"], task_ids=TWO_IDS)


def test_an_embedding_that_rewrites_its_weight_is_refused_in_a_mixed_batch():
    model, split = sequential_split(nn.Embedding(5, 4, max_norm=1.0))
    with pytest.raises(NotExactError, match="max_norm rewrites"), split.samples(TWO_IDS):
        model(torch.tensor([0, 1, 2, 3]))
    with split.task("a"):
        model(torch.tensor([0, 1, 2, 3])).sum().backward()
    assert (model[0].weight.grad[:, 2:] == 0).all()
