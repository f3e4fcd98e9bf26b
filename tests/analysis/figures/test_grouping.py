"""The picture of a grouping and of the budget."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.comparison.comparison import Comparison
from analysis.figures.grouping import budget_plot, grouping_plot
from relations import ChangeMatrix, group_tasks
from relations.grouping.asked import Asked
from relations.grouping.budget_curve import budget_curve, random_mean
from relations.grouping.candidate import serve
from relations.grouping.exact import solve
from relations.grouping.group_changes import GroupChanges
from relations.grouping.predicted import every_group

NAN = np.nan
PAIRS = [[NAN, 0.05, -0.08], [0.02, NAN, -0.03], [-0.04, -0.01, NAN]]
CHANGES = ChangeMatrix(["a", "b", "c"], PAIRS)


def test_every_task_has_its_line_and_every_network_its_frame():
    axes = grouping_plot(group_tasks(CHANGES, networks=2))
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b", "c"]
    frames = [patch for patch in axes.patches if patch.get_facecolor()[3] == 0]
    assert len(frames) == 2
    dots = sorted(float(line.get_xdata()[0]) for line in axes.lines if line.get_marker() == "o")
    assert pytest.approx(5.0) in dots  # b beside a, in per cent


def test_gains_on_fresh_seeds_have_intervals():
    scores = {
        "single": {seed: {"a": 1.0, "b": 1.0, "c": 1.0} for seed in (5, 6, 7)},
        "all together": {seed: {"a": 0.9, "b": 0.9, "c": 0.9} for seed in (5, 6, 7)},
        "grouping": {
            seed: {"a": 1.1, "b": 1.2 + 0.1 * (seed == 6), "c": 1.0} for seed in (5, 6, 7)
        },
    }
    axes = grouping_plot(group_tasks(CHANGES, networks=2), Comparison(scores))
    assert "on 3 fresh seeds" in axes.get_title(loc="left")
    assert len(axes.containers) == 3


def test_the_budget_curve():
    changes = GroupChanges.from_changes(CHANGES)
    curve = budget_curve(changes, Asked(networks=2))
    assert curve is not None
    assert [point.budget for point in curve.points] == [1.0, 2.0, 3.0]
    axes = budget_plot(curve)
    assert list(axes.get_xticks()) == [1, 2, 3]


def test_chance_is_the_mean_over_all_partitions():
    means = GroupChanges.from_changes(CHANGES).means()
    groups = {one.tasks: one for one in every_group("abc", means)}
    partitions = [["abc"], ["ab", "c"], ["ac", "b"], ["bc", "a"], ["a", "b", "c"]]
    totals = [
        serve("abc", [groups[tuple(group)] for group in parts]).total / 3 for parts in partitions
    ]
    asked = Asked(networks=2)
    assert random_mean(tuple("abc"), means, 3, asked) == pytest.approx(np.mean(totals))
    assert random_mean(tuple("abc"), means, 2, asked) == pytest.approx(np.mean(totals[:4]))
    assert solve(asked.problem(tuple("abc"), means)) is not None


def test_the_budget_curve_in_units_of_the_spread():
    changes = replace(GroupChanges.from_changes(CHANGES), relative=False)
    curve = budget_curve(changes, Asked(networks=2))
    assert curve is not None
    axes = budget_plot(curve)
    assert axes.get_ylabel() == "mean change to training alone [sd]"
    means = np.asarray(axes.lines[0].get_ydata())
    assert means == pytest.approx([point.mean for point in curve.points])


def test_small_networks_of_an_odd_cost_have_a_curve_as_far_as_it_goes():
    changes = GroupChanges.from_changes(CHANGES)
    asked = Asked(budget=1.5, small=0.333, small_gains=dict.fromkeys("abc", -0.01))
    curve = budget_curve(changes, asked)
    assert curve is not None
    assert [point.budget for point in curve.points][:4] == [1.0, 1.333, 1.666, 1.999]
