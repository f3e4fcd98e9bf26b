"""What stands around a heatmap's cells: names, single-task scores, colour bar, legend."""

from typing import TYPE_CHECKING, Literal

import numpy as np

from analysis.figures.figure_file import figure_of
from analysis.figures.heatmap_marks import Cells, legend_entries
from analysis.figures.labels import in_lines, plain, score_texts
from analysis.figures.palette import INK
from analysis.figures.room import key_below

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.legend import Legend
    from matplotlib.transforms import Bbox

# Thickness of the colour bar in inches.
_BAR = 0.18
# Inches between the key and what is above it.
_APART = 0.02
# Texts that explain are by so much smaller than names.
_SMALLER = 0.8


def text_width(texts: list[str], size: float) -> float:
    """About the width in points of the longest text."""
    return 0.62 * size * max(map(len, texts))


def label_style(labels: list[str], side: float, font_size: float) -> tuple[float, int, bool]:
    """Font size in points, every how many tasks are named, and whether columns are turned."""
    size = min(font_size, max(5.0, 0.75 * 72 * side))
    step = int(np.ceil(1.05 * size / (72 * side)))
    return size, step, text_width(labels, size) > 0.95 * 72 * side * step


def write_names(
    axes: "Axes", labels: list[str], columns: list[str], side: float, font_size: float
) -> None:
    """Task names on both axes; in small cells every second or third."""
    size, step, turned = label_style(columns, side, font_size)
    places = np.arange(0, len(labels), step) + 0.5
    axes.set_xticks(places, columns[::step], rotation=90 if turned else 0, fontsize=size)
    axes.set_yticks(places, labels[::step], rotation=0, fontsize=size)
    axes.tick_params(length=2 if step > 1 else 0)
    limits = "" if columns == labels else " [below which it is harm]"
    axes.set_xlabel(f"performance of{limits}", fontsize=font_size)
    axes.set_ylabel("trained with", fontsize=font_size)


def write_scores(
    axes: "Axes", scores: np.ndarray, spreads: np.ndarray, side: float, font_size: float
) -> None:
    """Single-task scores of the targets along the upper edge, where they are known and fit.

    Their spread over seeds stands below them, beside them where they are turned.
    """
    size = min(_SMALLER * font_size, 0.72 * 72 * side)
    if not np.isfinite(scores).any() or size < 5:
        return
    written = map(score_texts, scores.tolist(), spreads.tolist())
    known = np.isfinite(scores)
    pairs = [pair if there else ("", "") for pair, there in zip(written, known, strict=True)]
    means, beside = ([pair[i] for pair in pairs] for i in (0, 1))
    turned = text_width([*means, *beside], size) > 0.95 * 72 * side
    between = " " if turned else "\n"
    texts = [between.join(filter(None, pair)) for pair in pairs]
    edge = axes.secondary_xaxis("top")
    edge.set_gid("single-task scores")
    edge.set_xticks(np.arange(len(texts)) + 0.5, texts, rotation=90 if turned else 0, fontsize=size)
    edge.tick_params(length=0)
    edge.spines["top"].set_visible(False)
    what = ", ± standard deviation of a seed" if any(beside) else ""
    small = _SMALLER * font_size
    edge.set_xlabel(in_lines(f"single-task score{what}", side * len(texts), small), fontsize=small)


def write_title(axes: "Axes", title: str, square: float, font_size: float) -> None:
    """The title in lines that reach little over the cells: names and colour bar stand beside."""
    size = 1.2 * font_size
    axes.set_title(plain(in_lines(title, square + 0.1 * font_size, size)), fontsize=size)


