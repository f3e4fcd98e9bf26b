"""The picture of a recommendation."""

from itertools import combinations

import numpy as np
import pytest

from analysis.figures.figure_file import figure_of, save
from analysis.figures.palette import NEUTRAL, SERIES
from analysis.figures.recommendation import recommendation_plot
from analysis.figures.recommendation_marks import (
    BELOW,
    DROPPED,
    Mark,
    front_of,
    heights,
    lettered,
    marks_of,
    on_the_axis,
    side_by_side,
)
from tests.analysis.recommendation_examples import candidate, facts_of, judged, three_judged

PLAIN = judged(0.0, 0.0)
OUT = "0.5 tuned-weights"


def place(line):
    """Where a mark stands: cost and gain."""
    return float(np.asarray(line.get_xdata())[0]), float(np.asarray(line.get_ydata())[0])


def circles(axes):
    """Place of every circle, and whether it is filled."""
    return {
        place(line): line.get_markerfacecolor() != "white"
        for line in axes.lines
        if line.get_marker() == "o"
    }


def marks_drawn(axes, marker):
    return [line for line in axes.lines if line.get_marker() == marker]


def key_of(axes):
    key = axes.get_legend()
    assert key is not None
    return key


def key(axes):
    return [text.get_text() for text in key_of(axes).get_texts()]


def test_the_judged_are_circles_with_letters_and_the_recommended_one_is_filled():
    axes = recommendation_plot(three_judged())
    assert circles(axes) == {(1.6, 8.0): True, (1.0, 5.0): False, (1.0, 0.0): False}
    filled = next(line for line in marks_drawn(axes, "o") if line.get_markersize() == 10)
    assert filled.get_color() == SERIES[0]
    letters = {
        str(line.get_marker()): place(line)[1]
        for line in axes.lines
        if str(line.get_marker()).startswith("$")
    }
    assert list(letters.values()) == [8.0, 5.0, 0.0]
    assert [name[-3] for name in letters] == ["A", "B", "C"]


def test_the_key_names_all_that_is_drawn_and_nothing_else():
    axes = recommendation_plot(three_judged())
    names = ["a | b\n(recommended)", "tuned-weights", "multi-head"]
    assert key(axes) == [*names, "front of the judged", "dropped in the race"]
    bold = [text.get_fontweight() == "bold" for text in key_of(axes).get_texts()]
    assert bold == [True, False, False, False, False]


def test_candidates_of_one_cost_have_no_front():
    facts = three_judged()
    for one in facts["candidates"]:
        one["operations"] = 1.0
    axes = recommendation_plot(facts)
    assert not any(line.get_drawstyle() == "steps-post" for line in axes.lines)
    assert "front of the judged" not in key(axes)


def test_the_front_leads_from_the_best_of_the_cheap_to_the_best_of_all():
    axes = recommendation_plot(three_judged())
    steps = next(line for line in axes.lines if line.get_drawstyle() == "steps-post")
    assert np.asarray(steps.get_ydata()).tolist() == [5.0, 8.0, 8.0]
    assert np.asarray(steps.get_xdata()).tolist() == [1.0, 1.6, axes.get_xlim()[1]]


def test_who_was_raced_only_is_a_small_grey_mark_and_who_failed_is_none():
    axes = recommendation_plot(three_judged())
    (cross,) = marks_drawn(axes, "x")
    assert cross.get_color() == NEUTRAL and place(cross)[1] == pytest.approx(5.5)
    assert marks_drawn(axes, "D") == []


def crowd():
    """Fifteen at the same cost, with the same gain but for multi-head's."""
    names = [f"m{at}" for at in range(12)]
    found = {"multi-head": PLAIN, "tuned-weights": judged(0.05), "m0": judged(0.05)}
    raced = [candidate(name, 0.05, behind="" if name < "m2" else OUT) for name in names]
    all_of_it = [candidate("multi-head", 0.0), candidate("tuned-weights", 0.05), *raced]
    return facts_of(found, [*all_of_it, candidate("longer", 0.05, behind=OUT)], "tuned-weights")


def test_equal_costs_hide_nobody():
    axes = recommendation_plot(crowd())
    figure = figure_of(axes)
    figure.draw_without_rendering()
    boxes = [
        line.get_window_extent() for marker in ("o", "x", "D") for line in marks_drawn(axes, marker)
    ]
    assert len(boxes) == 15
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    left, right = axes.get_xlim()
    assert all(left < place(line)[0] < right for line in axes.lines if line.get_marker() == "x")
    assert "side by side" in axes.get_xlabel()


def test_nobody_is_moved_without_need():
    marks = [Mark("one", 1.0, 5.0), Mark("two", 2.0, 5.0), Mark("three", 1.0, 0.0)]
    places = side_by_side(marks, width=1.2, height=6.0)
    assert places == {"one": 1.0, "two": 2.0, "three": 1.0}
    axes = recommendation_plot(facts_of({"multi-head": PLAIN}, [candidate("multi-head", 0.0)]))
    assert "side by side" not in axes.get_xlabel()


def test_the_front_stays_at_its_cost_whatever_stands_there():
    marks = marks_of(crowd())
    places = side_by_side(marks, width=0.3, height=6.0)
    (best,) = front_of(marks)
    assert places[best.name] == best.cost
    assert sum(place == 1.0 for place in places.values()) == 2  # and multi-head, far below


def test_whoever_is_not_of_the_front_makes_room_for_it():
    cheap, best, behind = Mark("c", 1.0, 5.0), Mark("b", 1.005, 50.0), Mark("x", 1.01, 5.1)
    places = side_by_side([best, behind, cheap], width=1.0, height=60.0)
    assert (places["c"], places["b"]) == (1.0, 1.005) and places["x"] > 1.02


