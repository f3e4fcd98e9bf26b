import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from gradsplit.engine.batch_tasks import BatchTasks
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


@given(st.data())
def test_a_batch_loses_the_channels_that_a_sample_may_not_teach(data):
    tasks, samples, channels = 3, data.draw(st.integers(1, 7)), data.draw(st.integers(1, 5))
    ids = np.array(data.draw(st.lists(st.integers(0, 2), min_size=samples, max_size=samples)))
    rows = st.lists(st.booleans(), min_size=tasks, max_size=tasks)
    may_update = np.array(data.draw(st.lists(rows, min_size=tasks, max_size=tasks)))
    owner = np.array(data.draw(st.lists(st.integers(0, 2), min_size=channels, max_size=channels)))
    tasks_of_batch = BatchTasks(ids, may_update)
    batch = torch.randn(samples, 2, channels)
    wanted = batch.clone()
    for sample in range(samples):
        for channel in range(channels):
            if not may_update[ids[sample], owner[channel]]:
                wanted[sample, :, channel] = 0
    assert tasks_of_batch.select(batch, owner, 2, 0).equal(wanted)
    flipped = tasks_of_batch.select(batch.transpose(0, 2), owner, 0, 2)
    assert flipped.equal(wanted.transpose(0, 2))
    assert sum(part.length for part in tasks_of_batch.parts) == samples
    assert tasks_of_batch.all_allowed(owner) == wanted.equal(batch)
