"""Texts around axes that keep to the room there is: folded, turned, the key beside or below."""

import re
import textwrap
import warnings
from itertools import pairwise
from math import inf
from typing import TYPE_CHECKING, Any

from analysis.figures.figure_file import figure_of
from analysis.figures.letters import measured_letters

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend
    from matplotlib.text import Text

SMALLER = 8 / 9
"""Ticks and keys are by so much smaller than the names of axes."""

# Names of rows take at most this share of the width.
_ROWS = 0.42
# Letters across, of the font's size, that axes keep beside a key.
_LEAST = 36
# Units and short remarks are not broken.
_TOGETHER = re.compile(r"[\[(][^\])]{1,22}[\])]|\d %|= \d")
# In a figure of several, axes get narrower when their neighbours are drawn.
_OF_SEVERAL = 0.75


def arrange(
    axes: "Axes",
    font_size: float,
    *,
    own: bool,
    key: dict[str, Any] | None = None,
    roomy: bool = False,
) -> "Legend | None":
    """Give the texts around axes, once everything is drawn, the room that there is.

    Names of rows and axes and the title are folded, names of columns are turned where they would
    run into each other, and the key goes below where it would leave too little beside it.

    Args:
        axes: With names, title and labels in their fonts.
        font_size: Of the names of axes, in points.
        own: Whether the figure is theirs alone; it grows by what stands below the axes.
        key: What `legend` takes beside its place and font; none is made when it is not given.
        roomy: The figure was made with room for the key beside the axes.

    Returns:
        The key.
    """
    figure = figure_of(axes)
    _lay_out(figure)
    wide = figure.get_figwidth() if own else _cell_width(axes)
    crowded = _fold_rows(axes, _ROWS * wide * figure.dpi)
    if own and crowded:
        figure.set_figheight(figure.get_figheight() + crowded / figure.dpi)
    legend = None if key is None else _beside(axes, font_size, key)
    if legend is not None and key is not None and not roomy:
        taken = legend.get_window_extent().width / figure.dpi
        if wide - taken < 0.55 * _LEAST * font_size / 72 + _left(axes):
            legend.remove()
            legend = None
            if own:
                legend = _below_figure(figure, axes, font_size, key, int(wide // taken))
    _lay_out(figure)
    grown = _turn_columns(axes, 1.0 if own else _OF_SEVERAL)
    if own and grown:
        figure.set_figheight(figure.get_figheight() + grown / figure.dpi)
        _lay_out(figure)
    _fold_names(axes, 1.0 if own else _OF_SEVERAL)
    if key is not None and legend is None and not own:
        below = {name: value for name, value in key.items() if name not in _OF_BESIDE}
        legend = key_below(axes, SMALLER * font_size, below)
    return legend


def font_sizes(axes: "Axes", font_size: float) -> None:
    """Names of axes in a size, ticks and what stands beside them a little smaller."""
    axes.xaxis.label.set_fontsize(font_size)
    axes.yaxis.label.set_fontsize(font_size)
    axes.tick_params(which="both", labelsize=SMALLER * font_size)


def _lay_out(figure: "Figure") -> None:
    """Put axes where their texts let them be, so that they can be measured."""
    with measured_letters(figure), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of too little room, which is what is found out here
        figure.draw_without_rendering()


def _cell_width(axes: "Axes") -> float:
    """Inches that axes have with all that stands around them, in a figure of several."""
    figure, cell = figure_of(axes), axes.get_subplotspec()
    if cell is None:
        return axes.get_window_extent().width / figure.dpi
    return cell.get_position(figure).width * figure.get_figwidth()


def _left(axes: "Axes") -> float:
    """Inches that the names of rows and of the axis take."""
    box = axes.yaxis.get_tightbbox()
    return 0.0 if box is None else box.width / figure_of(axes).dpi


def _look(font_size: float) -> dict[str, Any]:
    return {"fontsize": SMALLER * font_size, "frameon": False}


def _beside(axes: "Axes", font_size: float, key: dict[str, Any]) -> "Legend":
    """The key to the right of the axes."""
    place = {"loc": "upper left", "bbox_to_anchor": (1.02, 1)}
    return axes.legend(**{**place, **_look(font_size), **key})


def _below_figure(
    figure: "Figure", axes: "Axes", font_size: float, key: dict[str, Any], columns: int
) -> "Legend":
    """The key at the foot of the figure, which grows by as much."""
    handles, labels = axes.get_legend_handles_labels()
    handles, labels = key.get("handles", handles), key.get("labels", labels)
    more = {name: value for name, value in key.items() if name not in _OF_BESIDE}
    more |= {"handles": handles, "labels": labels, "ncols": max(1, min(columns, len(labels)))}
    legend = figure.legend(loc="outside lower center", **{**_look(font_size), **more})
    figure.set_figheight(figure.get_figheight() + legend.get_window_extent().height / figure.dpi)
    return legend


_OF_BESIDE = ("bbox_to_anchor", "loc", "ncols")


def key_below(axes: "Axes", size: float, key: dict[str, Any]) -> "Legend":
    """The key below the axes of a figure of several.

    Args:
        axes: With their names.
        size: Of the key's font, in points.
        key: What `legend` takes beside its place and font.
    """
    from matplotlib.transforms import ScaledTranslation

    figure = figure_of(axes)
    box = axes.xaxis.get_tightbbox()
    low = axes.get_window_extent().y0
    depth = (low - min(low, low if box is None else box.y0)) / figure.dpi
    shift = ScaledTranslation(0, -depth - 0.04, figure.dpi_scale_trans)
    place = {"loc": "upper center", "bbox_to_anchor": (0.5, 0), "borderaxespad": 0}
    place["bbox_transform"] = axes.transAxes + shift
    return axes.legend(**{**place, "fontsize": size, "frameon": False, **key})


def _fold_rows(axes: "Axes", limit: float) -> float:
    """Names of rows in lines of at most `limit` dots; how many dots they lack in height then."""
    labels = _names(axes.yaxis)
    folded = [_folded(label, limit) for label in labels]
    if folded == [label.get_text() for label in labels]:
        return 0.0
    axes.set_yticks(axes.get_yticks(), folded)
    boxes = sorted((label.get_window_extent() for label in labels), key=lambda box: box.y0)
    apart = min((b.y0 + b.y1 - a.y0 - a.y1) / 2 for a, b in pairwise(boxes)) if boxes[1:] else inf
    return max(0.0, 1.1 * max(box.height for box in boxes) - apart) * len(boxes)


def _turn_columns(axes: "Axes", share: float) -> float:
    """Turn the names of columns where they would touch; by how many dots they are higher then."""
    labels = _names(axes.xaxis)
    boxes = sorted((label.get_window_extent() for label in labels), key=lambda box: box.x0)
    touching = any(
        share * (b.x0 + b.x1 - a.x0 - a.x1) / 2 < (a.width + b.width) / 2 + 3
        for a, b in pairwise(boxes)
    )
    if not touching or not labels or labels[0].get_rotation():
        return 0.0
    axes.tick_params(axis="x", rotation=90)
    return max(box.width for box in boxes) - max(box.height for box in boxes)


def _names(axis: "Axis") -> "list[Text]":
    """The labels of ticks that are names; none of a numeric axis."""
    from matplotlib.ticker import FixedFormatter, FixedLocator, FuncFormatter

    # Labels that are given with their ticks.
    named = isinstance(axis.get_major_locator(), FixedLocator) and isinstance(
        axis.get_major_formatter(), (FixedFormatter, FuncFormatter)
    )
    return [label for label in axis.get_ticklabels() if label.get_text()] if named else []


def _fold_names(axes: "Axes", share: float) -> None:
    """The names of both axes and the titles in lines as long as the axes, or as the figure."""
    figure = figure_of(axes)
    axes.set_ylabel(
        _folded(axes.yaxis.label, share * axes.get_window_extent().height, upright=True)
    )
    _lay_out(figure)
    box = axes.get_window_extent()
    axes.set_xlabel(_folded(axes.xaxis.label, share * box.width))
    axes.title.set_text(_folded(axes.title, share * box.width))
    right = figure.bbox.x1 if share == 1 else box.x0 + share * box.width
    for left in _left_titles(axes):
        left.set_text(_folded(left, right - box.x0))


def _left_titles(axes: "Axes") -> "list[Text]":
    """The title at the left, where there is one: `set_title` would take its font from it."""
    from matplotlib.text import Text

    said = axes.get_title(loc="left")
    own = {id(axes.title), *map(id, axes.texts)}
    return [
        each
        for each in axes.get_children()
        if said and isinstance(each, Text) and id(each) not in own and each.get_text() == said
    ]


def _folded(text: "Text", limit: float, *, upright: bool = False) -> str:
    """A text broken at blanks into lines of at most about `limit` dots."""
    said, box = text.get_text(), text.get_window_extent()
    long = box.height if upright else box.width
    if long <= limit or not said:
        return said
    together = _TOGETHER.sub(lambda part: part[0].replace(" ", "\u00a0"), said)
    letters = max(map(len, said.splitlines()))
    for most in range(max(8, int(letters * limit / long)), 7, -1):
        lines = (
            textwrap.wrap(line, most, break_long_words=False, break_on_hyphens=False)
            for line in together.splitlines()
        )
        text.set_text("\n".join(part for line in lines for part in line).replace("\u00a0", " "))
        box = text.get_window_extent()
        if (box.height if upright else box.width) <= limit:
            break
    folded = text.get_text()
    text.set_text(said)
    return folded
