"""Loss weights relative to each other."""

import math

import pytest

from gradsplit.studies.comparison.weight_space import (
    loudness_undone,
    normalised,
    turned_up,
    uphill,
)

EQUAL = {"pose": 1.0, "reid": 1.0, "depth": 1.0}


@pytest.mark.parametrize("scale", [1e-6, 0.3, 1.0, 7.0])
def test_a_common_factor_does_not_count(scale: float) -> None:
    weights = {"pose": 0.2, "reid": 1.1, "depth": 4.0}
    assert normalised({task: scale * weight for task, weight in weights.items()}) == normalised(
        weights
    )


def test_equal_weights_are_none() -> None:
    assert normalised(dict.fromkeys(EQUAL, 0.2)) == {}


@pytest.mark.parametrize("silent", [0.0, math.inf, math.nan])
def test_a_task_that_is_not_heard_has_no_weight(silent: float) -> None:
    assert loudness_undone({"pose": 1.0, "reid": silent}) is None


def test_all_tasks_turned_up_in_turn_are_where_they_were() -> None:
    weights = EQUAL
    for task in EQUAL:
        weights = turned_up(weights, task, 3.0)
    assert weights == pytest.approx(EQUAL, rel=0.02) or weights == {}


def test_uphill_moves_a_weight_at_most_by_the_factor() -> None:
    moved = uphill(EQUAL, {"pose": 0.3, "reid": 0.0, "depth": -0.1}, 3.0)
    assert moved["pose"] > moved["reid"] > moved["depth"]
    most = max(abs(math.log(weight / moved["reid"])) for weight in moved.values())
    assert most < 2 * math.log(3.0)


def test_uphill_a_diverged_move_counts_as_the_worst_of_the_others() -> None:
    gains = {"pose": 0.3, "reid": 0.0, "depth": -math.inf}
    assert uphill(EQUAL, gains, 3.0) == uphill(EQUAL, {**gains, "depth": 0.0}, 3.0)


def test_uphill_nothing_moves_where_all_are_alike() -> None:
    assert uphill({"pose": 1.5, "reid": 0.5}, {"pose": 0.1, "reid": 0.1}, 3.0) == {
        "pose": 1.5,
        "reid": 0.5,
    }
