"""Harm where no pair was trained: what a recommendation has judged of all tasks together."""

import pytest

from analysis.page.joint_harm import joint_harm
from relations.change_kinds import ChangeKind
from tests.analysis.page.test_summary import nothing_probed
from tests.analysis.recommendation_examples import candidate, facts_of, judged

SIZES = {"reid": 0.01, "pose": 0.01, "parsing": 0.01}


def facts_with(plain, best=None, **more):
    found = {"multi-head": judged(0.0, **plain), "wide": judged(0.1, **(best or plain))}
    candidates = [candidate("multi-head", 0.0), candidate("wide", 0.1)]
    return facts_of(found, candidates, "wide", **more)


def changes(reid=0.0, pose=0.0, parsing=0.0):
    return {"reid": reid, "pose": pose, "parsing": parsing}


def test_tasks_that_lose_are_named_the_worst_first_with_what_is_left():
    known = joint_harm(facts_with(changes(-0.1, -1.18), changes(-0.05)), SIZES)
    assert known is not None and known.sure
    assert known.text == (
        "in plain training of all tasks, pose (−118.0 %), reid (−10.0 %) lose, judged on 5 "
        "fresh seeds; with what is recommended, reid still loses"
    )


@pytest.mark.parametrize(
    ("plain", "state", "said"),
    [
        (changes(-0.1), "bad", "yes"),
        (changes(-0.012), "mind", "perhaps"),
        (changes(-0.009), "mind", "none seen"),
        (changes(0.01), "good", "no"),
    ],
)
def test_the_box_says_how_sure_it_is(plain, state, said):
    light = nothing_probed(facts_with(plain)).lights[3]
    assert light.question == "Is there harm?"
    assert (light.state, light.said) == (state, said)


def test_each_kind_of_change_is_measured_at_its_own_threshold():
    kinds = {"reid": ChangeKind("absolute", -0.5), "pose": ChangeKind(), "parsing": ChangeKind()}
    facts = facts_with(changes(-0.3, -0.02), kinds={t: kind.facts() for t, kind in kinds.items()})
    known = joint_harm(facts, {**SIZES, "reid": 0.5})
    assert known is not None
    assert [one.partition(" ")[0] for one in known.losing] == ["pose"]


def test_what_is_not_known_is_not_said():
    assert joint_harm(None, SIZES) is None
    assert joint_harm(facts_with(changes(None)), SIZES) is None
    assert joint_harm(facts_with(changes()), {**SIZES, "depth": 0.01}) is None
