"""Which sample of a mixed batch may teach which channel."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from gradsplit.engine.batch_tasks import BatchTasks


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


def test_samples_of_a_task_are_taken_where_they_lie():
    may_update = np.eye(3, dtype=bool)
    batch = torch.arange(5.0)
    for ids in ([0, 0, 1, 2, 2], [2, 0, 1, 0, 2]):
        parts = BatchTasks(np.array(ids), may_update).parts
        taken = {
            int(np.flatnonzero(part.may_update)[0]): part.take(batch).tolist() for part in parts
        }
        assert taken == {task: [n for n in range(5) if ids[n] == task] for task in range(3)}
