"""A heatmap in a figure of its own, or inside axes of somebody else's."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from analysis.figures.fitting import make_room, square_axes
from analysis.figures.heatmap_frame import (
    draw_bar,
    label_bar,
    write_key,
    write_legend,
    write_names,
    write_scores,
    write_title,
)
from analysis.figures.heatmap_marks import Cells, draw_marks
from analysis.figures.heatmap_texts import SecondLine, has_halves, write_changes
from analysis.figures.inside import keep_inside
from analysis.figures.labels import plain, threshold_text
from analysis.figures.palette import change_colors
from analysis.short_names import shorten
from analysis.writing_direction import kept_in_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Letters of a name, and where the figure would be too wide with them.
LABEL_WIDTH, SHORT_WIDTH = 26, 12
# Cells of so many inches, or a picture of such a share of the place, are enough in given axes.
_CELL, _SHARE = 0.42, 0.5


@dataclass(frozen=True)
class _Around:
    """What stands around the cells.

    Attributes:
        key: What the marks mean.
        scores: Single-task scores.
        bar: What the colours mean: a bar with its label, with a short one, or none.
    """

    key: Literal["long", "short", "none"] = "none"
    scores: bool = True
    bar: Literal["long", "short", "none"] = "long"


# Less and less.
_GIVEN = (
    _Around("long"),
    _Around("short", bar="short"),
    _Around("short", scores=False, bar="short"),
    _Around(scores=False, bar="short"),
    _Around(scores=False, bar="none"),
)
_ALONE = _Around()


@dataclass(frozen=True)
class Picture:
    """What a heatmap shows.

    Attributes:
        cells: In the order in which they are drawn.
        tasks: Their names.
        scores: [T] single-task scores.
        spreads: [T] their spreads over seeds.
        end: Where the colours end.
        second_line: See `analysis.heatmap`.
        title: Above it.
        font_size: Of names in points.
    """

    cells: Cells
    tasks: list[str]
    scores: np.ndarray
    spreads: np.ndarray
    end: float
    second_line: SecondLine
    title: str | None
    font_size: float

    def alone(self, side: float, *, letters: int = LABEL_WIDTH, legend: bool = True) -> "Axes":
        """In a figure of its own, with cells of a side in inches."""
        square = side * len(self.tasks)
        axes = square_axes(square)
        self._paint(axes)
        self._write(axes, side, letters)
        make_room(axes, square)
        if legend:
            below = write_legend(
                axes, self.cells, side, self.font_size, halves=self._has_halves(side)
            )
            make_room(axes, square, below=below)
        return axes

    def inside(self, axes: "Axes", legend: bool | None) -> "Axes":
        """Inside axes that are given, with as much around the cells as there is room for."""
        self._paint(axes)
        count = len(self.tasks)
        levels = [one for one in _GIVEN if not legend or one.key != "none"]
        if legend is False:
            levels = [replace(one, key="none") for one in levels]

        def draw(square: float, level: int) -> None:
            self._write(axes, square / count, SHORT_WIDTH, levels[level])

        def enough(wide: float, high: float) -> float:
            return min(_CELL * count, _SHARE * min(wide, high))

        keep_inside(axes, draw, levels=len(levels), enough=enough)
        return axes

    def _write(self, axes: "Axes", side: float, letters: int, around: _Around = _ALONE) -> None:
        """All that depends on the size of the cells."""
        size = self.font_size
        write_names(axes, *self._names(letters), side, size)
        if around.scores:
            write_scores(axes, self.scores, self.spreads, side, size)
        write_changes(axes, self.cells, side, self.second_line, size)
        draw_marks(axes, self.cells, side * 72)
        label_bar(axes, self.cells, side, self.end, size, around.bar)
        if self.title:
            write_title(axes, self.title, side * len(self.tasks), size)
        if around.key != "none":
            short = around.key == "short"
            write_key(axes, self.cells, side, size, short=short, halves=self._has_halves(side))

    def _has_halves(self, side: float) -> bool:
        """Whether half of an interval stands behind ± in cells of a size in inches."""
        return has_halves(self.cells, side, self.second_line)

    def _names(self, letters: int) -> tuple[list[str], list[str]]:
        """What stands beside the rows and below the columns, which may name their units."""
        labels = [plain(name) for name in shorten(self.tasks, letters)]
        if self.cells.relative:
            return labels, labels
        limits = [threshold_text(kind.threshold or 0.0, kind) for kind in self.cells.kinds]
        named = zip(map(kept_in_line, labels), limits, strict=True)
        return labels, [f"{name} [{limit}]" for name, limit in named]

    def _paint(self, axes: "Axes") -> None:
        """The coloured cells and the colour bar."""
        import seaborn

        cells = self.cells
        known = np.isfinite(cells.mean)
        # The background shows on the diagonal; unknown cells are painted over it.
        axes.set_facecolor("0.88")
        seaborn.heatmap(
            cells.shades,
            mask=~known,
            vmin=-cells.unit * self.end,
            vmax=cells.unit * self.end,
            cmap=change_colors(),
            square=True,
            linewidths=0.5 if len(cells.mean) <= 60 else 0,
            linecolor="white",
            xticklabels=False,
            yticklabels=False,
            cbar=False,
            rasterized=len(cells.mean) > 60,  # as vectors, 40,000 cells are slow in every viewer
            ax=axes,
        )
        draw_bar(axes, cells, self.end, self.font_size)
