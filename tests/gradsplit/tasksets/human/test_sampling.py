from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradsplit.errors import TaskSetError
from gradsplit.tasksets.human.sampling import by_identity, passes


def drawn(batches, number):
    return list(islice(batches, number))


@given(st.integers(1, 20), st.integers(1, 30), st.integers(0, 99))
def test_every_pass_holds_every_sample_once(count, batch_size, seed):
    batches = drawn(passes(count, batch_size, np.random.default_rng(seed)), count)
    assert {len(batch) for batch in batches} == {batch_size}
    # `count` batches are `batch_size` passes exactly.
    assert np.bincount(np.concatenate(batches)).tolist() == [batch_size] * count


@given(
    st.lists(st.integers(1, 9), min_size=2, max_size=12),
    st.integers(1, 24),
    st.integers(1, 5),
    st.integers(0, 99),
)
def test_batches_of_identities(sizes, batch_size, each, seed):
    identities = np.repeat(np.arange(len(sizes)) * 7 + 3, sizes)
    shuffled = np.random.default_rng(seed).permutation(identities)
    batches = by_identity(shuffled, batch_size, np.random.default_rng(seed), each=each)
    people = min(-(-batch_size // each), len(sizes))
    together = -(-batch_size // people)
    seen = np.zeros(len(shuffled), int)
    for batch in drawn(batches, 20):
        assert len(batch) == batch_size
        np.add.at(seen, batch, 1)
        who = shuffled[batch]
        # Side by side, `together` of each, only the last identity fewer.
        runs = np.flatnonzero(np.diff(who)) + 1
        counts = np.diff([0, *runs, batch_size])
        assert len(counts) == len(set(who)) <= people
        assert (counts[:-1] == together).all()
        assert counts[-1] <= together
        for person in set(who):
            pictures = batch[who == person]
            if (shuffled == person).sum() >= together:
                assert len(set(pictures)) == len(pictures)


def test_all_identities_and_all_their_pictures_are_used_alike():
    identities = np.repeat(np.arange(6), [4, 5, 6, 7, 8, 10])
    batches = by_identity(identities, 8, np.random.default_rng(0))
    chosen = np.concatenate(drawn(batches, 300))
    by_person = np.bincount(identities[chosen])
    assert by_person.tolist() == [400] * 6
    for person in range(6):
        counts = np.bincount(chosen, minlength=len(identities))[identities == person]
        assert counts.max() - counts.min() <= 2


def test_the_same_generator_draws_the_same():
    identities = np.repeat(np.arange(5), 6)
    for order in (
        lambda rng: by_identity(identities, 8, rng),
        lambda rng: passes(30, 8, rng),
    ):
        one, same, other = (drawn(order(np.random.default_rng(seed)), 5) for seed in (0, 0, 1))
        assert np.array_equal(one, same)
        assert not np.array_equal(one, other)


def test_nothing_to_draw_from_is_refused():
    with pytest.raises(TaskSetError, match="no training samples"):
        next(passes(0, 2, np.random.default_rng(0)))
    with pytest.raises(TaskSetError, match="two identities"):
        next(by_identity(np.zeros(5, int), 4, np.random.default_rng(0)))