def draw_bar(axes: "Axes", cells: Cells, limit: float, font_size: float) -> None:
    """The colour bar, without its label."""
    # Inset axes keep to the square; a bar of its own would be as high as the axes were given.
    place = axes.inset_axes((1.05, 0.05, 0.05, 0.9))
    place.set_gid("color bar")
    place.set_axes_locator(lambda *_: _bar_place(axes, _BAR * font_size / 10))
    bar = figure_of(axes).colorbar(
        axes.collections[0], cax=place, extend=_beyond(cells, limit), extendfrac=0.04
    )
    place.tick_params(labelsize=_SMALLER * font_size)
    place.yaxis.set_major_formatter(
        lambda change, _: f"{change:+g}".replace("-", "−") if abs(change) > 1e-9 else "0"
    )
    line = 100 * (cells.kinds[0].threshold or 0.0) if cells.relative else -1.0
    bar.ax.axhline(line, color=INK, linewidth=1.2)


def _bar_place(axes: "Axes", thick: float) -> "Bbox":
    """Right of the cells, at most 4.5 inches high."""
    from matplotlib.transforms import Bbox

    figure, cells = figure_of(axes), axes.get_position()
    wide, high = figure.get_figwidth(), figure.get_figheight()
    length = min(0.9 * cells.height, 4.5 / high)
    low = cells.y0 + (cells.height - length) / 2
    return Bbox.from_bounds(cells.x1 + 0.12 / wide, low, thick / wide, length)


def _beyond(cells: Cells, limit: float) -> Literal["neither", "both", "min", "max"]:
    """On which sides changes lie beyond the colour bar."""
    known = cells.shades[np.isfinite(cells.mean)] / cells.unit
    below, above = bool((known < -limit).any()), bool((known > limit).any())
    return ("both" if above else "min") if below else "max" if above else "neither"


def label_bar(
    axes: "Axes",
    cells: Cells,
    side: float,
    limit: float,
    font_size: float,
    words: Literal["long", "short", "none"],
) -> None:
    """What the colours are, in lines as long as the cells are high; or no bar at all."""
    (bar,) = (part for part in axes.child_axes if part.get_gid() == "color bar")
    bar.set_visible(words != "none")
    end = f"{100 * limit:g} %" if cells.relative else f"{limit:g}"
    outside = _beyond(cells, limit) != "neither"
    note = f"\nbeyond ±{end} the colour stays the same" if outside else ""
    scale = "[%]" if cells.relative else "in sizes of its column's threshold"
    small = _SMALLER * font_size
    long = f"change of the target's score {scale}, +: better{note}"
    text = long if words == "long" else f"change {scale}, +: better"
    bar.set_ylabel(in_lines(text, max(side * len(cells.mean), 1.0), small), fontsize=small)


def write_legend(
    axes: "Axes", cells: Cells, side: float, font_size: float, *, halves: bool
) -> float:
    """What the marks and ± mean, at the foot of the figure; how many inches high that is."""
    entries = legend_entries(cells, side * 72, halves=halves)
    if not entries:
        return 0.0
    figure, small = figure_of(axes), _SMALLER * font_size
    # A handle and the gap to the next column take about five letters.
    longest = text_width([label for _, label in entries], small) * 0.85 / 72 + 5 * small / 72
    columns = int(np.clip(figure.get_figwidth() // longest, 1, len(entries)))
    legend = figure.legend(
        handles=[handle for handle, _ in entries],
        labels=[label for _, label in entries],
        loc="lower center",
        ncols=columns,
        fontsize=small,
        frameon=False,
        borderpad=0.5,
        borderaxespad=0,
    )
    return legend.get_window_extent().height / figure.dpi + _APART


def write_key(
    axes: "Axes", cells: Cells, side: float, font_size: float, *, short: bool, halves: bool
) -> "Legend | None":
    """What the marks and ± mean, below the cells of axes in somebody else's figure."""
    entries = legend_entries(cells, side * 72, short=short, halves=halves)
    if not entries:
        return None
    small = _SMALLER * font_size
    longest = text_width([label for _, label in entries], small) * 0.85 / 72 + 5 * small / 72
    # Names of rows and the colour bar stand beside the cells.
    wide = side * len(cells.mean) + 0.1 * font_size
    return key_below(
        axes,
        small,
        {
            "handles": [handle for handle, _ in entries],
            "labels": [label for _, label in entries],
            "ncols": int(np.clip(wide // longest, 1, len(entries))),
        },
    )
