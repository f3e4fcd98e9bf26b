"""In axes of somebody else's figure everything keeps inside the place that they are given."""

import itertools

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from analysis import graph_plot, heatmap, mask_plot
from analysis.figures.figure_file import figure_of
from relations.graph import RelationGraph
from relations.mask import GradientMask
from tests.analysis.analysis_examples import random_changes

LAYOUTS = ("constrained", "compressed", "tight", None)
SIZES = [
    ((10, 4), (1, 2), 10),
    ((3.3, 4.5), (2, 1), 7),
    ((6.9, 2.6), (1, 2), 9),
    ((3.3, 7), (2, 1), 7),
]


def drawn(changes, layout, size, grid, font_size, **options):
    """A heatmap and a graph in a figure of somebody's own, laid out and drawn as it is saved."""
    graph = RelationGraph.from_changes(changes)
    figure = Figure(figsize=size, layout=None if layout == "tight" else layout)
    first, second = np.ravel(figure.subplots(*grid))
    heatmap(changes, graph, ax=first, font_size=font_size, **options)
    graph_plot(graph, ax=second, font_size=font_size, **options)
    if layout == "tight":
        figure.tight_layout()
    figure.set_dpi(200)
    figure.draw_without_rendering()
    return first, second


def box_of(axes):
    return axes.get_tightbbox()


def texts(axes, gid: str) -> list:
    return [text for text in axes.texts if text.get_gid() == gid]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(("size", "grid", "font_size"), SIZES)
def test_nothing_is_cut_or_runs_into_the_neighbour(four_changes, layout, size, grid, font_size):
    first, second = drawn(four_changes, layout, size, grid, font_size)
    whole = figure_of(first).bbox
    least = 0.25 * min(whole.width / grid[1], whole.height / grid[0])
    for axes in (first, second):
        box = box_of(axes)
        assert box.x0 >= -2 and box.y0 >= -2
        assert box.x1 <= whole.x1 + 2 and box.y1 <= whole.y1 + 2
        assert axes.get_window_extent().width > least
    one, other = box_of(first), box_of(second)
    assert one.x1 <= other.x0 + 2 if grid == (1, 2) else other.y1 <= one.y0 + 2


@pytest.mark.parametrize(("size", "grid", "font_size"), SIZES)
def test_numbers_and_scores_keep_to_their_cells(four_changes, size, grid, font_size):
    axes, _ = drawn(four_changes, "constrained", size, grid, font_size)
    side = axes.get_window_extent().width / 4
    for text in texts(axes, "change") + texts(axes, "second line"):
        assert text.get_window_extent().width < side
    for part in axes.child_axes:
        if part.get_gid() == "single-task scores":
            labels = [one.get_window_extent() for one in part.get_xticklabels()]
            assert not any(a.overlaps(b) for a, b in itertools.pairwise(labels))


def test_arrows_and_discs_are_smaller_where_the_axes_are():
    changes = random_changes(4, spread=0.0001)
    sizes = {}
    for inches in (2.0, 6.0):
        figure = Figure(figsize=(inches, inches), layout="constrained")
        axes = graph_plot(RelationGraph.from_changes(changes), ax=figure.subplots())
        figure.draw_without_rendering()
        (discs,) = (one for one in axes.collections if one.get_gid() == "task")
        sizes[inches] = (
            discs.get_sizes()[0],
            max(arrow.get_linewidth() for arrow in axes.patches),
            max(arrow.get_mutation_scale() for arrow in axes.patches),
        )
        for text in texts(axes, "change"):
            others = [one for one in texts(axes, "change") if one is not text]
            assert not any(text.get_window_extent().overlaps(o.get_window_extent()) for o in others)
    assert all(small < 0.7 * large for small, large in zip(sizes[2.0], sizes[6.0], strict=True))


def test_a_key_says_what_marks_mean_where_there_is_room(four_changes):
    large, graph = drawn(four_changes, "constrained", (10, 4), (1, 2), 10)
    said = [text.get_text() for text in large.get_legend().get_texts()]
    assert any(text.startswith("harmful, change below −1 %") for text in said)
    assert any(text.startswith("undecided") for text in said)
    assert not texts(graph, "standing")  # no room beside: below
    lowest = min(name.get_window_extent().y0 for name in texts(graph, "name"))
    assert graph.get_legend().get_window_extent().y1 <= lowest
    wide = Figure(figsize=(8, 4), layout="constrained").subplots()
    graph_plot(RelationGraph.from_changes(four_changes), ax=wide)
    figure_of(wide).draw_without_rendering()
    assert texts(wide, "standing")
    tiny = Figure(figsize=(1.2, 1.2)).subplots()
    heatmap(four_changes, ax=tiny, font_size=7)
    assert tiny.get_legend() is None
    off = Figure(figsize=(6, 6)).subplots()
    assert heatmap(four_changes, ax=off, legend=False).get_legend() is None


def test_it_follows_its_figure_and_leaves_what_is_not_its_own(four_changes):
    figure = Figure(figsize=(4, 4), layout="constrained")
    axes = heatmap(four_changes, ax=figure.subplots(), title="of ours")
    note = axes.text(0.5, 0.5, "mine")
    axes.set_title("mine")
    axes.set_xlabel("target")
    small = {text.get_text() for text in texts(axes, "change")}
    figure.set_size_inches(9, 9)
    figure.draw_without_rendering()
    assert note in axes.texts
    assert (axes.get_title(), axes.get_xlabel()) == ("mine", "target")
    assert len(texts(axes, "change")) == 11
    assert {text.get_text() for text in texts(axes, "second line")}
    assert small != {text.get_text() for text in texts(axes, "second line")}
    assert len([part for part in axes.child_axes if part.get_gid() == "color bar"]) == 1


def test_a_mask_keeps_inside_too(four_graph):
    mask = GradientMask.from_graph(four_graph, unknown="block")
    for layout in LAYOUTS:
        figure = Figure(figsize=(6.9, 2.3), layout=None if layout == "tight" else layout)
        for axes in figure.subplots(1, 3):
            mask_plot(mask, ax=axes, font_size=9)
        if layout == "tight":
            figure.tight_layout()
        figure.draw_without_rendering()
        boxes = [box_of(axes) for axes in figure.axes]
        assert all(box.x0 >= -1 and box.x1 <= figure.bbox.x1 + 1 for box in boxes)
        assert all(box.y0 >= -1 and box.y1 <= figure.bbox.y1 + 1 for box in boxes)
        assert all(a.x1 <= b.x0 + 1 for a, b in itertools.pairwise(boxes))
        assert all(isinstance(text, Text) for text in figure.axes[0].get_xticklabels())
