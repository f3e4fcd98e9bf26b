"""What cannot be had is refused before anything is measured; many tasks know what was."""

from itertools import combinations

import numpy as np
import pytest

from relations.errors import GroupingError
from relations.grouping.asked import Asked


def tasks(size: int) -> tuple[str, ...]:
    return tuple(f"t{at}" for at in range(size))


@pytest.mark.parametrize(
    ("size", "asked", "message"),
    [
        (12, {"networks": 2, "largest": 3}, "No grouping obeys"),
        (16, {"networks": 3, "apart": (("t0", "t1"),)}, "With more than 15 tasks"),
        (12, {"budget": 4, "small": 0.333, "small_gains": {}}, "Round the costs"),
        (3, {"budget": float("inf")}, "must be a finite number"),
    ],
)
def test_what_cannot_be_had_is_refused_at_once(size, asked, message):
    with pytest.raises(GroupingError, match=message):
        Asked(**asked).check(tasks(size))


@pytest.mark.parametrize(
    ("size", "asked"),
    [
        (
            2,
            {"budget": 0.6, "small": 0.3, "small_gains": {}},
        ),  # two small networks, none of full size
        (2, {"budget": 1, "small": 0.5, "small_gains": {}, "apart": (("t0", "t1"),)}),
        (3, {"networks": 10**9}),
        (16, {"networks": 2, "together": (("t0", "t1"),)}),
    ],
)
def test_what_can_be_had_is_not_refused(size, asked):
    Asked(**asked).check(tasks(size))


def measured(size: int, **larger: float) -> dict[tuple[str, ...], np.ndarray]:
    drawn = np.random.default_rng(0)
    groups = {pair: drawn.normal(0, 0.05, 2) for pair in combinations(tasks(size), 2)}
    return groups | {tasks(size): np.full(size, gain) for gain in larger.values()}


def test_the_search_takes_what_was_measured_for_what_pairs_say():
    best = Asked(networks=2).best(tasks(16), measured(16, together=0.8))
    assert best is not None
    assert [network.tasks for network in best.networks] == [tasks(16)]
    assert (best.measured, best.exact) == (True, False)


def test_the_search_does_not_believe_in_what_was_measured_to_be_bad():
    best = Asked(networks=1).best(tasks(16), measured(16))
    assert best is not None
    assert not best.measured
    bad = Asked(networks=1).best(tasks(16), measured(16, together=-0.8))
    assert bad is not None
    assert bad.total == pytest.approx(-0.8 * 16)


def test_only_trained_networks_where_nothing_is_to_be_predicted():
    groups = measured(5)
    predicted = Asked(networks=2).best(tasks(5), groups)
    assert predicted is not None
    assert not predicted.measured
    trained = Asked(networks=4, predict=False).best(tasks(5), groups)
    assert trained is not None
    assert trained.measured
