from collections import Counter, namedtuple
from itertools import islice

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gradsplit.errors import TaskSetError
from gradsplit.training.batches import endless_batches, select, to_device

CPU = torch.device("cpu")


def drawn(count, size, batches, seed=0, task="a"):
    source = endless_batches(torch.arange(count), torch.arange(count) * 10, size, seed, task)
    return list(islice(source, batches))


@given(st.integers(1, 12), st.integers(1, 30), st.integers(0, 5))
def test_every_pass_shows_every_sample_once(count, size, seed):
    batches = drawn(count, size, count, seed)
    shown = torch.cat([inputs for inputs, _ in batches])
    assert {len(inputs) for inputs, _ in batches} == {size}
    assert all(torch.equal(target, inputs * 10) for inputs, target in batches)
    # count batches of `size` are exactly `size` passes.
    for start in range(0, len(shown), count):
        assert sorted(shown[start : start + count].tolist()) == list(range(count))
    assert set(Counter(shown.tolist()).values()) == {size}


def test_the_order_depends_on_seed_and_task_alone():
    def first(**which):
        return drawn(50, 50, 1, **which)[0][0]

    assert torch.equal(first(seed=1, task="a"), first(seed=1, task="a"))
    assert not torch.equal(first(seed=1, task="a"), first(seed=2, task="a"))
    assert not torch.equal(first(seed=1, task="a"), first(seed=1, task="b"))
    assert not torch.equal(*[inputs for inputs, _ in drawn(50, 50, 2)])


def test_no_samples_is_an_error():
    with pytest.raises(TaskSetError, match="`a` has no training samples"):
        drawn(0, 2, 1)


def test_select_reaches_into_targets():
    target = {"points": torch.arange(6).view(3, 2), "seen": [torch.arange(3)]}
    chosen = select(target, torch.tensor([2, 0]))
    assert chosen["points"].tolist() == [[4, 5], [0, 1]]
    assert chosen["seen"][0].tolist() == [2, 0]


def test_to_device_keeps_structure():
    kind = namedtuple("kind", "one two")
    value = {"a": [torch.zeros(1), (torch.ones(1), "x")], "b": kind(torch.zeros(2), None)}
    moved = to_device(value, CPU)
    assert isinstance(moved["a"], list)
    assert moved["a"][1] == (torch.ones(1), "x")
    assert isinstance(moved["b"], kind)
    assert to_device(torch.zeros(1), torch.device("meta")).is_meta
