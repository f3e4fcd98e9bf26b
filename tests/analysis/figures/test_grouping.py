"""The picture of a grouping and of the budget."""

import json
from dataclasses import replace

import numpy as np
import pytest

from analysis.comparison.comparison import Comparison
from analysis.comparison.judged_facts import judged_facts
from analysis.figures.budget import budget_plot
from analysis.figures.grouping import grouping_plot
from analysis.figures.palette import NEUTRAL
from analysis.page.picture import picture
from relations import ChangeMatrix, group_tasks
from relations.errors import GroupingError
from relations.grouping.asked import Asked
from relations.grouping.budget_curve import BudgetCurve, budget_curve, random_mean
from relations.grouping.candidate import serve
from relations.grouping.exact import solve
from relations.grouping.group_changes import GroupChanges
from relations.grouping.predicted import every_group

NAN = np.nan
PAIRS = [[NAN, 0.05, -0.08], [0.02, NAN, -0.03], [-0.04, -0.01, NAN]]
CHANGES = ChangeMatrix(["a", "b", "c"], PAIRS)
SIGNS = ["in its network: gain", "in its network: within ±1 %"]


def test_every_task_has_its_line_and_every_network_its_frame():
    axes = grouping_plot(group_tasks(CHANGES, networks=2))
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b", "c"]
    frames = [patch for patch in axes.patches if patch.get_facecolor()[3] == 0]
    assert len(frames) == 2
    dots = sorted(float(line.get_xdata()[0]) for line in axes.lines if line.get_marker() == "o")
    assert pytest.approx(5.0) in dots  # b beside a, in per cent


def test_one_network_for_all_is_called_as_in_the_terminal():
    guessed = group_tasks(CHANGES, networks=2)
    assert "all together, predicted" in str(guessed)
    for grouping, name in (
        (guessed, "all together,\npredicted"),
        (replace(guessed, together_trained=True), "all together"),
    ):
        named = grouping_plot(grouping).get_legend_handles_labels()[1]
        assert [each for each in named if each.startswith("all together")] == [name]


def test_the_legend_says_what_dashes_mean():
    pairs = np.array(PAIRS)
    pairs[0, 2] = 0.2  # a helps c, and its output is used elsewhere
    pairs[1, 2] = 0.1  # so does b: that network is predicted
    axes = grouping_plot(group_tasks(ChangeMatrix(["a", "b", "c"], pairs), networks=2))
    shown = [text.get_text().replace("\n", " ") for text in axes.get_legend().get_texts()]
    assert "helper: trained along, output not used" in shown
    assert any(line.get_linestyle() == "--" for line in axes.lines)
    predicted = grouping_plot(group_tasks(CHANGES, networks=1))
    texts = [text.get_text().replace("\n", " ") for text in predicted.get_legend().get_texts()]
    assert "network not trained: predicted" in texts
    plain = grouping_plot(group_tasks(CHANGES, networks=2)).get_legend().get_texts()
    together = "all together,\npredicted"
    assert sorted(text.get_text() for text in plain) == [together, *SIGNS]


def test_the_legend_names_the_colour_of_every_dot_and_small_gains_have_none():
    axes = grouping_plot(group_tasks(CHANGES, networks=2))
    handles, labels = axes.get_legend_handles_labels()
    named = {
        label: handle.lines[0].get_color()
        for handle, label in zip(handles, labels, strict=True)
        if label.startswith("in its network")
    }
    dots = {one.lines[0].get_color(): float(one.lines[0].get_xdata()[0]) for one in axes.containers}
    assert set(named.values()) == set(dots)
    assert all((abs(gain) <= 1) == (color == NEUTRAL) for color, gain in dots.items())


@pytest.mark.parametrize("look", [{}, {"width": 3.3, "font_size": 7}])
def test_the_name_of_a_network_covers_no_dot(look):
    pairs = [[NAN, 0.05, 0.05], [0.05, NAN, 0.05], [0.05, 0.05, NAN]]  # all dots at the right edge
    changes = ChangeMatrix(["a", "b", "c"], np.array(pairs) - 0.2 * np.eye(3))
    axes = grouping_plot(group_tasks(changes, networks=2), **look)
    axes.figure.draw_without_rendering()
    names = [text.get_window_extent() for text in axes.texts if "network" in text.get_text()]
    radius = 3.5 * axes.figure.dpi / 72
    for line in axes.lines:
        if line.get_marker() == "o":
            x, y = axes.transData.transform(line.get_xydata()[0])
            assert not any(
                box.x0 - radius < x < box.x1 + radius and box.y0 - radius < y < box.y1 + radius
                for box in names
            )


def test_the_zero_line_does_not_cross_the_name_of_a_network():
    axes = grouping_plot(group_tasks(CHANGES, networks=2))
    names = [text for text in axes.texts if text.get_text().startswith("network")]
    assert len(names) == 2
    for text in names:
        behind = text.get_bbox_patch()
        assert behind is not None
        assert behind.get_facecolor()[:3] == (1.0, 1.0, 1.0)


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
    again = grouping_plot(group_tasks(CHANGES, networks=2), judged_facts(Comparison(scores)))
    assert picture(again, "the same from a file") == picture(axes, "the same from a file")


def test_the_budget_curve():
    changes = GroupChanges.from_changes(CHANGES)
    curve = budget_curve(changes, Asked(networks=2))
    assert curve is not None
    assert [point.budget for point in curve.points] == [1.0, 2.0, 3.0]
    axes = budget_plot(curve)
    assert list(axes.get_xticks()) == [1, 2, 3]


def test_the_curve_shows_what_pairs_alone_predict_beside_what_was_measured():
    known = GroupChanges.from_changes(CHANGES)
    assert all(point.pairs is None for point in budget_curve(known, Asked(networks=2)).points)  # type: ignore[union-attr]
    trained = replace(known, scaled={**known.scaled, tuple("abc"): np.full((1, 3), -0.5)})
    curve = budget_curve(trained, Asked(networks=2))
    assert curve is not None
    one = curve.points[0]
    assert (one.groups, one.measured) == ((tuple("abc"),), True)
    assert one.mean < -0.3
    assert one.pairs == pytest.approx(sum(sum(row[at] for at in range(3) if row[at] == row[at])
                                          for row in PAIRS) / 2 / 3)  # fmt: skip
    axes = budget_plot(curve)
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert "chosen by pairs alone:\nwhat they predict" in labels
    assert "grouping at random (predicted\nwhere not trained)" in labels
    back = BudgetCurve.from_facts(curve.tasks, json.loads(json.dumps(curve.facts())), relative=True)
    assert back == curve


@pytest.mark.parametrize(
    "facts", [{}, {"points": [], "all_together": None}, {"points": [{"a": 1}]}]
)
def test_facts_that_are_no_curve_are_refused(facts):
    with pytest.raises(GroupingError, match="budgets"):
        BudgetCurve.from_facts(("a",), facts, relative=True)


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
