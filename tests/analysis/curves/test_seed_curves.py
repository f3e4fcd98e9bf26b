import math

import numpy as np
import pytest

from analysis.curves.seed_curves import POINTS, curves_of, is_logarithmic, telling
from analysis.curves.ticks import ticks
from analysis.curves.trained_curves import TrainedCurves
from relations import LossCurve, Run

TASKS = ("pose", "reid", "depth")


def trained(losses, tasks=TASKS):
    """Of {run: losses of every task of it}."""
    return TrainedCurves(
        tasks,
        {run: dict.fromkeys(run.tasks, LossCurve.of(seen)) for run, seen in losses.items()},
    )


def labels(curves):
    return [curve.label for curve in curves]


def test_alone_comes_first_then_partners_in_the_order_of_tasks_then_all():
    runs = [
        *(Run(TASKS, 0), Run(("pose", "depth"), 0), Run(("pose", "reid"), 0), Run(("pose",), 0)),
        *(Run(("reid",), 0), Run(TASKS, 1, "multi-head #12"), Run(TASKS, 1, "dropgrad #3")),
        *(Run(("pose",), 0, "steps=9"), Run(("pose", "reid"), 0, "weights 0.3")),
    ]
    every = trained({run: [2.0, 1.0] for run in runs})
    plain = ["alone", "with reid", "with depth", "with all"]
    assert labels(curves_of("pose", every)) == plain
    assert labels(curves_of("pose", every, methods=True)) == [*plain, "dropgrad"]
    assert curves_of("pose", every)[-1].seeds == 2  # a comparison's multi-head is the joint run
    assert labels(curves_of("depth", every)) == ["with pose", "with all"]


def test_joint_runs_of_another_length_are_not_counted_among_the_plain_ones():
    every = trained({Run(TASKS, 0): [2.0, 1.0], Run(TASKS, 1, "multi-head #12 times 2"): [2.0] * 4})
    (plain,) = curves_of("pose", every)
    assert plain.seeds == 1 and plain.steps[-1] == 2
    with_others = curves_of("pose", every, methods=True)
    assert labels(with_others) == ["with all", "multi-head, times 2"]


def test_more_than_a_pair_and_fewer_than_all_are_named():
    every = trained({Run(("a", "b", "c"), 0): [1.0]}, ("a", "b", "c", "d"))
    assert labels(curves_of("b", every)) == ["with a, c"]


def test_a_curve_is_the_mean_between_the_lowest_and_the_highest_seed():
    every = trained({Run(("pose",), seed): [4.0 + seed, 2.0 - seed] for seed in range(3)})
    (curve,) = curves_of("pose", every)
    assert curve.steps.tolist() == [1, 2]
    assert curve.mean.tolist() == [5, 1]
    assert curve.low.tolist() == [4, 0]
    assert curve.high.tolist() == [6, 2]
    assert curve.last == 1


def test_what_is_not_finite_is_left_out_of_a_mean_and_is_a_gap_where_nothing_else_is():
    losses = {0: [3.0, math.nan, math.inf, 1.0], 1: [1.0, 2.0, math.nan, math.nan]}
    every = trained({Run(("pose",), seed): seen for seed, seen in losses.items()})
    (curve,) = curves_of("pose", every)
    np.testing.assert_array_equal(curve.mean, [2, 2, np.nan, 1])
    np.testing.assert_array_equal(curve.low, [1, 2, np.nan, 1])
    np.testing.assert_array_equal(curve.high, [3, 2, np.nan, 1])
    assert curve.last == 1


def test_a_seed_that_was_trained_for_fewer_steps_counts_as_far_as_it_goes():
    every = trained({Run(("pose",), 0): [4.0, 4.0], Run(("pose",), 1): [2.0, 2.0, 2.0]})
    (curve,) = curves_of("pose", every)
    assert curve.mean.tolist() == [3, 3, 2]


@pytest.mark.parametrize("count", [1, 2, 99, 100, 101, 200, 201, 777])
def test_thinning_keeps_the_mean_and_the_last_step(count):
    losses = np.random.default_rng(0).uniform(1, 9, count)
    (curve,) = curves_of("pose", trained({Run(("pose",), 0): losses.tolist()}))
    assert len(curve.steps) <= POINTS
    assert curve.steps[-1] == count
    lengths = np.diff(curve.steps, prepend=0)
    assert (curve.mean * lengths).sum() == pytest.approx(losses.sum(), rel=1e-3)


def test_of_many_partners_those_stay_that_end_farthest_from_alone():
    tasks = tuple("abcdef")
    losses = {Run(("a",), 0): [1.0], Run(tasks, 0): [1.5]}
    losses |= {Run(("a", other), 0): [1.0 + at] for at, other in enumerate("bcdef")}
    curves = curves_of("a", trained(losses, tasks))
    assert labels(telling(curves, 4)) == ["alone", "with e", "with f", "with all"]
    assert telling(curves, 7) == curves
    losses[Run(("a", "b"), 0)] = [math.nan]  # what has broken is the last to be left out
    assert "with b" in labels(telling(curves_of("a", trained(losses, tasks)), 4))


def test_with_all_stays_however_many_companies_there_are():
    tasks = tuple("abcdef")
    groups = [("a", one, other) for one in "bcdef" for other in "bcdef" if one < other]
    losses = {Run(("a",), 0): [1.0], Run(("a", "b"), 0): [9.0], Run(tasks, 0): [1.5]}
    losses |= {Run(of, 0): [2.0 + at] for at, of in enumerate(groups)}
    shown = telling(curves_of("a", trained(losses, tasks)), 4)
    assert labels(shown) == ["alone", "with d, f", "with e, f", "with all"]


def test_the_axis_is_logarithmic_where_losses_span_a_wide_range():
    def of(*losses):
        return curves_of("pose", trained({Run(("pose",), 0): list(losses)}))

    assert is_logarithmic(of(9.0, 1.0))
    assert not is_logarithmic(of(7.0, 1.0))
    assert not is_logarithmic(of(9.0, 0.0))
    assert not is_logarithmic(of(9.0, -1.0))
    assert not is_logarithmic(of(math.nan))


@pytest.mark.parametrize("high", [1.5, 9.0, 80.0, 5e3, 1e7, 1e40])
def test_ticks_are_few_and_within_the_axis(high):
    for values in (ticks(1.0, high), ticks(1.0, high, logarithmic=True)):
        assert 1 <= len(values) <= 6
        assert values.min() >= 1
        assert values.max() <= high


def test_a_loss_that_has_run_away_counts_as_infinite():
    (curve,) = curves_of("pose", trained({Run(("pose",), 0): [2.0, 1e300]}))
    assert np.isnan(curve.mean[1])
