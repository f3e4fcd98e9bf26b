"""Which cause is named from what removing each did."""

import itertools
from dataclasses import replace
from typing import Any

import pytest

from analysis.diagnosis.removed_harm import KEEPS, REMOVES, UNDECIDED
from gradsplit.studies.diagnosis.cause import Case, causes
from gradsplit.studies.diagnosis.causes.loss_scale import own_moments, quieter
from gradsplit.studies.diagnosis.causes.stage import own_stages, withheld_from_last
from gradsplit.studies.diagnosis.causes.unfinished import longer
from gradsplit.studies.diagnosis.conclusion import conclude, name_cause
from gradsplit.studies.diagnosis.diagnosis import Diagnosis
from gradsplit.studies.diagnosis.intervention import Intervention
from gradsplit.tasksets.causes.task_sets import late_stage
from gradsplit.training.taskset import Recipe
from tests.gradsplit.studies.diagnosis.edges import Given, Measured, removed

CAUSES = tuple(cause.name for cause in causes())


def test_the_order_is_from_the_simplest_explanation() -> None:
    assert CAUSES == (
        "unfinished training",
        "loss scale",
        "capacity",
        "stage",
        "batch statistics",
        "data",
    )


def test_the_one_cause_that_removes_the_harm_is_named() -> None:
    for cause in CAUSES:
        said = dict.fromkeys(CAUSES, KEEPS) | {cause: REMOVES}
        named = name_cause(said)
        assert (named.cause, named.open, named.also) == (cause, (), ())


def test_simpler_causes_are_named_first_and_the_others_are_kept() -> None:
    named = name_cause(dict.fromkeys(CAUSES, REMOVES))
    assert named.cause == CAUSES[0]
    assert named.also == CAUSES[1:]


def test_an_undecided_cause_before_leaves_it_open_one_after_does_not() -> None:
    before = name_cause({CAUSES[0]: UNDECIDED, CAUSES[1]: KEEPS, CAUSES[3]: REMOVES})
    assert before.cause is None
    assert before.open == (CAUSES[0], CAUSES[3])
    assert name_cause({CAUSES[1]: REMOVES, CAUSES[3]: UNDECIDED}).cause == CAUSES[1]


def test_nothing_is_named_without_evidence() -> None:
    assert str(name_cause(dict.fromkeys(CAUSES, KEEPS))) == "none of the causes examined"
    assert name_cause({}).cause is None


def test_a_named_cause_always_removes_the_harm() -> None:
    for said in itertools.product((REMOVES, KEEPS, UNDECIDED), repeat=len(CAUSES)):
        named = name_cause(dict(zip(CAUSES, said, strict=True)))
        if named.cause is not None:
            assert dict(zip(CAUSES, said, strict=True))[named.cause] == REMOVES
            assert not named.open


PLANTED = ("source", "target")
EDGE_CASE = Case(PLANTED, late_stage(), ("early", "late"))
EVERYWHERE, LATE = (withheld_from_last(EDGE_CASE, count) for count in (2, 1))
OWN = own_stages(PLANTED, ("late",))


def concluded(
    said: dict[Intervention, str], runs: Measured | None = None, threshold: float = -0.01
) -> Diagnosis:
    evidence = {what: removed(0.7, verdict) for what, verdict in said.items()}
    edge = replace(EDGE_CASE, evidence=evidence)
    measured: Any = runs or Measured()
    return conclude(measured, edge, "harmful", threshold)


def test_the_first_intervention_of_the_cause_that_removes_the_harm_is_followed() -> None:
    said = {quieter(PLANTED): KEEPS, EVERYWHERE: KEEPS, own_moments(PLANTED): REMOVES}
    found = concluded(said)
    assert (found.named.cause, found.followed) == ("loss scale", own_moments(PLANTED))
    assert found.advice == "give each task's gradients optimizer moments of their own."
    assert found.recommended is not None and found.apart is not None
    assert found.recommended.target == pytest.approx(0.2)
    assert found.apart.source == pytest.approx(0.6)
    assert found.stages == ()


def test_the_fewest_stages_are_split() -> None:
    found = concluded({EVERYWHERE: REMOVES, LATE: REMOVES})
    assert (found.followed, found.stages) == (LATE, ("late",))
    assert found.advice == (
        "split late in equal shares: keep the gradient of source from the share of target."
    )
    assert concluded({EVERYWHERE: REMOVES, LATE: UNDECIDED}).followed == EVERYWHERE


@pytest.mark.parametrize(
    ("own", "follows"),
    [([0.6, 0.5, 0.45], OWN), ([0.3, 0.2, 0.1], LATE), ([0.9, 0.2, -0.2], LATE)],
    ids=["better", "equal", "perhaps better"],
)
def test_a_stage_for_each_task_is_recommended_only_when_it_is_better(
    own: list[float], follows: Intervention
) -> None:
    said = {EVERYWHERE: REMOVES, LATE: REMOVES, OWN: REMOVES}
    found = concluded(said, Measured(gains={OWN: own}))
    assert found.followed == follows
    assert ("give target its own late" in found.advice) == (follows == OWN)


def test_where_nothing_removes_the_harm_the_tasks_are_trained_apart() -> None:
    found = concluded({longer(PLANTED): KEEPS, EVERYWHERE: KEEPS})
    assert found.advice == "train target without source: nothing that was tried removes the harm."
    assert found.recommended == found.apart
    assert concluded({longer(PLANTED): UNDECIDED, EVERYWHERE: REMOVES}).recommended is None


def test_a_change_above_the_threshold_leaves_no_harm_open() -> None:
    found = concluded({longer(PLANTED): REMOVES}, Measured(harm=-0.005))
    assert (found.named.cause, found.named.open) == (None, ("no harm", "unfinished training"))
    assert (found.change, found.recommended) == (pytest.approx(-0.005), None)


def test_a_change_at_the_threshold_is_no_harm() -> None:
    said = {longer(PLANTED): REMOVES}
    change = concluded(said).change
    assert concluded(said, threshold=change).named.open[0] == "no harm"
    assert concluded(said, threshold=change + 1e-9).named.cause == "unfinished training"


def test_what_cannot_be_examined_is_said_with_its_reason() -> None:
    edge = Case(("a", "b"), Given(widths=(), labels=False, recipe=Recipe(optimizer="sgd")), ("0",))
    reasons = [cause.left_out(edge) for cause in causes()]
    assert [reason for reason in reasons if reason] == [
        "The optimizer has no moments to separate.",
        "no width",
        "no labels",
    ]
    (why,) = concluded({longer(PLANTED): KEEPS}).left_out
    assert "defines no `labelled_as(task, source, seed)`" in why
