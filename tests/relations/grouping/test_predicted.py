"""Gains of groups that nobody trained."""

import numpy as np
import pytest

from relations.errors import GroupingError
from relations.grouping.predicted import Predictor, every_group, measured_groups

NAN = np.nan
PAIRS = np.array([[NAN, 0.2, -0.1], [0.4, NAN, 0.3], [-0.2, 0.0, NAN]])
MEASURED = {
    ("a", "b"): np.array([0.4, 0.2]),
    ("a", "c"): np.array([-0.2, -0.1]),
    ("b", "c"): np.array([0.0, 0.3]),
}


def test_the_mean_over_partners():
    predictor = Predictor(PAIRS)
    assert predictor.gains([0, 1, 2]) == pytest.approx([0.1, 0.1, 0.1])
    assert predictor.gains([0, 1]) == pytest.approx([0.4, 0.2])
    assert predictor.gains([2]).tolist() == [0.0]


def test_the_sum_of_effects():
    assert Predictor(PAIRS, rule="sum").gains([0, 1, 2]) == pytest.approx([0.2, 0.2, 0.2])


def test_values_that_are_no_differences():
    """Losses: pairs hold the loss itself, and the sum adds up differences to the loss alone."""
    losses, alone = np.array([[NAN, 2.0], [3.0, NAN]]), np.array([2.5, 1.0])
    assert Predictor(losses, alone).gains([0, 1]) == pytest.approx([3.0, 2.0])
    assert Predictor(losses, alone, "sum").gains([0, 1]) == pytest.approx([3.0, 2.0])
    three = np.array([[NAN, 2.0, 1.0], [3.0, NAN, 1.0], [2.0, 1.5, NAN]])
    assert Predictor(three, np.array([2.5, 1.0, 1.0]), "sum").gains([0, 1, 2]) == pytest.approx(
        [2.5, 2.5, 1.0]
    )


def test_every_group_is_there_and_says_whether_it_was_measured():
    whole = {**MEASURED, ("a", "b", "c"): np.array([0.5, 0.6, 0.7])}
    candidates = {str(one): one for one in every_group("abc", MEASURED)}
    assert sorted(candidates) == ["a", "a+b", "a+b+c", "a+c", "b", "b+c", "c"]
    assert candidates["a"].values == (0.0,)
    assert candidates["a+b"].values == (0.4, 0.2)
    assert [str(one) for one in candidates.values() if not one.measured] == ["a+b+c"]
    trained = {str(one): one for one in every_group("abc", whole)}["a+b+c"]
    assert (trained.values, trained.measured) == ((0.5, 0.6, 0.7), True)
    assert "a+b+c" not in map(str, every_group("abc", MEASURED, largest=2))


def test_groups_with_an_unknown_pair_are_left_out_unless_they_were_trained():
    known = {group: gains for group, gains in MEASURED.items() if group != ("a", "c")}
    assert "a+b+c" not in map(str, every_group("abc", known))
    assert "a+b+c" in map(str, every_group("abc", {**known, ("a", "b", "c"): np.zeros(3)}))
    assert sorted(map(str, measured_groups("abc", known))) == ["a", "a+b", "b", "b+c", "c"]


def test_what_was_trained_and_has_no_change_is_not_predicted():
    lost = {**MEASURED, ("a", "b", "c"): np.full(3, NAN)}
    assert "a+b+c" not in map(str, every_group("abc", lost))
    assert not Predictor.of_groups("abc", lost).knows([0, 1, 2])
    assert Predictor.of_groups("abc", MEASURED).knows([0, 1, 2])


def test_a_rule_that_there_is_not():
    with pytest.raises(GroupingError, match="'mean' or 'sum', got 'max'"):
        Predictor(PAIRS, rule="max")  # type: ignore[arg-type]
