import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from gradsplit.engine.selection import Selection


@given(st.lists(st.booleans(), min_size=1, max_size=12), st.integers(0, 2))
def test_selecting_keeps_what_is_allowed_and_zeroes_the_rest(allowed, dim):
    shape = [2, 3, 2]
    shape[dim] = len(allowed)
    gradient = torch.randn(shape)
    before = gradient.clone()
    ones = [1, 1, 1]
    ones[dim] = len(allowed)
    where = np.array(allowed).reshape(ones)
    selection = Selection.of(where)
    wanted = torch.where(torch.from_numpy(where), gradient, 0)
    assert selection.apply(gradient).equal(wanted)
    total = torch.ones(shape)
    selection.add_to(total, gradient)
    assert total.equal(1 + wanted)
    assert gradient.equal(before)


def test_two_dimensions_and_what_is_not_finite():
    where = np.array([[True, False], [False, True]])
    gradient = torch.tensor([[1.0, float("inf")], [float("nan"), 4.0]])
    selection = Selection.of(where)
    assert selection.dim is None
    assert selection.apply(gradient).tolist() == [[1, 0], [0, 4]]


def test_everything_allowed_costs_nothing():
    gradient = torch.randn(3, 2)
    assert Selection.of(np.ones((3, 1), dtype=bool)).apply(gradient) is gradient
