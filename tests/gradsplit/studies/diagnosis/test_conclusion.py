"""Which cause is named from what removing each did."""

import itertools
from dataclasses import replace
from typing import Any

import pytest

from analysis.diagnosis.removed_harm import KEEPS, REMOVES, UNDECIDED, Removed
from gradsplit.studies.diagnosis.cause import Case, causes
from gradsplit.studies.diagnosis.causes.loss_scale import own_moments, quieter
from gradsplit.studies.diagnosis.causes.stage import own_stages, withheld_from_last
from gradsplit.studies.diagnosis.causes.unfinished import longer
from gradsplit.studies.diagnosis.conclusion import conclude
from gradsplit.studies.diagnosis.diagnosis import Diagnosis
from gradsplit.studies.diagnosis.intervention import Intervention
from gradsplit.studies.diagnosis.named import name_cause
from gradsplit.tasksets.causes.task_sets import late_stage
from gradsplit.training.recipe import Recipe
from tests.gradsplit.studies.diagnosis.edges import Given, Measured, removed

CAUSES = tuple(cause.name for cause in causes())


def test_the_order_is_from_the_simplest_explanation() -> None:
    assert CAUSES == (
        "unfinished training",
        "memorised noise",
        "loss scale",
        "capacity",
        "data",
        "stage",
        "batch statistics",
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
    return concluded_of(evidence, runs, threshold)


def concluded_of(
    evidence: dict[Intervention, Removed], runs: Measured | None = None, threshold: float = -0.01
) -> Diagnosis:
    measured: Any = runs or Measured()
    edge = replace(EDGE_CASE, evidence=evidence, gains=measured.gains)
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


def test_what_removes_most_is_recommended_though_a_simpler_cause_is_open() -> None:
    found = concluded({longer(PLANTED): UNDECIDED, EVERYWHERE: REMOVES})
    assert (found.named.cause, found.followed) == (None, EVERYWHERE)
    assert found.named.open == ("unfinished training", "stage")
    assert found.advice.endswith("It removes most of the harm, whichever is the cause.")


def test_a_decided_share_is_named_where_nothing_removes_more_than_half() -> None:
    half = {quieter(PLANTED): Removed(0.49, 0.35, 0.65, UNDECIDED, 5)}
    found = concluded_of({longer(PLANTED): Removed(0.0, -0.2, 0.2, KEEPS, 5), **half})
    assert found.named.open == ("loss scale",)
    assert found.followed == quieter(PLANTED)
    assert "of the harm: about half of it, 35 to 65 %, is loss scale; the rest is open" in str(
        found
    )
    assert found.advice.endswith("That removes about half of it, 35 to 65 %.")
    assert [share["lower"] for share in found.to_dict()["shares"]] == [0.35]
    # More of it goes with withheld gradients, which silence a loud loss as well.
    more = concluded_of({**half, EVERYWHERE: Removed(0.7, 0.45, 0.95, UNDECIDED, 5)})
    assert more.followed == quieter(PLANTED)


def test_a_later_share_is_no_cause_s_while_a_simpler_one_may_be_as_much() -> None:
    loud = {quieter(PLANTED): Removed(0.5, -0.2, 1.2, UNDECIDED, 5)}
    found = concluded_of({**loud, EVERYWHERE: Removed(0.8, 0.2, 1.4, UNDECIDED, 5)})
    assert [(share.cause, share.sure) for share in found.shares] == [("stage", False)]
    assert "most of it, 20 to 140 %, goes with `withheld everywhere`" in str(found)


@pytest.mark.parametrize("moves", [(0.2, 0.21, 0.19), (0.05, 0.06, 0.04)])
def test_longer_training_comes_first_where_it_moves_the_target_more_than_the_harm(
    moves: tuple[float, ...],
) -> None:
    said = {longer(PLANTED): UNDECIDED, quieter(PLANTED): REMOVES}
    found = concluded(said, Measured(moves=moves))
    far = moves[0] > 0.105
    assert (found.named.cause == "unfinished training") == far
    assert found.followed == (longer(PLANTED) if far else quieter(PLANTED))
    assert ("twice the steps moves target alone by +22.1 %" in found.advice) == far
    stays = concluded({longer(PLANTED): KEEPS, quieter(PLANTED): REMOVES}, Measured(moves=moves))
    assert stays.named.cause == "loss scale"
    assert stays.followed == found.followed


def test_a_source_that_gets_worse_with_more_steps_may_have_learnt_noise() -> None:
    worse = {longer(PLANTED): [-0.3, -0.31, -0.29]}
    said = {longer(PLANTED): KEEPS, EVERYWHERE: REMOVES}
    sure = concluded(said, Measured(gains={**worse, EVERYWHERE: [0.2, 0.21, 0.19]}))
    assert (sure.named.cause, sure.named.also) == ("memorised noise", ("stage",))
    open_still = Measured(gains={**worse, EVERYWHERE: [-0.1, -0.2, 0.1]})
    assert concluded(said, open_still).named.open == ("memorised noise", "stage")
    assert concluded({**said, EVERYWHERE: KEEPS}, Measured(gains=worse)).named.cause is None


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
