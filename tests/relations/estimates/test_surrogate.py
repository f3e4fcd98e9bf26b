import itertools

import numpy as np
import pytest

from relations.errors import ScoreError
from relations.estimates.estimate import EstimateError
from relations.estimates.surrogate import subset_runs, surrogate
from relations.runs import Outcome, Run
from relations.tasks import Task, measured

TASKS = [Task("a"), Task("b"), Task("c", higher_is_better=False), Task("d")]
NAMES = [task.name for task in TASKS]
EFFECT = np.array([[0, -0.1, 0.2, 0.0], [0.05, 0, 0, 0.1], [0, 0.3, 0, -0.2], [0.1, 0, 0.1, 0]])


def outcomes(runs, effect=EFFECT, noise=0.0):
    rng = np.random.default_rng(0)
    for run in runs:
        places = [NAMES.index(name) for name in run.tasks]
        scores = {
            NAMES[j]: 2.0 + sum(effect[i, j] for i in places if i != j) + noise * rng.normal()
            for j in places
        }
        yield Outcome(run, scores)


def all_subsets():
    return [
        Run(tasks, 0, "surrogate")
        for size in (1, 2, 3, 4)
        for tasks in itertools.combinations(NAMES, size)
    ]


def test_additive_scores_are_found_again():
    fitted = surrogate(TASKS, outcomes(all_subsets()))
    # By hand: over all subsets with j, every source is there half of the time.
    means = 2.0 + EFFECT.sum(axis=0) / 2
    expected = EFFECT / means * np.array([1, 1, -1, 1])
    off = ~np.eye(4, dtype=bool)
    np.testing.assert_allclose(fitted.values[off], expected[off], atol=1e-4)
    assert (fitted.explained > 0.99).all()


def test_scores_that_do_not_depend_on_the_company():
    fitted = surrogate(TASKS, outcomes(all_subsets(), effect=np.zeros((4, 4)), noise=0.01))
    off = ~np.eye(4, dtype=bool)
    assert np.abs(fitted.values[off]).max() < 0.01
    assert (fitted.explained < 0.5).all()


def test_errors_cover_the_truth():
    runs = all_subsets() * 3
    off = ~np.eye(4, dtype=bool)
    fitted = surrogate(TASKS, outcomes(runs, noise=0.05))
    means = 2.0 + EFFECT.sum(axis=0) / 2
    z = ((fitted.values - EFFECT / means * np.array([1, 1, -1, 1])) / fitted.se)[off]
    assert np.mean(np.abs(z) < 3) > 0.9


def test_a_source_that_was_never_there_is_unknown():
    runs = [run for run in all_subsets() if not {"a", "b"} <= set(run.tasks)]
    fitted = surrogate(TASKS, outcomes(runs))
    assert np.isnan(fitted.values[0, 1]) and np.isnan(fitted.values[1, 0])
    assert np.isfinite(fitted.values[2, 0])


def test_subsets_are_different_balanced_and_the_same_for_a_seed():
    tasks = [f"t{number}" for number in range(12)]
    runs = subset_runs(tasks, 3)
    assert len(set(runs)) == len(runs) == 48
    used = [sum(task in run.tasks for run in runs) for task in tasks]
    assert max(used) - min(used) <= 3
    assert runs == subset_runs(tasks, 3)
    assert {run.tasks for run in runs} != {run.tasks for run in subset_runs(tasks, 4)}
    assert {run.seed for run in runs} == {3}


def test_there_are_not_more_subsets_than_there_are():
    assert len(subset_runs(NAMES, 0, count=100, size=3)) == 11  # 6 pairs, 4 triples, all
    with pytest.raises(EstimateError, match=r"3\.\.3"):
        subset_runs(NAMES, 0, size=4)


def test_scores_of_mixed_sign_are_refused():
    runs = [Run(("a", "b"), 0), Run(("a", "c"), 0)]
    mixed = [Outcome(runs[0], {"a": 1.0, "b": 1.0}), Outcome(runs[1], {"a": -1.0, "c": 1.0})]
    with pytest.raises(ScoreError, match="`a`"):
        surrogate(TASKS, mixed)


def test_effects_on_a_metric_that_crosses_zero_are_in_its_own_unit():
    tasks = [f"t{number}" for number in range(6)]
    rng = np.random.default_rng(0)
    outcomes = []
    for run in subset_runs(tasks, 0, count=40):
        harmed = 0.5 * ("t1" in run.tasks)
        scores = {task: 0.1 * rng.normal() - harmed * (task == "t0") for task in run.tasks}
        outcomes.append(Outcome(run, scores))
    plain = [Task(task) for task in tasks]
    with pytest.raises(ScoreError, match="--absolute t0"):
        surrogate(plain, outcomes)
    absolute = surrogate(measured(plain, dict.fromkeys(tasks, -0.1)), outcomes)
    scaled = surrogate(measured(plain, None, dict.fromkeys(tasks, -1.0)), outcomes)
    assert absolute.values[1, 0] == pytest.approx(-0.5, abs=0.15)
    of_t0 = np.array([o.scores["t0"] for o in outcomes if "t0" in o.run.tasks])
    assert scaled.values[1, 0] == pytest.approx(absolute.values[1, 0] / of_t0.std(ddof=1))