def test_an_interval_needs_room_too():
    tall, beside = Mark("tall", 1.0, 5.0, 0.0, 10.0), Mark("beside", 1.0, 1.0, fate=DROPPED)
    assert side_by_side([tall, beside], 1.0, 10.0)["beside"] != 1.0
    assert side_by_side([Mark("tall", 1.0, 5.0), beside], 1.0, 10.0)["beside"] == 1.0


def test_one_disaster_does_not_flatten_the_rest():
    found = {"multi-head": PLAIN, "tuned-weights": judged(0.05)}
    raced = [candidate("multi-head", 0.0), candidate("tuned-weights", 0.05)]
    gains = {"bad": -0.9, "fair": 0.01, "poor": -0.02}
    losers = [candidate(name, gain, behind=OUT) for name, gain in gains.items()]
    axes = recommendation_plot(facts_of(found, [*raced, *losers]))
    low, high = axes.get_ylim()
    assert -3.5 < low < -2 and high < 8
    (triangle,) = marks_drawn(axes, "v")
    assert low < place(triangle)[1] < -2
    assert len(marks_drawn(axes, "x")) == 2
    assert key(axes)[-2:] == [DROPPED, BELOW]


def test_what_is_within_reach_is_drawn_where_it_is():
    marks = [Mark("a", 1.0, 4.0), Mark("b", 1.0, 1.0, fate=DROPPED), Mark("c", 1.0, -3.9)]
    worst = Mark("worst", 1.0, -3.9, fate=DROPPED)
    low, high = heights([*marks[:2], worst])
    assert low < -3.9 and on_the_axis(worst, low, high) == worst


def test_a_huge_interval_runs_out_of_the_axes():
    found = {"multi-head": PLAIN, "wide": judged(0.02, 0.9)}
    axes = recommendation_plot(
        facts_of(found, [candidate("multi-head", 0.0), candidate("wide", 0.02)])
    )
    assert -3 < axes.get_ylim()[0] < axes.get_ylim()[1] < 5


def test_everything_is_worse():
    found = {"multi-head": PLAIN, "tuned-weights": judged(-0.02)}
    raced = [candidate(f"m{at}", -0.01 * at, 1 + 0.1 * at) for at in range(1, 5)]
    all_of_it = [candidate("multi-head", 0.0), candidate("tuned-weights", -0.03), *raced]
    axes = recommendation_plot(facts_of(found, all_of_it))
    assert axes.get_ylim()[0] < -4 and axes.get_ylim()[1] > 0
    assert [mark.name for mark in front_of(marks_of(facts_of(found, all_of_it)))] == ["multi-head"]


def test_without_intervals_none_is_promised():
    found = {"multi-head": judged(0.0, None, n=1), "a": judged(0.1, None, n=1)}
    facts = facts_of(found, [candidate("multi-head", 0.0), candidate("a", 0.1, 1.5)])
    axes = recommendation_plot(facts)
    assert axes.get_title(loc="left") == "2 candidates, 2 judged on 1 fresh seed"
    assert marks_drawn(axes, "_") == []
    assert "95 % intervals" in recommendation_plot(three_judged()).get_title(loc="left")
    assert "test data and 5" in recommendation_plot(three_judged(on_test=True)).get_title("left")


def test_a_gain_that_nobody_knows_is_not_drawn():
    found = {"multi-head": PLAIN, "a": judged(None, None)}
    axes = recommendation_plot(facts_of(found, [candidate("multi-head", 0), candidate("a", None)]))
    assert len(circles(axes)) == 1


def test_networks_cheaper_than_the_shared_one_are_inside():
    found = {"multi-head": PLAIN, "small": judged(0.01)}
    axes = recommendation_plot(
        facts_of(found, [candidate("multi-head", 0.0), candidate("small", 0.01, 0.4)])
    )
    assert axes.get_xlim()[0] < 0.4


def test_long_names_are_whole_and_stay_in_the_figure(tmp_path):
    name = "$loud_1$+scarce | quiet+scarce+apart, gradsplit:mask=mask.json,balance=db-mtl"
    found = {"multi-head": PLAIN, name: judged(0.05)}
    facts = facts_of(found, [candidate("multi-head", 0.0), candidate(name, 0.05, 1.6)], name)
    axes = recommendation_plot(facts)
    shown = key(axes)[0].removesuffix("\n(recommended)").replace("\\$", "$")
    assert "".join(shown.split()) == "".join(name.split())
    assert max(map(len, shown.splitlines())) <= 34
    figure = figure_of(axes)
    figure.draw_without_rendering()
    assert key_of(axes).get_window_extent().x1 <= figure.bbox.x1 + 1
    assert save(axes, tmp_path / "it.png").stat().st_size > 0


def test_letters_run_out_before_names_do():
    marks = [Mark(f"m{at}", 1.0, -float(at)) for at in range(28)]
    letters = [letter for _, letter in lettered(marks)]
    assert letters[:2] == ["A", "B"] and letters[25:] == ["Z", "", ""]


def test_costs_that_are_all_the_same_have_an_axis():
    axes = recommendation_plot(facts_of({"multi-head": PLAIN}, [candidate("multi-head", 0.0)]))
    assert np.diff(axes.get_xlim())[0] > 0.1 and np.diff(axes.get_ylim())[0] >= 1


def test_the_axes_of_others_are_drawn_in():
    from analysis.figures.figure_file import new_axes

    own = new_axes(5, 3)
    assert recommendation_plot(three_judged(), own) is own
