"""What the answer says of harm that is left, and of what the seeds do not tell."""

from types import SimpleNamespace

import numpy as np
import pytest

from analysis import Comparison
from analysis.page.longer_training import longer_training
from gradsplit.studies.recommendation.judging.answer import (
    _cheaper,
    _contender,
    _difference,
    _sizes,
    _tried,
    _what,
)
from gradsplit.studies.recommendation.judging.answer_of_tasks import (
    behind_alone,
    harm_left,
    made_worse,
    mostly_one_task,
)
from gradsplit.studies.recommendation.judging.verdict import verdict
from gradsplit.studies.recommendation.sources.longer import LONGER
from tests.analysis.recommendation_examples import candidate


def judged(harmed=(), in_doubt=()):
    return SimpleNamespace(
        harmed={"a": list(harmed)}, in_doubt={"a": list(in_doubt)}, threshold=-0.02
    )


@pytest.mark.parametrize(
    ("harmed", "in_doubt", "said"),
    [
        ((), (), ["`a` harms no task by more than 2.0%."]),
        (("pose",), (), ["Harm: pose loses by sharing", "diagnose"]),
        ((), ("reid",), ["Whether it harms reid by more than 2.0% these seeds do not tell"]),
        (("pose",), ("reid",), ["pose loses", "Whether it harms reid"]),
    ],
)
def test_harm_that_is_left(harmed, in_doubt, said):
    text = harm_left("a", judged(harmed, in_doubt), diagnosable=True)
    assert all(words in text for words in said)
    assert ("harms no task" in text) == (not harmed and not in_doubt)


def said(mean, lower, upper, *, decided):
    return SimpleNamespace(
        difference=SimpleNamespace(mean=mean), lower=lower, upper=upper, decided=decided
    )


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (
            said(0.014, 0.005, 0.02, decided=True),
            "It gains +1.4 points of delta_m (+0.5 to +2.0 at 95 %, corrected; decided) over `b`.",
        ),
        (
            said(-0.005, -0.02, 0.01, decided=True),
            "It is 0.5 points of delta_m behind `b` (-1.0 to +2.0 at 95 %, corrected; decided).",
        ),
        (
            said(0.1, float("nan"), float("nan"), decided=False),
            "It gains +10.0 points of delta_m (no interval: the seeds show no scatter) over `b`.",
        ),
    ],
)
def test_ahead_and_behind(answer, text):
    assert _difference(answer, "b") == text


def test_a_race_of_plain_training_alone_recommends_nothing():
    plain = SimpleNamespace(name="multi-head", what="one shared network plainly", gain=None)
    scores = {"single": dict.fromkeys(range(5))}
    fresh = SimpleNamespace(
        comparison=SimpleNamespace(scores=scores, methods=["single", "multi-head"]), on_test=False
    )
    left_out = {"masks": "no room in 54 trainings: 64 would do", "wider": "no width"}
    alone = SimpleNamespace(members=[plain], left_out=left_out)
    assert _what(plain, fresh, alone).endswith(
        "so this says nothing in its favour. Not in the race: masks: no room in 54 trainings: 64 "
        "would do. Not in the race: wider: no width."
    )
    assert _tried("multi-head", alone, fresh) == "1 candidate was raced."
    names = {"multi-head": 0.0, "wide": 0.1, "nash-mtl": -0.04, "imtl-g": -0.01}
    members = [
        SimpleNamespace(name=name, gain=SimpleNamespace(mean=mean)) for name, mean in names.items()
    ]
    one = _tried("wide", SimpleNamespace(members=members[:3]), fresh)
    assert one.endswith("; no better than plain training was `nash-mtl`.")
    two = _tried("wide", SimpleNamespace(members=members), fresh)
    assert two.endswith("; no better than plain training were `nash-mtl`, `imtl-g`.")
    assert "nothing that was tried" in _what(plain, fresh, SimpleNamespace(members=[plain, plain]))


def test_the_page_knows_longer_training_by_its_name():
    raced = {"candidates": [candidate(LONGER, 0.05)]}
    assert longer_training(raced) is not None


