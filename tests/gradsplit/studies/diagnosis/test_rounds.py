"""Which interventions are trained, and that they stay within the budget."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradsplit.studies.diagnosis.causes import CAPACITY
from gradsplit.studies.diagnosis.interventions import (
    Intervention,
    longer,
    narrow,
    other_labels,
    own_moments,
    own_stages,
    quieter,
    wider,
)
from gradsplit.studies.diagnosis.rounds import BUDGET, Rounds
from gradsplit.training.methods.gradsplit import MaskedTraining

EDGE, TASKS = ("a", "b"), ("b", "c", "a")


def examined(stages: tuple[str, ...], share, **given: bool) -> list[Intervention]:
    """All interventions on an edge where each removes `share(intervention)`."""
    rounds = Rounds(EDGE, TASKS, stages, **given)
    done = rounds.first()
    while wanted := rounds.further({one: share(one) for one in done}):
        assert not set(wanted) & set(done)
        done += wanted
    return done


def stages_tried(done: list[Intervention]) -> list[tuple[str, ...]]:
    return [one.stages for one in done if isinstance(one.method, MaskedTraining)]


def stage(*removing: str):
    """Withholding from one of these stages removes the harm, and nothing else does."""
    return lambda one: float(bool(set(removing) & set(one.stages)) or one == narrow(EDGE))


@given(st.integers(1, 7), st.booleans(), st.booleans(), st.data())
@settings(max_examples=60, deadline=None)
def test_never_more_than_eight_pair_runs(
    count: int, moments: bool, labels: bool, data: st.DataObject
) -> None:
    stages = tuple(f"s{place}" for place in range(count))
    chosen: dict[Intervention, float] = {}

    def share(one: Intervention) -> float:
        return chosen.setdefault(one, data.draw(st.floats(-0.5, 1.5)))

    done = examined(stages, share, moments=moments, labels=labels)
    assert sum(one.cost for one in done) <= BUDGET


def test_a_conflict_in_the_last_stage_is_found_and_held_against_a_stage_of_its_own() -> None:
    done = examined(("early", "late"), stage("late"), moments=True, labels=True)
    assert stages_tried(done) == [("early", "late"), ("late",)]
    assert done[-1] == own_stages(EDGE, ("late",))


def test_a_conflict_in_the_first_stage_is_found_and_confirmed_alone() -> None:
    done = examined(("early", "late"), stage("early"), moments=True)
    assert stages_tried(done) == [("early", "late"), ("late",), ("early",)]


def test_the_last_stage_then_half() -> None:
    found = examined(("1", "2", "3", "4"), stage("3"))
    assert stages_tried(found) == [("1", "2", "3", "4"), ("4",), ("3", "4")]


@pytest.mark.parametrize("cheap", [longer(EDGE), quieter(EDGE)])
def test_a_cheap_explanation_ends_the_search(cheap: Intervention) -> None:
    rounds = Rounds(EDGE, TASKS, ("early", "late"), moments=True, labels=True)
    assert examined(("early", "late"), lambda one: float(one == cheap)) == rounds.first()


def test_where_nothing_helps_moments_and_data_are_examined() -> None:
    done = examined(("1", "2"), lambda one: float(one == narrow(EDGE)), moments=True, labels=True)
    assert done[4:] == [own_moments(EDGE), other_labels(EDGE)]
    assert len(examined(("1", "2"), lambda one: float(one == narrow(EDGE)))) == 4


def test_data_are_not_examined_where_something_helps() -> None:
    done = examined(("1",), stage("1"), labels=True)
    assert other_labels(EDGE) not in done


def test_a_wider_trunk_is_trained_where_the_share_is_too_narrow_alone() -> None:
    assert wider(EDGE) in examined(("1",), lambda one: 0.0)
    assert wider(EDGE) not in examined(("1",), lambda one: 1.0)
    removes = examined(("1", "2"), lambda one: float(one == wider(EDGE)), moments=True)
    assert removes[-1] == wider(EDGE)


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
