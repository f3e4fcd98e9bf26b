"""The gradient mask as a picture: tasks by groups, and the channels of a model."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.figures.figure_file import new_axes
from analysis.figures.labels import plain
from analysis.short_names import shorten
from relations.errors import MaskError, all_problems
from relations.tasks import positions

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from relations.mask import GradientMask

_ALLOWED, _BLOCKED = "#DCE9F5", "#4A4A4A"
_LABEL_WIDTH = 26
# So many characters fit above a whole band.
_CHARACTERS = 100
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


def mask_plot(
    mask: "GradientMask", ax: "Axes | None" = None, *, title: str | None = None
) -> "Axes":
    """Draw a mask: whose loss (rows) may update whose filters (columns).

    Pale cells may, dark cells with a cross may not, so that grey printing tells them apart.

    Args:
        mask: T tasks.
        ax: Where to draw; a figure of its own, unknown to pyplot, when it is not given.
        title: Above the figure.

    Returns:
        The axes. Nothing is shown.
    """
    count = len(mask.tasks)
    side = 0.6 if count <= 6 else max(0.06, min(0.36, 9 / count))
    labels = [plain(name) for name in shorten(mask.tasks, _LABEL_WIDTH)]
    longest = 0.08 * max(map(len, labels))
    axes = (
        new_axes(side * count + longest + 0.8, side * count + longest + 0.9) if ax is None else ax
    )
    _paint(axes, mask.may_update, count <= 60)
    size = min(10.0, max(5.0, 54 * side))
    step = int(np.ceil(1.05 * size / (72 * side)))
    places = np.arange(0, count, step)
    turned = 0.62 * size * max(map(len, labels)) > 70 * side * step
    axes.set_xticks(places, labels[::step], rotation=90 if turned else 0, fontsize=size)
    axes.set_yticks(places, labels[::step], fontsize=size)
    axes.tick_params(length=0)
    axes.set_xlabel("may update the filters of", fontsize=10)
    axes.set_ylabel("loss of", fontsize=10)
    blocked = int((~mask.may_update).sum())
    axes.set_title(
        plain(title or f"{blocked} of {count * (count - 1)} updates blocked"), fontsize=9
    )
    return axes


def _paint(axes: "Axes", may_update: np.ndarray, spaced: bool) -> None:
    """Cells in two shades and crosses on the dark ones; row and column centres at integers."""
    from matplotlib.colors import ListedColormap

    edges = np.arange(len(may_update) + 1) - 0.5
    axes.pcolormesh(
        edges,
        edges,
        may_update,
        cmap=ListedColormap([_BLOCKED, _ALLOWED]),
        vmin=0,
        vmax=1,
        edgecolors="white" if spaced else "none",
        linewidth=1 if spaced else 0,
        rasterized=not spaced,
        gid="mask",
    )
    axes.set_aspect("equal")
    axes.invert_yaxis()
    rows, columns = np.nonzero(~may_update)
    if spaced and len(rows):
        size = 160 / max(6, len(may_update))
        axes.scatter(
            columns, rows, marker="x", s=size, color="white", linewidths=1.2, gid="blocked"
        )
    for spine in axes.spines.values():
        spine.set_visible(False)


def channel_plot(
    mask: "GradientMask",
    modules: Sequence[ModuleChannels],
    ax: "Axes | None" = None,
    *,
    title: str | None = None,
) -> "Axes":
    """Draw a model's split modules: which channels each task owns, and who may update them.

    One band a module (modules divided alike share a band), one line in it a task's loss; a line is
    filled where that loss may update. Above the line stands whose channels they are.

    Args:
        mask: T tasks.
        modules: The split modules.
        ax: Where to draw; a figure of its own, unknown to pyplot, when it is not given.
        title: Above the figure.

    Returns:
        The axes. Nothing is shown.

    Raises:
        MaskError: There is no module, a range lies outside its module or overlaps another, or an
            owner is not in the mask; all problems at once.
    """
    _check(mask, modules)
    bands = _alike(modules)
    height = len(mask.tasks) + 1.6
    axes = new_axes(7.0, 0.8 + 0.2 * height * len(bands)) if ax is None else ax
    ticks: list[tuple[float, str]] = []
    for number, (names, module) in enumerate(bands):
        top = number * height
        _band(axes, mask, module, top)
        axes.text(0, top - 0.72, plain(names), fontsize=8, va="bottom", gid="module")
        labels = shorten(mask.tasks, _LABEL_WIDTH)
        ticks += [(top + row + 0.5, plain(name)) for row, name in enumerate(labels)]
    axes.set_yticks([place for place, _ in ticks], [name for _, name in ticks], fontsize=7)
    axes.set_ylim(height * len(bands) - 1.4, -1.6)
    axes.set_xlim(0, 1)
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.set_ylabel("loss of", fontsize=9)
    axes.set_xlabel("channels, dark: this loss may not update them", fontsize=9)
    for spine in axes.spines.values():
        spine.set_visible(False)
    if title:
        axes.set_title(plain(title))
    return axes


def _alike(modules: Sequence[ModuleChannels]) -> list[tuple[str, ModuleChannels]]:
    """Modules that are divided alike, under their joint names."""
    alike: dict[tuple, list[ModuleChannels]] = {}
    for module in modules:
        alike.setdefault((module.channels, tuple(module.owners)), []).append(module)
    bands = []
    for group in alike.values():
        others = f" and {len(group) - 1} alike" if len(group) > 1 else ""
        bands.append((f"{group[0].name}{others}, {group[0].channels} channels", group[0]))
    return bands


def _band(axes: "Axes", mask: "GradientMask", module: ModuleChannels, top: float) -> None:
    """One module: owners' names and a line a loss."""
    place = positions(mask.tasks)
    owned = np.zeros(module.channels, dtype=bool)
    runs = [(start, stop, task) for task, start, stop in module.owners]
    for start, stop, _ in runs:
        owned[start:stop] = True
    runs += [(start, stop, "") for start, stop in _gaps(owned)]
    for start, stop, task in sorted(runs):
        left, width = start / module.channels, (stop - start) / module.channels
        text = _fitting(task, mask.tasks, stop - start, width)
        above = {"ha": "center", "va": "bottom", "fontsize": 6.5, "gid": "owner"}
        axes.text(left + width / 2, top - 0.08, plain(text), **above)
        for row in range(len(mask.tasks)):
            allowed = not task or mask.may_update[row, place[task]]
            axes.broken_barh(
                [(left, width)],
                (top + row + 0.06, 0.88),
                facecolors=_ALLOWED if allowed else _BLOCKED,
                edgecolors="white",
                linewidth=1,
                gid="allowed" if allowed else "blocked",
            )


def _fitting(owner: str, tasks: Sequence[str], channels: int, width: float) -> str:
    """An owner and a number of channels, or as much of them as fits above a share of the band."""
    room = int(_CHARACTERS * width)
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
