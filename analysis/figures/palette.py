"""Colours and the colour scale of changes, readable in grey and with colour blindness."""

from typing import TYPE_CHECKING

import numpy as np

from analysis.curves.line_looks import COLOURS

if TYPE_CHECKING:
    from matplotlib.colors import Colormap

# Vermilion and blue of Okabe and Ito (2008), which all common colour blindnesses tell apart.
HARMFUL = "#D55E00"
HELPFUL = "#0072B2"
NEUTRAL = "#777777"
INK = "#1A1A1A"
# What a mask allows and what it blocks, apart in grey.
ALLOWED, BLOCKED = "#DCE9F5", "#4A4A4A"
# Of methods, owners and partners; yellow is too pale for thin lines.
SERIES = COLOURS


def change_colors() -> "Colormap":
    """A diverging colour map, orange for worse and blue for better, light enough for black text.

    The ends stay at 62 of 100 in lightness, so black marks and figures are readable on every cell
    and in grey print.
    """
    import seaborn

    return seaborn.diverging_palette(28, 245, s=85, l=62, sep=1, as_cmap=True)


def color_limit(changes: np.ndarray, *, share: float = 0.9, least: float = 0.02) -> float:
    """A symmetric limit of the colour scale that one huge change does not stretch.

    Our choice: the `share` quantile of the absolute changes, rounded up to one or two figures.

    Args:
        changes: Any shape; nan is left out.
        share: Share of the changes that lie within the limit, in (0, 1].
        least: Smallest limit, so that noise around zero does not fill the scale.

    Returns:
        The limit, a positive fraction.

    Example:
        >>> color_limit(np.array([0.01, -0.02, 0.03, -0.04, 0.05, -0.06, 0.07, 0.08, 0.09, -0.5]))
        0.15
    """
    sizes = np.abs(changes[np.isfinite(changes)])
    size = max(least, float(np.quantile(sizes, share))) if sizes.size else least
    power = 10.0 ** np.floor(np.log10(size))
    # A whisker below: 0.03 / 0.01 is a little above 3 in floating point.
    step = next(step for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if size / power <= step + 1e-9)
    return round(float(step * power), 12)


FEW = 12
"""Tasks up to which the largest decided change has the deepest colour."""


_FAR = 5.0
"""An outlier is so many times as large as the next change and as a limit that is not magnified."""


def shade_limit(changes: np.ndarray, decided: np.ndarray, least: float = 0.02) -> float:
    """Where the colours of a change matrix end.

    Our choice: at the largest decided change of up to twelve tasks, so that no two decided changes
    look the same for being large; of more tasks, or where none is decided, as `color_limit` has it,
    so that one huge change, or one that is nothing but noise, does not pale the others. Outliers do
    not count: at most a tenth of the changes, or one, that are more than five times as large as all
    others. What they would leave is not magnified either: the limit is then five times the least.

    Args:
        changes: [T, T] fractions, or sizes of a threshold; nan where unknown.
        decided: [T, T] booleans, edges with a decided verdict.
        least: Smallest limit.

    Example:
        >>> changes = np.array([[np.nan, -0.18], [-0.5, np.nan]])
        >>> shade_limit(changes, np.array([[False, True], [False, False]]))
        0.2
        >>> shade_limit(np.array([[np.nan, -10.07], [-1.6, np.nan]]), np.ones((2, 2), bool))
        2.0
    """
    largest = _largest_usual(changes, _FAR * least)
    if largest is not None:
        changes = np.where(np.abs(changes) > largest, np.nan, changes)
        least = _FAR * least
    sure = np.where(decided, changes, np.nan)
    if len(changes) <= FEW and np.isfinite(sure).any():
        return color_limit(sure, share=1.0, least=least)
    return color_limit(changes, least=least)


def _largest_usual(changes: np.ndarray, floor: float) -> float | None:
    """The size of the largest change that is no outlier; None where there is no outlier."""
    sizes = np.sort(np.abs(changes[np.isfinite(changes)]))[::-1]
    few = min(max(1, sizes.size // 10), sizes.size - 1)
    gaps = [k for k in range(few) if sizes[k] > _FAR * max(sizes[k + 1], floor)]
    return float(sizes[gaps[-1] + 1]) if gaps else None
