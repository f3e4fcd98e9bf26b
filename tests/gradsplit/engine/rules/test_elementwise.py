"""Scales and tables in a mixed batch."""

import pytest
import torch
from torch import nn

from gradsplit.errors import NotExactError
from tests.gradsplit.engine.split_examples import TWO_IDS, four, sequential_split


def test_a_parameter_with_elements_of_its_own_along_the_samples_is_refused():
    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(3, 4)

        def forward(self, value):
            return (
                value @ torch.ones(3, 4).double() + self.linear.weight[:, :1].t().expand(4, 4).t()
            )

    model, split = sequential_split(Own())
    with pytest.raises(NotExactError, match="of its own along the samples"), split.samples(TWO_IDS):
        model(four(3))
