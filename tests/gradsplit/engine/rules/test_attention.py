"""Attention in a mixed batch."""

import pytest
from torch import nn

from gradsplit.errors import NotExactError
from tests.gradsplit.engine.split_examples import TWO_IDS, four, sequential_split


def test_attention_across_samples_is_refused():
    class Attend(nn.Module):
        def __init__(self):
            super().__init__()
            self.attention = nn.MultiheadAttention(4, 1)

        def forward(self, value):
            return self.attention(value, value, value)[0]

    model, split = sequential_split(Attend())
    with pytest.raises(NotExactError, match="attend to each other"), split.samples(TWO_IDS):
        model(four(5, 4))
    with pytest.raises(NotExactError, match="attend to each other"), split.samples(TWO_IDS):
        model(four(4))
    # As many positions as samples, positions first: every other layer would take them for samples.
    with pytest.raises(NotExactError, match="which is which"), split.samples(TWO_IDS):
        model(four(4, 4))
