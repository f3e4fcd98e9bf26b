"""Which interventions are trained, and that they stay within the budget."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradsplit.studies.diagnosis.cause import Case, Cause, causes, register_cause
from gradsplit.studies.diagnosis.causes.capacity import Capacity, narrow, wider
from gradsplit.studies.diagnosis.causes.data import target_on_source
from gradsplit.studies.diagnosis.causes.loss_scale import own_moments, quieter
from gradsplit.studies.diagnosis.causes.stage import own_stages
from gradsplit.studies.diagnosis.causes.unfinished import longer
from gradsplit.studies.diagnosis.examination import (
    BUDGET,
    examine,
    first_interventions,
    further_interventions,
)
from gradsplit.studies.diagnosis.intervention import Intervention
from gradsplit.studies.diagnosis.intervention_runs import InterventionRuns
from gradsplit.studies.variant_runs import VariantRuns
from gradsplit.tasksets.causes.task_sets import late_stage
from gradsplit.training.methods.masked.gradsplit import MaskedTraining
from gradsplit.training.recipe import Recipe
from relations.errors import ScoreError
from tests.gradsplit.studies.diagnosis.edges import EDGE, Measured, case, examined, removed

SGD = Recipe(optimizer="sgd")
PLANTED = ("source", "target")


def stages_tried(trained: list[Intervention]) -> list[tuple[str, ...]]:
    return [what.stages for what in trained if isinstance(what.method, MaskedTraining)]


def in_stage(*removing: str):
    """Withholding from one of these stages removes the harm, and no other cure does."""
    controls = narrow(EDGE), target_on_source(EDGE)
    return lambda what: float(bool(set(removing) & set(what.stages)) or what in controls)


@given(st.integers(1, 7), st.booleans(), st.booleans(), st.booleans(), st.data())
@settings(max_examples=60, deadline=None)
def test_never_more_than_ten_pair_runs(
    count: int, sgd: bool, labels: bool, norm: bool, data: st.DataObject
) -> None:
    edge = case(
        tuple(f"s{place}" for place in range(count)),
        recipe=SGD if sgd else Recipe(),
        labels=labels,
        norm=norm,
    )
    trained = examined(edge, lambda what: data.draw(st.floats(-0.5, 1.5)))
    assert sum(what.cost for what in trained) <= BUDGET == 10


def test_a_conflict_in_the_last_stage_is_found_and_held_against_a_stage_of_its_own() -> None:
    trained = examined(case(), in_stage("late"))
    assert stages_tried(trained) == [("early", "late"), ("late",)]
    assert trained[-2:] == [own_stages(EDGE, ("late",)), own_moments(EDGE)]


def test_a_conflict_in_the_first_stage_is_found_and_confirmed_alone() -> None:
    trained = examined(case(), in_stage("early"))
    assert stages_tried(trained) == [("early", "late"), ("late",), ("early",)]


def test_the_last_stage_then_half_then_it_alone() -> None:
    trained = examined(case(("1", "2", "3", "4")), in_stage("3"))
    assert stages_tried(trained) == [("1", "2", "3", "4"), ("4",), ("3", "4"), ("3",)]


def test_without_a_control_of_width_the_search_goes_one_step_further() -> None:
    trained = examined(case(("1", "2", "3", "4"), widths=()), in_stage("2"))
    stages = [("1", "2", "3", "4"), ("4",), ("3", "4"), ("2", "3", "4"), ("2",)]
    assert stages_tried(trained) == stages


@pytest.mark.parametrize("cheap", [longer(EDGE), quieter(EDGE)])
def test_a_cheap_explanation_ends_the_search(cheap: Intervention) -> None:
    trained = examined(case(), lambda what: float(what == cheap))
    assert trained == first_interventions(case())


def test_where_nothing_helps_data_then_moments_are_examined() -> None:
    controls = narrow(EDGE), target_on_source(EDGE)
    trained = examined(case(), lambda what: float(what in controls))
    assert trained[4:] == [target_on_source(EDGE), own_moments(EDGE)]
    poor = case(recipe=SGD, labels=False)
    assert len(examined(poor, lambda what: float(what == narrow(EDGE)))) == 4


def test_data_are_examined_before_a_stage_and_end_its_search() -> None:
    trained = examined(case(), lambda what: float("late" in what.stages or what == narrow(EDGE)))
    assert trained[4:] == [target_on_source(EDGE)]


def test_data_are_not_examined_where_own_batch_norms_remove_the_harm() -> None:
    edge = case(norm=True)
    (norms,) = [what for what in first_interventions(edge) if what.cause == "batch statistics"]
    undecided = {what: removed(0.6 if what == norms else 0.0) for what in first_interventions(edge)}
    edge.evidence = {what: seen for what, seen in undecided.items() if what != narrow(EDGE)}
    assert further_interventions(edge) == [own_moments(EDGE)]


def test_an_undecided_cure_does_not_end_the_examination() -> None:
    edge = case()
    shares = {longer(EDGE): 0.6, narrow(EDGE): 1.0}
    edge.evidence = {what: removed(shares.get(what, 0.0)) for what in first_interventions(edge)}
    assert further_interventions(edge) == [target_on_source(EDGE)]


def test_a_wider_trunk_is_trained_where_the_share_is_too_narrow_alone() -> None:
    assert wider(EDGE) in examined(case(("1",)), lambda what: 0.0)
    assert wider(EDGE) not in examined(case(("1",)), lambda what: 1.0)
    removes = examined(case(), lambda what: float(what == wider(EDGE)))
    assert removes[-1] == wider(EDGE)


def test_without_widths_capacity_is_not_examined() -> None:
    assert all(what.cause != Capacity.name for what in first_interventions(case(widths=())))


def test_costs_are_in_pair_runs_the_longest_first() -> None:
    first = first_interventions(case())
    assert [what.cost for what in first] == [3.0, 1.0, 1.0, 0.5]
    assert wider(EDGE).cost == 1.5


@pytest.fixture
def dear() -> Iterator[type[Cause]]:
    """A cause that asks for more than is ever left, before all others."""
    from gradsplit.studies.diagnosis import cause as home

    causes()

    @register_cause
    class Dear(Cause):
        name, order, priority = "dear", 1, -1
        trained, remedy = "nine times the steps (9)", "save"

        def further(self, case: Case) -> Intervention:
            return Intervention("very long", self.name, case.edge, steps=9, label="steps x9")

    yield Dear
    del home._CAUSES["dear"]


def test_a_cause_that_is_too_dear_does_not_keep_others_from_being_examined(dear: object) -> None:
    edge = case(widths=())
    edge.evidence = {what: removed(0.0) for what in first_interventions(edge)}
    assert further_interventions(edge) == [target_on_source(EDGE)]


def test_what_tells_most_for_its_cost_is_trained_next(dear: Any) -> None:
    edge = case(widths=(), labels=False)
    edge.evidence = {longer(EDGE): removed(0.0)}
    dear.further = lambda _, case: Intervention(
        "long", "dear", case.edge, steps=4, label="steps x4"
    )
    dear.priority = 8
    assert further_interventions(edge) == [own_moments(EDGE)]
    dear.priority = 7
    assert [what.name for what in further_interventions(edge)] == ["long"]


def test_a_change_that_is_not_harmful_has_no_cause() -> None:
    runs: Any = Measured(harm=-0.05)
    (harmful,) = examine(runs, {PLANTED: "harmful"})
    assert harmful.named.open[0] != "no harm"
    (small,) = examine(runs, {PLANTED: "undecided"}, threshold=-0.1)
    assert (small.named.cause, small.named.open[0]) == (None, "no harm")
    assert small.recommended is None


def test_intervals_are_of_the_level_asked_for() -> None:
    runs: Any = Measured()
    widths = []
    for level in (0.5, 0.95):
        (found,) = examine(runs, {PLANTED: "harmful"}, level=level)
        widths.append(found.rows[0].removed.upper - found.rows[0].removed.lower)
    assert 0 < widths[0] < 0.7 * widths[1]


def test_scores_without_a_ratio_decide_nothing_and_cost_the_others_nothing() -> None:
    class Spoiled(Measured):
        def after(self, intervention: Intervention) -> np.ndarray:
            if intervention == quieter(PLANTED):
                raise ScoreError("a score of 0")
            return super().after(intervention)

    runs: Any = Spoiled()
    (found,) = examine(runs, {PLANTED: "harmful"})
    spoiled = found.interventions[quieter(PLANTED)].removed
    assert spoiled.verdict == "undecided" and np.isnan(spoiled.share)
    assert found.interventions[longer(PLANTED)].removed.share == pytest.approx(0.5)
    assert json.loads(json.dumps(found.to_dict()))["interventions"][1]["removed"]["share"] is None


def test_stages_are_searched_in_the_order_given() -> None:
    runs: Any = Measured()
    (found,) = examine(runs, {PLANTED: "harmful"}, stages=["late"])
    assert stages_tried(list(found.interventions)) == [("late",)]


@pytest.mark.slow
def test_an_edge_is_trained_on_while_another_is_finished(tmp_path: Path) -> None:
    place = VariantRuns(
        late_stage().with_recipe(steps=30), tmp_path / "p.db", executor="ensemble", progress=False
    )
    edges = {PLANTED: "harmful", PLANTED[::-1]: "harmful"}
    found = examine(InterventionRuns(place, range(2)), edges)
    assert [diagnosis.edge for diagnosis in found] == list(edges)
    for diagnosis in found:
        alone = examine(InterventionRuns(place, range(2)), {diagnosis.edge: "harmful"})
        assert str(alone[0]) == str(diagnosis)