@pytest.mark.parametrize(("decided", "words"), [(True, "decided"), (False, "not decided")])
def test_what_is_best_at_less_cost_is_said_with_how_sure_that_is(decided, words):
    costs = {"multi-head": 1.0, "tuned-weights": 1.0, "apart": 3.0}
    gains = {"multi-head": 0.0, "tuned-weights": 0.001, "apart": 0.1}
    fresh = SimpleNamespace(
        comparison=SimpleNamespace(
            costs={name: {"operations": cost} for name, cost in costs.items()}, gain=gains.get
        ),
        verdict=SimpleNamespace(
            contender=None,
            answer=lambda name, against: said(gains[name], 0.0, 0.0, decided=decided),
        ),
    )
    best = "At less cost the best of those judged is `tuned-weights`"
    text = f"{best}, +0.1 points over `multi-head` ({words})."
    assert list(_cheaper("apart", fresh)) == [text]


def test_plain_training_as_the_best_at_less_cost_is_compared_with_nothing():
    fresh = SimpleNamespace(
        comparison=SimpleNamespace(
            costs={"multi-head": {"operations": 1.0}, "apart": {"operations": 3.0}},
            gain={"multi-head": 0.0, "apart": 0.1}.get,
        ),
        verdict=SimpleNamespace(contender=None, answer=lambda name, against: None),
    )
    assert list(_cheaper("apart", fresh)) == [
        "At less cost the best of those judged is `multi-head`."
    ]


def fresh(**changes):
    """Judged on four seeds: method -> its changes of pose and reid in points."""
    noise = np.random.default_rng(0)
    scores = {"single": {seed: {"pose": 0.8, "reid": 0.8} for seed in range(4)}}
    for method, (pose, reid) in changes.items():
        scores[method.replace("_", "-")] = {
            seed: {
                "pose": 0.8 * (1 + pose / 100 + noise.normal(0, 0.001)),
                "reid": 0.8 * (1 + reid / 100 + noise.normal(0, 0.001)),
            }
            for seed in range(4)
        }
    comparison = Comparison(scores)
    costs = dict.fromkeys(comparison.methods[1:], 1.0)
    return SimpleNamespace(
        comparison=comparison,
        verdict=verdict(comparison, costs, "multi-head"),
        threshold=-0.01,
    )


def test_what_becomes_worse_than_by_plain_training_is_said():
    judged = fresh(multi_head=(-30, -5), tuned=(-2, -20))
    (text,) = made_worse("tuned", judged)
    assert (
        text.startswith("It makes worse than `multi-head` does: reid -15.") and "pose" not in text
    )
    assert list(made_worse("multi-head", judged)) == []
    # What still gains by sharing is no loss.
    assert list(made_worse("tuned", fresh(multi_head=(-30, 9), tuned=(-2, 3)))) == []
    assert list(made_worse("tuned", fresh(multi_head=(-30, -5), tuned=(-2, -5.5)))) == []


def test_a_gain_that_is_mostly_one_tasks_is_said():
    (text,) = mostly_one_task("tuned", fresh(multi_head=(-30, -5), tuned=(-2, -10)))
    assert text.startswith("Most of its gain over `multi-head` is that of pose: without it -5.")
    assert list(mostly_one_task("tuned", fresh(multi_head=(-30, -30), tuned=(-2, -5)))) == []


def test_training_alone_is_named_where_it_is_better_still():
    (text,) = behind_alone("tuned", fresh(multi_head=(-30, -5), tuned=(-2, -4)))
    assert "stays 3." in text and text.endswith(
        "behind training every task alone, with 2 networks."
    )
    assert list(behind_alone("tuned", fresh(multi_head=(-30, -5), tuned=(1, 0)))) == []


@pytest.mark.parametrize(("least", "said"), [(0.05, True), (0.1, False)])
def test_weights_far_apart_ask_for_the_size_of_losses(least, said):
    text = " ".join(_sizes({"pose": 2.0, "reid": least}))
    assert ("pose weighing 40 times as much as reid" in text) == said
    assert list(_sizes({})) == []


def test_seeds_that_would_tell_are_an_option():
    found = SimpleNamespace(answer=lambda *_: None, seeds_to_tell=8)
    assert _contender("tuned", "multi-head", found).endswith("8 seeds would tell, `judge_seeds=8`.")
