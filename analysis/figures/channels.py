"""The channels of a model as a picture: who owns them, and whose losses may update them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.figures.figure_file import figure_of, new_axes
from analysis.figures.fitting import sized
from analysis.figures.labels import plain
from analysis.figures.palette import ALLOWED, BLOCKED
from analysis.figures.room import arrange
from analysis.short_names import shorten
from relations.errors import MaskError, all_problems
from relations.tasks import positions

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from relations.mask import GradientMask

_LABEL_WIDTH = 26
# Owner of the channels that nobody owns.
_ALL = "all"


@dataclass(frozen=True)
class ModuleChannels:
    """Who owns the output channels of one split module.

    Args:
        name: The module's name in its model.
        channels: Number of output channels.
        owners: (task, start, stop) for each run of channels, `stop` not included; a task may have
            several; channels of nobody are everyone's.
    """

    name: str
    channels: int
    owners: Sequence[tuple[str, int, int]]


_Band = tuple[str, ModuleChannels]
"""Joint names of modules that are divided alike, and one of them."""


def channel_plot(
    mask: "GradientMask",
    modules: Sequence[ModuleChannels],
    ax: "Axes | None" = None,
    *,
    title: str | None = None,
    width: float | None = None,
    font_size: float = 9.0,
) -> "Axes":
    """Draw a model's split modules: which channels each task owns, and who may update them.

    One band a module (modules divided alike share a band), one line in it a task's loss; a line is
    filled where that loss may update. Above the line stands whose channels they are.

    Args:
        mask: T tasks.
        modules: The split modules.
        ax: Where to draw; a figure of its own, unknown to pyplot, when it is not given.
        title: Above the figure.
        width: See `change_plot`.
        font_size: Of the names of axes in points; the other texts are smaller.

    Returns:
        The axes. Nothing is shown.

    Raises:
        MaskError: There is no module, a range lies outside its module or overlaps another, or an
            owner is not in the mask; all problems at once.
        FigureFileError: A width comes with axes, or is too small.
    """
    _check(mask, modules)
    bands = _alike(modules)
    lines = (len(mask.tasks) + 1.6) * len(bands)

    def draw(axes: "Axes") -> "Axes":
        _draw(axes, mask, bands, font_size)
        if title:
            axes.set_title(plain(title), fontsize=10 / 9 * font_size)
        arrange(axes, font_size, own=ax is None)
        _write_owners(axes, mask, bands, 6.5 / 9 * font_size)
        return axes

    high = (0.8 + 0.2 * lines) * font_size / 9
    return sized(draw, ax, lambda size: new_axes(size, high), width, wide=7.0, least=2.4)


def _draw(axes: "Axes", mask: "GradientMask", bands: Sequence[_Band], font_size: float) -> None:
    """A band a module, and the names of modules, losses and axes."""
    ticks: list[tuple[float, str]] = []
    height = len(mask.tasks) + 1.6
    short = [plain(name) for name in shorten(mask.tasks, _LABEL_WIDTH)]
    for number, (names, module) in enumerate(bands):
        top = number * height
        _draw_band(axes, mask, module, top)
        size = 8 / 9 * font_size
        axes.text(0, top - 0.72, plain(names), fontsize=size, va="bottom", gid="module")
        ticks += [(top + row + 0.5, name) for row, name in enumerate(short)]
    size = 7 / 9 * font_size
    axes.set_yticks([place for place, _ in ticks], [name for _, name in ticks], fontsize=size)
    axes.set_ylim(height * len(bands) - 1.4, -1.6)
    axes.set_xlim(0, 1)
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.set_ylabel("loss of", fontsize=font_size)
    axes.set_xlabel("channels, dark: this loss may not update them", fontsize=font_size)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _alike(modules: Sequence[ModuleChannels]) -> list[_Band]:
    """Modules that are divided alike, under their joint names."""
    alike: dict[tuple, list[ModuleChannels]] = {}
    for module in modules:
        alike.setdefault((module.channels, tuple(module.owners)), []).append(module)
    bands = []
    for group in alike.values():
        others = f" and {len(group) - 1} alike" if len(group) > 1 else ""
        bands.append((f"{group[0].name}{others}, {group[0].channels} channels", group[0]))
    return bands


def _draw_band(axes: "Axes", mask: "GradientMask", module: ModuleChannels, top: float) -> None:
    """One module: a line a loss, dark where it may not update."""
    place = positions(mask.tasks)
    for start, stop, task in _runs(module):
        left, width = start / module.channels, (stop - start) / module.channels
        for row in range(len(mask.tasks)):
            allowed = not task or mask.may_update[row, place[task]]
            axes.broken_barh(
                [(left, width)],
                (top + row + 0.06, 0.88),
                facecolors=ALLOWED if allowed else BLOCKED,
                edgecolors="white",
                linewidth=1,
                gid="allowed" if allowed else "blocked",
            )


def _write_owners(
    axes: "Axes", mask: "GradientMask", bands: Sequence[_Band], font_size: float
) -> None:
    """Whose channels they are above each run of them, as far as there is room."""
    letters = 72 * axes.get_window_extent().width / figure_of(axes).dpi / (0.6 * font_size)
    height = len(mask.tasks) + 1.6
    for number, (_, module) in enumerate(bands):
        for start, stop, task in _runs(module):
            left, width = start / module.channels, (stop - start) / module.channels
            text = _fitting(task, mask.tasks, stop - start, int(letters * width) - 1)
            above = {"ha": "center", "va": "bottom", "fontsize": font_size, "gid": "owner"}
            axes.text(left + width / 2, number * height - 0.08, plain(text), **above)


def _runs(module: ModuleChannels) -> list[tuple[int, int, str]]:
    """(start, stop, owner) of all channels in order; "" owns what nobody does."""
    owned = np.zeros(module.channels, dtype=bool)
    runs = [(start, stop, task) for task, start, stop in module.owners]
    for start, stop, _ in runs:
        owned[start:stop] = True
    return sorted([*runs, *((start, stop, "") for start, stop in _gaps(owned))])


def _fitting(owner: str, tasks: Sequence[str], channels: int, room: int) -> str:
    """An owner and a number of channels, or as much of them as `room` letters hold."""
    if len(f"{owner or _ALL} {channels}") <= room:
        return f"{owner or _ALL} {channels}"
    if room < 3:
        return ""
    short = {"": _ALL, **dict(zip(tasks, shorten(tasks, room), strict=True))}[owner]
    return short if len(short) <= room else ""


def _gaps(owned: np.ndarray) -> list[tuple[int, int]]:
    """Runs (start, stop) of channels that nobody owns."""
    edges = np.flatnonzero(np.diff(np.r_[True, owned, True].astype(int)))
    return [(int(start), int(stop)) for start, stop in edges.reshape(-1, 2)]


def _check(mask: "GradientMask", modules: Sequence[ModuleChannels]) -> None:
    """Refuse modules that do not fit the mask or themselves."""
    problems = [] if modules else ["there is no split module; name at least one."]
    for module in modules:
        taken = np.zeros(module.channels, dtype=int)
        for task, start, stop in module.owners:
            if task not in mask.tasks:
                problems.append(f"`{module.name}`: the owner `{task}` is not a task of the mask.")
            if not 0 <= start < stop <= module.channels:
                problems.append(
                    f"`{module.name}`: channels {start} to {stop} of `{task}` do not lie within "
                    f"0 to {module.channels}."
                )
            taken[max(start, 0) : stop] += 1
        if (taken > 1).any():
            problems.append(f"`{module.name}`: channel {int(np.argmax(taken > 1))} has two owners.")
    if problems:
        raise MaskError(all_problems("The channels cannot be drawn", problems))
