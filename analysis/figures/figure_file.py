"""Making figures without pyplot's global state, and writing them to files that do not change."""

from pathlib import Path
from typing import TYPE_CHECKING, TypedDict
from weakref import WeakKeyDictionary

from analysis.figures.letters import known_letters
from relations.errors import RelationsError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.transforms import Bbox

# What each format would otherwise fill with the date.
_METADATA: dict[str, dict[str, str | None]] = {
    ".png": {"Software": None},
    ".svg": {"Date": None},
    ".pdf": {"CreationDate": None, "ModDate": None},
}


PADDING = 0.04
"""Inches that are left empty around a saved figure."""
# Inches that a figure should be wide when it is saved, where somebody said so.
_WIDTHS: "WeakKeyDictionary[Figure, float]" = WeakKeyDictionary()


class Look(TypedDict, total=False):
    """The size of pictures and of their letters; what is left out is as wide as is comfortable.

    Attributes:
        width: Of the saved figure in inches, such as 3.3 for a column of a paper.
        font_size: In points; 7 goes with that width.
    """

    width: float
    font_size: float


class FigureFileError(RelationsError):
    """A figure cannot be written under the asked-for name."""


def new_axes(width: float, height: float) -> "Axes":
    """Axes in a figure of their own that pyplot knows nothing of.

    Args:
        width: In inches.
        height: In inches.
    """
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="compressed").add_subplot()


def new_axes_below(width: float, height: float, below: float) -> "tuple[Axes, Axes]":
    """Two axes in such a figure, one above the other, each with its height in inches."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height + below), layout="constrained")
    above, under = figure.subplots(2, 1, height_ratios=[height, below])
    return above, under


def figure_of(drawn: "Axes | Figure") -> "Figure":
    """The whole figure that axes belong to.

    Raises:
        FigureFileError: They were taken out of it.
    """
    figure = drawn.get_figure(root=True)
    if figure is None:
        raise FigureFileError("The axes belong to no figure any more; draw them again.")
    return figure


def keep_width(drawn: "Axes | Figure", width: float) -> None:
    """Have a figure saved in exactly a width in inches; it fits into it when it is drawn."""
    _WIDTHS[figure_of(drawn)] = width


def _box_of(figure: "Figure", dpi: float) -> "Bbox | str":
    """The part of a figure to save: all that is drawn, in the width that was asked for."""
    from matplotlib.transforms import Bbox

    if figure not in _WIDTHS:
        return "tight"
    usual, width = figure.get_dpi(), _WIDTHS[figure]
    figure.set_dpi(dpi)  # letters are a little wider where there are fewer dots
    figure.draw_without_rendering()
    box = figure.get_tightbbox().padded(PADDING)
    figure.set_dpi(usual)
    left = (box.x0 + box.x1 - width) / 2
    return Bbox.from_bounds(left, box.y0, width, box.height)


def save(drawn: "Axes | Figure", path: str | Path, *, dpi: int = 200) -> Path:
    """Write a figure as png, svg or pdf; the same figure gives the same bytes.

    Args:
        drawn: A figure, or axes in it.
        path: Ends in .png, .svg or .pdf. Its folder is made.
        dpi: Dots an inch of a png.

    Returns:
        The path.

    Raises:
        FigureFileError: Another ending, or the file cannot be written.

    Warns:
        LetterNote: No installed font has some of its letters.
    """
    import matplotlib as mpl

    path = Path(path)
    check_figure_path(path)
    figure = figure_of(drawn)
    # A fixed salt: svg names its clip paths at random otherwise. Type 42: journals refuse type 3.
    with (
        mpl.rc_context({"svg.hashsalt": "gradsplit", "pdf.fonttype": 42}),
        known_letters(figure),
    ):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            figure.savefig(
                path,
                dpi=dpi,
                bbox_inches=_box_of(figure, dpi if path.suffix.lower() == ".png" else 72),
                pad_inches=PADDING,
                metadata=_METADATA[path.suffix.lower()],
            )
        except OSError as error:
            raise FigureFileError(f"The figure cannot be written to {path}: {error}.") from error
    return path


def check_figure_path(path: Path) -> None:
    """Refuse a name whose ending is no figure format, before anything is drawn.

    Raises:
        FigureFileError: With the formats there are.
    """
    if path.suffix.lower() not in _METADATA:
        raise FigureFileError(
            f"A figure's file must end in {', '.join(_METADATA)}, got {path.name!r}. "
            "Choose one of these endings."
        )
