"""The share of a harm that an intervention removes, with its uncertainty."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.diagnosis.removed_harm import (
    KEEPS,
    REMOVES,
    UNDECIDED,
    Removed,
    ahead,
    log_ratio,
    removed_harm,
)
from relations.errors import ScoreError

HARM = np.log([0.80, 0.82, 0.79, 0.81])
GONE = np.array([0.10, 0.12, 0.09, 0.11])


def test_shares_of_known_size() -> None:
    found = removed_harm(HARM, {"all": 0 * HARM, "half": HARM / 2, "none": HARM, "worse": 2 * HARM})
    assert [one.share for one in found.values()] == pytest.approx([1, 0.5, 0, -1])
    verdicts = {name: one.verdict for name, one in found.items()}
    assert verdicts == {"all": "removes", "half": "undecided", "none": "keeps", "worse": "keeps"}


def test_noise_is_undecided_and_says_how_many_seeds_it_takes() -> None:
    after = HARM * [0.0, 0.9, -0.5, 0.7]
    found = removed_harm(HARM, {"noisy": after})["noisy"]
    assert found.verdict == "undecided"
    assert found.lower < 0.5 < found.upper
    assert found.seeds_to_decide is not None
    assert found.seeds_to_decide > 4


def test_one_seed_decides_nothing() -> None:
    found = removed_harm(HARM[:1], {"all": 0 * HARM[:1]})["all"]
    assert (found.verdict, found.seeds_to_decide) == ("undecided", None)


@given(st.lists(st.floats(-0.5, 0.5), min_size=4, max_size=4))
def test_the_verdict_is_read_from_the_interval(after: list[float]) -> None:
    found = removed_harm(HARM, {"one": np.array(after), "other": HARM})["one"]
    assert {"removes": found.lower > 0.5, "keeps": found.upper < 0.5}.get(found.verdict, True)
    if found.lower == found.lower:
        assert found.lower <= found.share + 1e-12 and found.share <= found.upper + 1e-12


def test_the_interval_is_of_a_ratio_of_two_uncertain_means() -> None:
    # A share of exactly 0.8 in every seed is 0.8, however much the harm itself varies.
    harm = np.log([0.6, 0.8, 0.75, 0.9])
    found = removed_harm(harm, {"one": 0.2 * harm})["one"]
    assert (found.lower, found.upper) == pytest.approx((0.8, 0.8))
    assert found.verdict == "removes"


def test_where_the_harm_may_be_nothing_the_interval_has_no_end() -> None:
    harm = np.array([-0.30, -0.10, 0.05, -0.12])
    found = removed_harm(harm, {"one": harm + GONE})["one"]
    assert (found.lower, found.upper, found.verdict) == (-np.inf, np.inf, UNDECIDED)
    # More than half of it is gone if there is any, but not how much.
    surely = removed_harm(harm, {"one": 0.5 * harm + GONE})["one"]
    assert 0.5 < surely.lower < surely.share < surely.upper == np.inf
    assert surely.verdict == REMOVES


def test_directions_of_scores() -> None:
    assert log_ratio([2.0], [1.0], higher=True) == pytest.approx(np.log(2))
    assert log_ratio([2.0], [1.0], higher=False) == pytest.approx(-np.log(2))
    assert log_ratio([-2.0], [-1.0], higher=True) == pytest.approx(-np.log(2))
    with pytest.raises(ScoreError, match="keep their sign"):
        log_ratio([0.1, -0.1], [1.0, 1.0], higher=True)


@pytest.mark.parametrize(
    ("share", "said"),
    [(0.5, REMOVES), (0.49, KEEPS), (-2.0, KEEPS), (1.4, REMOVES), (np.nan, UNDECIDED)],
)
def test_by_the_mean_half_of_the_harm_decides(share: float, said: str) -> None:
    assert Removed(share, -9.0, 9.0, UNDECIDED, 3).by_mean == said


def test_intervals_widen_with_the_number_of_interventions() -> None:
    after = HARM * [0.3, 0.1, 0.2, 0.25]
    alone = removed_harm(HARM, {"a": after})["a"]
    beside = removed_harm(HARM, {"a": after, "b": HARM * [0.9, 0.2, 0.5, 0.4]})["a"]
    assert beside.share == pytest.approx(alone.share)
    assert beside.upper - beside.lower > alone.upper - alone.lower


def test_ahead_needs_the_whole_interval_above_zero() -> None:
    # Standard error .0313, and t of 3 degrees of freedom 3.18: half of the interval is .0995.
    spread = np.array([-0.0707, -0.0294, 0.0294, 0.0707])
    assert ahead(0.101 + spread)
    assert not ahead(0.098 + spread)
    assert not ahead(-0.5 + spread)
