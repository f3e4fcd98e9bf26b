"""Which interventions are trained, and that they stay within the budget."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradsplit.diagnose.causes import CAPACITY, STAGE
from gradsplit.diagnose.interventions import Intervention, narrow, wider
from gradsplit.diagnose.rounds import BUDGET, Rounds

EDGE, TASKS = ("a", "b"), ("b", "c", "a")


def examined(stages: tuple[str, ...], share) -> list[Intervention]:
    """All interventions on an edge where each removes `share(intervention)`."""
    rounds = Rounds(EDGE, TASKS, stages)
    done = rounds.first()
    while wanted := rounds.further({one: share(one) for one in done}):
        assert not set(wanted) & set(done)
        done += wanted
    return done


def stages_tried(done: list[Intervention]) -> list[tuple[str, ...]]:
    return [one.stages for one in done if one.cause == STAGE]


@given(st.integers(1, 7), st.data())
@settings(max_examples=40, deadline=None)
def test_never_more_than_eight_pair_runs(count: int, data: st.DataObject) -> None:
    stages = tuple(f"s{place}" for place in range(count))
    chosen: dict[Intervention, float] = {}
    done = examined(stages, lambda one: chosen.setdefault(one, data.draw(st.floats(-0.5, 1.5))))
    assert sum(one.cost for one in done) <= BUDGET


def test_a_conflict_in_the_last_stage_is_found() -> None:
    done = examined(("early", "late"), lambda one: float("late" in one.stages or not one.stages))
    assert stages_tried(done) == [("early", "late"), ("late",)]


def test_a_conflict_in_the_first_stage_is_found_and_confirmed_alone() -> None:
    done = examined(("early", "late"), lambda one: float("early" in one.stages or not one.stages))
    assert stages_tried(done) == [("early", "late"), ("late",), ("early",)]


def test_four_stages_are_halved() -> None:
    found = examined(("1", "2", "3", "4"), lambda one: float("3" in one.stages or not one.stages))
    assert stages_tried(found) == [("1", "2", "3", "4"), ("3", "4"), ("4",)]


def test_no_stage_is_searched_where_withholding_does_not_help() -> None:
    done = examined(("early", "late"), lambda one: 0.0)
    assert stages_tried(done) == [("early", "late")]


def test_a_wider_trunk_is_trained_where_the_share_is_too_narrow_alone() -> None:
    assert wider(EDGE) in examined(("1",), lambda one: float(one.cause != CAPACITY))
    assert wider(EDGE) not in examined(("1",), lambda one: 1.0)


def test_without_widths_capacity_is_not_examined() -> None:
    done = Rounds(EDGE, TASKS, ("1",), widths=False).first()
    assert all(one.cause != CAPACITY for one in done)


def test_costs_are_in_pair_runs() -> None:
    first = Rounds(EDGE, TASKS, ("1", "2")).first()
    assert [one.cost for one in first] == [3.0, 1.0, 1.0, 0.5]
    assert narrow(EDGE).cost + wider(EDGE).cost == pytest.approx(2.0)


def test_the_mask_blocks_the_one_edge() -> None:
    everywhere = Rounds(EDGE, TASKS, ("1", "2")).first()[2]
    assert everywhere.method.mask.blocked() == [EDGE]  # type: ignore[union-attr]
    assert everywhere.method.modules == ("1", "2")  # type: ignore[union-attr]
