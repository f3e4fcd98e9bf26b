"""Absolute and standardised changes against plain numpy and scipy, in float64."""

import numpy as np
import pytest
from scipy import stats

from relations.adaptive_seeds import further_runs
from relations.graph import RelationGraph
from relations.runs import Outcome, Run
from relations.seeds import Seeds
from relations.statistics.change_matrix import ChangeMatrix
from relations.statistics.movement import movement
from relations.statistics.sample_size import sample_size_table
from relations.tasks import Task, measured

TASKS = (Task("pose"), Task("r2"), Task("nll", higher_is_better=False))
KINDS = measured(TASKS, {"r2": -0.05}, {"nll": -1.0})


def scores(seeds=6, harm=0.2, draw=0):
    """Single-task scores [S, T] and those of pairs [S, T, T]; r2 and nll cross zero."""
    rng = np.random.default_rng(draw)
    alone = np.array([0.8, 0.0, 0.1]) + np.array([0.01, 0.05, 0.2]) * rng.normal(size=(seeds, 3))
    pair = alone[:, None, :] + np.array([0.004, 0.01, 0.05]) * rng.normal(size=(seeds, 3, 3))
    pair[:, 0, 1] -= harm
    return alone, pair


def outcomes(alone, pair, without=()):
    """The runs of scores; those in `without` have failed."""
    names = [task.name for task in TASKS]
    runs = {
        Run((name,), seed): {name: float(alone[seed, place])}
        for seed in range(len(alone))
        for place, name in enumerate(names)
    }
    for seed in range(len(alone)):
        for i in range(3):
            for j in range(i + 1, 3):
                two = {names[i]: float(pair[seed, j, i]), names[j]: float(pair[seed, i, j])}
                runs[Run((names[i], names[j]), seed)] = two
    return [
        Outcome(run, error="lost") if run in without else Outcome(run, given)
        for run, given in runs.items()
    ]


def matrix(tasks=KINDS, **how):
    return ChangeMatrix.from_runs(tasks, outcomes(*scores()), **how)


def twin(target, source):
    """[S] differences of a target in its unit, larger is better."""
    alone, pair = scores()
    differences = pair[:, source, target] - alone[:, target]
    return differences if target == 1 else -differences / alone[:, target].std(ddof=1)


@pytest.mark.parametrize(("source", "target"), [(0, 1), (2, 1), (0, 2), (1, 2)])
def test_mean_and_interval_are_those_of_scipy(source, target):
    changes, values = matrix(), twin(target, source)
    low, high = stats.t.interval(0.95, 5, values.mean(), stats.sem(values))
    seen = changes.mean, changes.lower, changes.upper, changes.se
    wanted = (values.mean(), low, high, stats.sem(values))
    assert [array[source, target] for array in seen] == pytest.approx(wanted, rel=1e-12)


def test_p_values_and_verdicts_hold_each_edge_against_its_own_threshold():
    changes = matrix()
    p_values = changes.scaled_means.p_values(changes.on_scale(changes.thresholds(-0.01)))
    for source, target, own in [(0, 1, -0.05), (2, 1, -0.05), (0, 2, -1.0)]:
        wanted = stats.ttest_1samp(twin(target, source), own).pvalue
        assert p_values[source, target] == pytest.approx(wanted, rel=1e-9)
    graph = RelationGraph.from_changes(changes)
    assert graph.harmful(sure=True) == [("pose", "r2")]
    assert graph.edges["nll", "r2"]["verdict"] == "not harmful"


def test_relative_changes_are_bit_equal_beside_other_kinds():
    plain, mixed = matrix(TASKS), matrix()
    assert np.array_equal(plain.mean[:, 0], mixed.mean[:, 0], equal_nan=True)
    assert np.array_equal(plain.lower[:, 0], mixed.lower[:, 0], equal_nan=True)


def test_relative_scores_that_cross_zero_name_the_option_and_lose_their_own_edges_only():
    changes = matrix(TASKS)
    assert "--absolute r2=-0.02" in changes.notes["r2"]
    assert changes.known.tolist() == [
        [False, False, False],
        [True, False, False],
        [True, False, False],
    ]


