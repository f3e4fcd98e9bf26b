"""What stands in the cells: ends of wide intervals, and nothing beyond a cell's frame."""

import numpy as np
import pytest

from analysis import graph_plot
from analysis.figures.figure_file import figure_of
from analysis.figures.heatmap import heatmap
from relations import ChangeMatrix
from relations.graph import RelationGraph
from tests.analysis.analysis_examples import random_changes


def texts(axes, gid: str) -> list:
    return [text for text in axes.texts if text.get_gid() == gid]


def of_wide_interval() -> ChangeMatrix:
    """Errors that grow to two to five times: the interval of log ratios is far from symmetric."""
    ratios = np.array([1.9, 3.1, 4.8, 2.6, 3.9])
    by_seed = np.full((5, 4, 4), -0.02) + 0.001 * np.arange(5)[:, None, None]
    by_seed[:, 3, 1] = 1 - ratios
    return ChangeMatrix(["kind", "place", "seg", "price"], by_seed, turned=[0, 1, 0, 0])


@pytest.mark.parametrize(("width", "font_size"), [(None, 10), (3.3, 7)])
def test_a_wide_interval_has_its_ends_where_half_of_it_would_mislead(width, font_size):
    changes = of_wide_interval()
    graph = RelationGraph.from_changes(changes)
    lower, upper = (100 * graph.edges["price", "place"][end] for end in ("lower", "upper"))
    assert upper < 0 and lower < -200
    axes = heatmap(changes, graph, width=width, font_size=font_size)
    (text,) = [one for one in texts(axes, "second line") if one.get_position()[0] == 1.5][-1:]
    assert " ".join(text.get_text().split()) == f"{lower:.0f} to {upper:.0f}".replace("-", "−")


def test_a_narrow_one_has_half_its_width_where_there_is_less_room():
    axes = heatmap(of_wide_interval(), width=3.3, font_size=7)
    assert {one.get_text()[0] for one in texts(axes, "second line")} == {"±", "−"}


@pytest.mark.parametrize(("count", "width"), [(4, 3.3), (4, 5), (6, 4), (6, 5), (9, 6), (12, 6.9)])
def test_no_text_reaches_over_the_frame_of_its_cell(count, width):
    rng = np.random.default_rng(count)
    by_seed = -rng.uniform(0.02, 3, (4, count, count))
    by_seed[:, 0] = -0.134 + rng.normal(0, 0.01, (4, count))
    names = [f"t{i}" for i in range(count)]
    changes = ChangeMatrix(names, by_seed, turned=[True] * count)
    axes = heatmap(changes, width=width, font_size=8)
    figure = figure_of(axes)
    figure.set_dpi(200)  # as it is saved: letters are wider where there are fewer dots
    figure.draw_without_rendering()
    frame = next(one for one in axes.patches if one.get_gid() == "harmful").get_linewidth()
    dots = figure.dpi / 72
    shown = texts(axes, "change") + texts(axes, "second line")
    for text in shown:
        x, y = (int(at) for at in text.get_position())
        (left, low), (right, high) = axes.transData.transform([(x, y + 1), (x + 1, y)])
        box = text.get_window_extent()
        # 1.25: the outline is drawn a little inside the cell.
        assert box.x0 >= left + 1.25 * frame * dots - 0.5, text
        assert box.x1 <= right - 1.25 * frame * dots + 0.5, text
        assert low <= box.y0 and box.y1 <= high, text


@pytest.mark.parametrize("count", [4, 9, 14, 24])
def test_marks_of_a_corner_stand_inside_the_frame(count):
    axes = heatmap(random_changes(count))
    figure_of(axes).draw_without_rendering()
    side = axes.get_window_extent().width / count * 72 / figure_of(axes).dpi
    (frame,) = (one for one in axes.patches if one.get_gid() == "harmful")
    (corners,) = (one for one in axes.collections if one.get_gid() == "harmful corner")
    half = np.sqrt(corners.get_sizes()[0]) / 2
    inside = np.asarray(corners.get_offsets()) % 1 * side
    assert (inside - half > 1.25 * frame.get_linewidth()).all()


@pytest.mark.parametrize(
    ("correction", "said"),
    [("holm", "90 %, Holm"), ("bh", "90 %, Benjamini-Hochberg"), ("none", "90 % an edge")],
)
def test_keys_say_at_what_level_edges_are_decided(four_changes, correction, said):
    graph = RelationGraph.from_changes(four_changes, level=0.9, correction=correction)
    heat, drawn = heatmap(four_changes, graph), graph_plot(graph)
    for key in (figure_of(heat).legends[0], drawn.get_legend()):
        assert f"decided at {said}" in [text.get_text() for text in key.get_texts()]
    single = random_changes(3, seeds=1, spread=0)
    key = figure_of(heatmap(single)).legends[0]
    assert not any("decided at" in text.get_text() for text in key.get_texts())


def test_a_change_over_two_lines_does_not_touch_its_mark():
    seeds = np.full((4, 4, 4), 0.02) + np.arange(4)[:, None, None] / 500
    seeds[:, 1:, 0] = np.array([0.0, -0.01, 7.0, -0.02])[:, None]
    changes = ChangeMatrix(["seg", "depth", "normals", "edge"], seeds)
    axes = heatmap(changes, width=3.3, font_size=7)
    figure = figure_of(axes)
    figure.draw_without_rendering()
    (marks,) = [one for one in axes.collections if one.get_gid() == "undecided"]
    half = marks.get_sizes()[0] ** 0.5 / 2 * figure.dpi / 72
    high = axes.transData.transform(marks.get_offsets())[:, 1].tolist()
    below = {one.get_position(): one for one in texts(axes, "second line")}
    two = [row for (_, row), one in below.items() if "\n" in one.get_text()]
    assert len(two) == 3
    changed = [one for one in texts(axes, "change") if one.get_position()[0] == 0.5]
    for text in changed:
        box = text.get_window_extent()
        mark = min((y for y in high if y > box.y0), key=lambda y: y - box.y0)
        assert (
            mark - half - box.y1 > 1.5 * figure.dpi / 72
        )  # the "?" is a little higher than it says
