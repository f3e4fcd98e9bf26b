"""Which finalist is recommended on fresh seeds."""

import numpy as np
import pytest

from analysis.comparison.comparison import Comparison
from analysis.comparison.questions import answer_questions
from gradsplit.studies.recommendation.judging.verdict import verdict
from relations.statistics.sample_size import seeds_for_gap

PLAIN = "multi-head"


def compared(gains, noise=0.002, seeds=5, tasks=("a", "b"), lower=()):
    """Methods with mean changes, the same of both tasks unless a pair is given."""
    rng = np.random.default_rng(0)
    scores = {"single": {seed: dict.fromkeys(tasks, 1.0) for seed in range(seeds)}}
    for name, gain in gains.items():
        changes = dict(zip(tasks, np.broadcast_to(gain, len(tasks)), strict=True))
        scores[name] = {
            seed: {
                task: 1 + (-1 if task in lower else 1) * (change + noise * rng.normal())
                for task, change in changes.items()
            }
            for seed in range(seeds)
        }
    return Comparison(scores, higher_is_better={task: task not in lower for task in tasks})


def chosen(gains, costs=None, **options):
    return verdict(compared(gains, **options), costs or dict.fromkeys(gains, 1.0), PLAIN)


def test_the_simplest_stays_where_nothing_is_decided():
    found = chosen({PLAIN: 0.02, "noisy": 0.08}, noise=0.06)
    assert found.recommended == PLAIN
    assert found.contender == "noisy"
    assert found.seeds_to_tell > 5


def test_at_the_same_cost_the_best_is_taken():
    found = chosen({PLAIN: 0.0, "good": 0.03, "best": 0.06})
    assert found.recommended == "best"
    assert found.contender is None


def test_what_is_dearer_must_be_worth_it():
    costs = {PLAIN: 1.0, "cheap": 1.0, "dear": 2.0}
    assert (
        chosen({PLAIN: 0, "cheap": 0.05, "dear": 0.055}, costs, noise=0.01).recommended == "cheap"
    )
    assert chosen({PLAIN: 0, "cheap": 0.05, "dear": 0.10}, costs).recommended == "dear"


def test_a_sure_gain_of_next_to_nothing_is_no_reason():
    found = chosen({PLAIN: 0.0, "tiny": 0.001}, noise=1e-5)
    assert found.answers[0].decided
    assert found.recommended == PLAIN
    assert found.contender is None


def test_what_harms_no_task_comes_first():
    gains = {PLAIN: (-0.1, 0.0), "mean": (-0.1, 0.4), "harmless": (0.01, 0.03)}
    found = chosen(gains)
    assert found.recommended == "harmless"
    assert found.contender == "mean"
    assert found.seeds_to_tell is None


def test_of_those_that_all_harm_the_best_is_taken():
    assert chosen({PLAIN: (-0.2, 0.0), "mean": (-0.1, 0.1)}).recommended == "mean"


def test_a_plain_training_that_harms_nothing_is_not_left_for_one_that_does():
    assert chosen({PLAIN: (0.0, 0.0), "mean": (-0.1, 0.4)}).recommended == PLAIN


def test_longer_training_comes_after_what_does_as_well():
    comparison = compared({PLAIN: 0.0, "longer": 0.061, "free": 0.06})
    costs = dict.fromkeys((PLAIN, "longer", "free"), 1.0)
    assert verdict(comparison, costs, PLAIN, longer=("longer",)).recommended == "free"
    far = compared({PLAIN: 0.0, "longer": 0.09, "free": 0.06})
    assert verdict(far, costs, PLAIN, longer=("longer",)).recommended == "longer"


def test_tasks_that_are_better_lower_count_the_right_way():
    assert chosen({PLAIN: 0.0, "good": 0.05}, lower=("a", "b")).recommended == "good"


def test_the_tests_are_those_of_a_comparison():
    comparison = compared({PLAIN: 0.0, "one": 0.004, "two": 0.006}, noise=0.004)
    found = verdict(comparison, dict.fromkeys(comparison.methods[1:], 1.0), PLAIN)
    pairs = [(one.method, one.against) for one in found.answers]
    assert len(pairs) == 3
    for ours, theirs in zip(found.answers, answer_questions(comparison, pairs), strict=True):
        assert ours.p_holm == pytest.approx(theirs.p_holm)
        assert ours.lower == pytest.approx(theirs.lower)
        assert ours.difference.mean == pytest.approx(theirs.difference.mean)


def test_one_finalist_is_recommended_without_a_test():
    found = chosen({PLAIN: 0.1})
    assert (found.recommended, found.answers) == (PLAIN, ())


@pytest.mark.parametrize("costs", [(1.0, 1.0), (1.0, 1.03)])
def test_of_two_that_are_not_told_apart_at_one_cost_the_better_is_taken(costs):
    gains = {PLAIN: 0.0, "good": 0.05, "best": 0.051}
    comparison = compared(gains, noise=0.005)
    found = verdict(comparison, dict(zip(gains, (1.0, *costs), strict=True)), PLAIN)
    between = next(one for one in found.answers if PLAIN not in (one.method, one.against))
    assert not between.decided
    assert comparison.gain("best") > comparison.gain("good")
    assert found.recommended == "best"


def test_seeds_to_tell_count_all_the_questions():
    found = chosen({PLAIN: 0.0, "one": 0.01, "two": 0.03}, noise=0.03)
    assert found.contender is not None
    said = found.answer(found.contender, found.recommended)
    assert said is not None
    noise = said.difference.se * said.difference.n**0.5
    needed = [seeds_for_gap(abs(said.difference.mean), noise, 0.05 / many) for many in (1, 3)]
    assert needed[0] != needed[1]
    assert found.seeds_to_tell == needed[1]
