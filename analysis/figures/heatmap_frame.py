"""What stands around a heatmap's cells: names, single-task scores, colour bar, legend."""

from typing import TYPE_CHECKING

import numpy as np

from analysis.figures.figure_file import figure_of
from analysis.figures.heatmap_marks import Cells, legend_entries
from analysis.figures.labels import in_lines, plain, score_texts
from analysis.figures.palette import INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Thickness of the colour bar in inches.
_BAR = 0.18
# Texts that explain are by so much smaller than names.
_SMALLER = 0.8
# Of axes that are given, the colour bar and the labels take a part.
_SHARE = 0.8


def text_width(texts: list[str], size: float) -> float:
    """About the width in points of the longest text."""
    return 0.62 * size * max(map(len, texts))


def label_style(labels: list[str], side: float, font_size: float) -> tuple[float, int, bool]:
    """Font size in points, every how many tasks are named, and whether columns are turned."""
    size = min(font_size, max(5.0, 0.75 * 72 * side))
    step = int(np.ceil(1.05 * size / (72 * side)))
    return size, step, text_width(labels, size) > 0.95 * 72 * side * step


def side_in(axes: "Axes", count: int) -> float:
    """Side in inches of a cell in axes that are given."""
    box = axes.get_window_extent()
    return _SHARE * min(box.width, box.height) / figure_of(axes).dpi / count


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


def draw_bar(
    axes: "Axes", cells: Cells, side: float, limit: float, ends: str, font_size: float
) -> None:
    """The colour bar; `ends` says on which sides changes lie beyond it."""
    end = f"{100 * limit:g} %" if cells.relative else f"{limit:g}"
    note = f"\nbeyond ±{end} the colour stays the same" if ends != "neither" else ""
    square, small = max(side * len(cells.mean), 1.0), _SMALLER * font_size
    length = min(0.9, 4.5 / square)
    thick = _BAR * font_size / 10
    # Inset axes keep to the square; a bar of its own would be as high as the axes were given.
    place = axes.inset_axes((1 + 0.12 / square, (1 - length) / 2, thick / square, length))
    place.set_gid("color bar")
    bar = figure_of(axes).colorbar(
        axes.collections[0],
        cax=place,
        extend=ends,
        extendfrac=0.04,
    )
    scale = "[%]" if cells.relative else "in sizes of its column's threshold"
    label = in_lines(f"change of the target's score {scale}{note}", square, small)
    bar.set_label(label, fontsize=small)
    bar.ax.tick_params(labelsize=small)
    bar.ax.yaxis.set_major_formatter(
        lambda change, _: f"{change:+g}".replace("-", "−") if abs(change) > 1e-9 else "0"
    )
    line = 100 * (cells.kinds[0].threshold or 0.0) if cells.relative else -1.0
    bar.ax.axhline(line, color=INK, linewidth=1.2)


def write_legend(axes: "Axes", cells: Cells, side: float, font_size: float) -> float:
    """What the marks mean, at the foot of the figure; how many inches high that is."""
    entries = legend_entries(cells, side * 72)
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
    return legend.get_window_extent().height / figure.dpi