@pytest.mark.parametrize("kinds", [TASKS, KINDS, measured(TASKS, standardised={"pose": -1.0})])
def test_a_failed_run_takes_away_its_own_edges_whatever_the_kind(kinds):
    lost = {Run(("pose", "nll"), 2)}
    seen = ChangeMatrix.from_runs(kinds, outcomes(*scores(), lost))
    whole = matrix(kinds)
    assert (whole.known & ~seen.known).sum() == int(whole.known[2, 0]) + int(whole.known[0, 2])


def test_a_score_of_zero_is_a_score_like_any_other_where_nothing_is_divided_by_it():
    alone, pair = scores()
    alone[0, 1], pair[1, 0, 1] = 0.0, 0.0
    changes = ChangeMatrix.from_runs(KINDS, outcomes(alone, pair))
    assert changes.n[0, 1] == 6 and changes.known[0, 1]
    assert changes.mean[0, 1] == pytest.approx((pair[:, 0, 1] - alone[:, 1]).mean())


@pytest.mark.parametrize("alone", [[0.3], [0.3, 0.3, 0.3]])
def test_a_spread_that_is_not_there_makes_the_tasks_edges_unknown(alone):
    few = np.full((len(alone), 3), 0.3)
    few[:, :2] += np.arange(len(alone))[:, None]
    changes = ChangeMatrix.from_runs(KINDS, outcomes(few, np.ones((len(alone), 3, 3))))
    assert not changes.known[:, 2].any() and changes.known[0, 1]
    assert "`nll` are in units of the spread" in changes.notes["nll"]
    assert "--absolute nll" in changes.notes["nll"]


def test_the_spread_is_that_of_all_single_task_scores_and_its_uncertainty_is_said():
    changes = ChangeMatrix.from_runs(KINDS, outcomes(*scores(), {Run(("pose", "nll"), 0)}))
    alone = scores()[0][:, 2]
    assert changes.kinds[2].spread == pytest.approx(alone.std(ddof=1), rel=1e-12)
    low, high = alone.std(ddof=1) * np.sqrt(5 / stats.chi2.ppf([0.975, 0.025], 5))
    assert f"[{low:.3g}, {high:.3g}]" in changes.notes["nll"]


def test_a_part_keeps_its_kinds():
    part = matrix().select(["nll", "pose"])
    assert [kind.name for kind in part.kinds] == ["standardised", "relative"]
    assert part.mean[1, 0] == pytest.approx(matrix().mean[0, 2])


def test_more_seeds_go_where_an_edge_waits_in_its_own_unit():
    alone, pair = scores(3, harm=0.05)
    changes = ChangeMatrix.from_runs(
        measured(TASKS, {"r2": -0.05, "nll": -5.0}), outcomes(alone, pair), looks=(3, 4)
    )
    runs = {run.tasks for run in further_runs(changes, Seeds(3, 4), 1)}
    assert ("pose", "r2") in runs and ("r2", "nll") not in runs


def test_a_movement_is_a_difference_in_the_unit_of_the_later_probe():
    alone, pair = scores()
    first = ChangeMatrix.from_runs(KINDS, outcomes(alone, pair))
    second = ChangeMatrix.from_runs(KINDS, outcomes(alone * 2, pair * 2))
    seen = movement(first, second)
    assert seen.mean[0, 1] == pytest.approx(twin(1, 0).mean())
    assert seen.mean[0, 2] == pytest.approx(twin(2, 0).mean() / 2)
    assert "abs. to" in str(seen) and "%" not in str(seen).replace("(95%)", "")


def test_seeds_needed_are_the_same_in_any_unit():
    """In sizes of its threshold, a metric in millimetres needs the seeds of one in metres."""
    alone, pair = scores()
    tables = [
        sample_size_table(
            ChangeMatrix.from_runs(
                measured(TASKS, dict.fromkeys(("pose", "r2", "nll"), -0.05 * unit)),
                outcomes(alone * unit, pair * unit),
            )
        )
        for unit in (1.0, 1000.0)
    ]
    assert tables[0] == tables[1] and "own threshold" in tables[0]
