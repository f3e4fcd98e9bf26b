"""What cannot be had is refused before anything is measured; many tasks know what was."""

from itertools import combinations

import numpy as np
import pytest

from relations.errors import GroupingError
from relations.grouping.asked import Asked
from relations.grouping.local_search import Rules, search
from relations.grouping.predicted import Predictor


def tasks(size: int) -> tuple[str, ...]:
    return tuple(f"t{at}" for at in range(size))


@pytest.mark.parametrize(
    ("size", "asked", "message"),
    [
        (12, {"networks": 2, "largest": 3}, "No grouping obeys"),
        (16, {"networks": 1, "apart": (("t0", "t1"),)}, "With more than 15 tasks"),
        (16, {"networks": 2, "apart": tuple(combinations(("t0", "t1", "t2"), 2))}, "a search says"),
        (20, {"budget": 5.5, "small": 0.5, "small_gains": {}, "largest": 4}, "networks leave only"),
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
        (16, {"networks": 3, "apart": (("t0", "t1"),)}),
        (16, {"budget": 2.0}),
        (18, {"budget": 7.5, "small": 0.5, "small_gains": {}, "largest": 3}),
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


RULES = [
    {"networks": 3, "apart": (("t0", "t1"), ("t0", "t2"))},
    {"networks": 4, "disjoint": True, "together": (("t2", "t3"), ("t3", "t4")), "largest": 5},
    {"networks": 4, "largest": 4, "apart": (("t0", "t1"),), "together": (("t2", "t3"),)},
    {"budget": 3.5, "together": (("t0", "t9"),)},
]


@pytest.mark.parametrize("asked", RULES)
def test_rules_leave_more_than_what_was_trained_where_tasks_are_many(asked):
    best = Asked(**asked).best(tasks(16), measured(16))
    assert best is not None
    assert not best.measured
    assert best.total > 0
    members = [set(network.tasks) for network in best.networks]
    assert len(members) <= int(asked.get("networks") or asked["budget"])
    assert not any({*pair} <= group for pair in asked.get("apart", ()) for group in members)
    assert all(best.serves[one] == best.serves[other] for one, other in asked.get("together", ()))
    assert max(map(len, members)) <= asked.get("largest", 16)
    assert not asked.get("disjoint") or sum(map(len, members)) == 16
    assert set(best.serves) == set(tasks(16))


def test_a_budget_of_whole_networks_is_their_number():
    groups = measured(16)
    assert Asked(budget=3.0).best(tasks(16), groups) == Asked(networks=3).best(tasks(16), groups)


def test_few_groups_are_listed_and_solved_exactly():
    best = Asked(networks=6, largest=3).best(tasks(16), measured(16))
    assert best is not None
    assert (best.exact, best.measured) == (True, False)


def test_the_search_with_rules_comes_near_the_best():
    groups = measured(16)
    asked = Asked(networks=6, largest=3, apart=(("t0", "t1"),), together=(("t2", "t3"),))
    best = asked.best(tasks(16), groups)
    predictor = Predictor.of_groups(tasks(16), groups)
    units = [[2, 3], *([at] for at in range(16) if at not in (2, 3))]
    found = search(tasks(16), predictor, 6, rules=Rules(units, [(0, 1)], 3))
    assert best is not None
    assert found is not None
    assert 0.9 * best.total <= found.total <= best.total + 1e-9


def test_with_rules_and_unknown_pairs_what_was_trained_is_listed():
    groups = measured(16)
    del groups["t3", "t4"]
    best = Asked(networks=8, apart=(("t0", "t1"),)).best(tasks(16), groups)
    assert best is not None
    assert (best.exact, best.measured) == (True, True)


def test_only_trained_networks_where_nothing_is_to_be_predicted():
    groups = measured(5)
    predicted = Asked(networks=2).best(tasks(5), groups)
    assert predicted is not None
    assert not predicted.measured
    trained = Asked(networks=4, predict=False).best(tasks(5), groups)
    assert trained is not None
    assert trained.measured
