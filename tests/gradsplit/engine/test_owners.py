import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradsplit.engine.owners import Owners, runs
from gradsplit.errors import GradSplitError


@pytest.mark.parametrize("option", ["shares", "lists"])
def test_shares_and_lists_are_by_name(option):
    with pytest.raises(GradSplitError, match="must be a dict, such as"):
        Owners(["a", "b"], **{option: [0.5, 0.5]})


@given(st.integers(1, 20), st.integers(1, 200))
def test_equal_groups_are_contiguous_balanced_and_the_first_take_the_remainder(tasks, channels):
    owner = Owners([f"t{index}" for index in range(tasks)]).of(channels)
    counts = np.bincount(owner, minlength=tasks)
    assert (np.diff(owner) >= 0).all()
    assert counts.tolist() == sorted(counts.tolist(), reverse=True)
    assert counts.max() - counts.min() <= 1
    assert len(owner) == channels


def test_three_tasks_on_512_channels():
    assert np.bincount(Owners(["a", "b", "c"]).of(512)).tolist() == [171, 171, 170]


def test_own_shares_leave_the_rest_to_the_others():
    owners = Owners(["a", "reid", "c"], shares={"reid": 0.5})
    assert np.bincount(owners.of(8)).tolist() == [2, 4, 2]
    assert np.bincount(owners.of(7)).tolist() == [2, 3, 2]


@given(st.lists(st.floats(0.01, 1), min_size=2, max_size=6), st.integers(1, 100))
def test_shares_are_kept_to_less_than_one_channel(weights, channels):
    total = sum(weights)
    tasks = [f"t{index}" for index in range(len(weights))]
    shares = {task: weight / total for task, weight in zip(tasks, weights, strict=True)}
    counts = np.bincount(Owners(tasks, shares=shares).of(channels), minlength=len(tasks))
    assert counts.sum() == channels
    for task, count in zip(tasks, counts, strict=True):
        assert abs(count - shares[task] * channels) < 1.001


def test_own_lists_hold_for_their_width_only():
    owners = Owners(["a", "b"], lists={4: {"b": [0, 2], "a": [1, 3]}})
    assert owners.of(4).tolist() == [1, 0, 1, 0]
    assert owners.of(6).tolist() == [0, 0, 0, 1, 1, 1]
    assert owners.table(4) == "a: 1, 3\nb: 0, 2"


def test_the_same_width_has_the_same_owners_so_residual_sums_are_aligned():
    owners = Owners(["a", "b", "c"])
    assert owners.of(64) is owners.of(64)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"shares": {"x": 0.5}}, "`x` in `shares` is not a task"),
        ({"shares": {"a": 0.0}}, "must be above 0, got 0.0"),
        ({"shares": {"a": 0.5, "b": 0.6}}, "must sum to 1, got 1.1"),
        ({"shares": {"a": 1.0}}, "leave nothing for the other tasks"),
        ({"lists": {3: {"a": [0, 1]}}}, "missing \\[2\\]"),
        ({"lists": {2: {"a": [0, 1], "b": [1]}}}, "more than once \\[1\\]"),
        ({"lists": {2: {"a": [0, 1, 2]}}}, "outside \\[2\\]"),
        ({"lists": {2: {"c": [0, 1]}}}, "`c` in `owners\\[2\\]`"),
    ],
)
def test_owners_that_do_not_fit_are_refused(options, message):
    with pytest.raises(GradSplitError, match=message):
        Owners(["a", "b"], **options)


def test_all_problems_are_named_at_once():
    with pytest.raises(GradSplitError) as error:
        Owners(["a", "b"], shares={"x": 0.1, "a": -1}, lists={2: {"a": [0]}})
    assert str(error.value).count("\n- ") == 3


@given(st.lists(st.booleans(), min_size=1, max_size=30))
def test_runs_cover_exactly_what_is_chosen(chosen):
    array = np.array(chosen)
    rebuilt = np.zeros_like(array)
    for start, length in runs(array):
        rebuilt[start : start + length] = True
    assert (rebuilt == array).all()


def test_tasks_without_a_channel_are_named_unless_listed_by_hand():
    assert Owners(["a", "b", "c"]).without_channel(2) == ["c"]
    assert Owners(["a", "b"], lists={1: {"b": [0]}}).without_channel(1) == []
