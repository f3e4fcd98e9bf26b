"""A figure is drawn again until it is as wide as it should be."""

import re

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from analysis import graph_plot, heatmap, save
from analysis.figures.figure_file import PADDING, FigureFileError, figure_of, new_axes
from analysis.figures.fitting import fitted, saved_width
from analysis.figures.room import arrange
from relations.graph import RelationGraph


def test_the_size_is_found_though_texts_do_not_grow_with_it():
    sizes: list[float] = []

    def draw(size):
        sizes.append(size)
        axes = new_axes(size + 1, 2)
        axes.set_ylabel("as high as it is")
        return axes

    axes = fitted(draw, 3.3, 1.0, slope=1.0, least=0.5)
    assert saved_width(axes) == pytest.approx(3.28, abs=0.02)
    assert len(sizes) <= 5


def test_what_does_not_converge_is_never_too_wide():
    def draw(size):
        return new_axes(4.0 if size > 1 else 2.0, 2)

    axes = fitted(draw, 3.3, 1.0, slope=1.0, least=0.1)
    assert saved_width(axes) < 3.3


def test_what_is_too_wide_at_its_smallest_is_refused():
    with pytest.raises(FigureFileError, match="`width` is 3"):
        fitted(lambda size: new_axes(5.0, 2), 3.0, 1.0, slope=1.0, least=0.5)


@pytest.mark.parametrize("ending", ["png", "svg"])
@pytest.mark.parametrize("look", [{}, {"title": "Campus", "order": "cluster"}])
def test_a_saved_figure_has_the_width_that_was_asked_for(four_changes, tmp_path, ending, look):
    graph = RelationGraph.from_changes(four_changes)
    drawn = [
        heatmap(four_changes, graph, width=3.3, font_size=7, **look),
        graph_plot(graph, width=3.3, font_size=7, beside=False, **look),
        graph_plot(graph, width=6.9, font_size=9, **look),
    ]
    for axes, width in zip(drawn, (3.3, 3.3, 6.9), strict=True):
        path = save(axes, tmp_path / f"figure.{ending}")
        if ending == "png":
            with Image.open(path) as picture:
                assert picture.width == round(200 * width)
        else:
            points = re.search(r'<svg[^>]* width="([\d.]+)pt"', path.read_text())[1]
            assert float(points) == pytest.approx(72 * width, abs=0.01)


@pytest.mark.parametrize("title", [None, "A title that takes two lines above so few cells"])
def test_the_figure_is_as_large_as_its_cells_and_texts(four_changes, title):
    axes = heatmap(four_changes, width=3.3, font_size=7, title=title)
    figure = figure_of(axes)
    figure.draw_without_rendering()
    box = axes.get_window_extent()
    assert box.width == pytest.approx(box.height, abs=0.01)
    wide, high = figure.get_size_inches()
    drawn = figure.get_tightbbox()
    empty = (drawn.x0, drawn.y0, wide - drawn.x1, high - drawn.y1)
    assert all(-0.01 < one < PADDING + 0.02 for one in empty)
    # Cells get what texts leave, and not less than texts in cells were made for.
    assert saved_width(axes) == pytest.approx(3.28, abs=0.02)


def test_a_title_at_the_left_is_folded_and_no_other_text():
    axes = Figure(figsize=(3, 2)).add_subplot()
    axes.set_title("words " * 20, loc="left", fontsize=8)
    axes.text(0, 0, "words " * 20)
    arrange(axes, 9, own=True)
    assert "\n" in axes.get_title(loc="left") and "\n" not in axes.texts[0].get_text()
    (title,) = axes.findobj(lambda each: isinstance(each, Text) and "\n" in each.get_text())
    assert title.get_fontsize() == 8
