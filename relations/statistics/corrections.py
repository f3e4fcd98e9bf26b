"""How many edges are judged, and how often one looks, accounted for in each edge's level."""

from numbers import Real
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from relations.errors import RelationsError, argument
from relations.statistics.intervals import Matrix, Means

Ranks = NDArray[np.int64]

Correction = Literal["holm", "bh", "none"]
CORRECTIONS = ("holm", "bh", "none")
CORRECTION_NAMES = {"holm": "Holm", "bh": "Benjamini-Hochberg", "none": "uncorrected"}


def interval_name(level: float, correction: Correction) -> str:
    """What an interval is called in a heading.

    Example:
        >>> interval_name(0.95, "holm")
        'its 95% interval (Holm)'
    """
    return f"its {level:.0%} interval ({CORRECTION_NAMES[correction]})"


def edge_alphas(p_values: Matrix, alpha: float, correction: Correction) -> Matrix:
    """For each edge the alpha of the interval that its decision is read from.

    With m tested edges, an edge is decided when its p-value is at most the alpha given here, that
    is when its interval at level 1 - alpha leaves out the threshold:

    - "holm": a decided edge with the k-th smallest p-value has alpha/(m-k+1); the others that of
      the first undecided one (Holm 1979).
    - "bh": with K decided edges, these have alpha K/m, the others alpha (K+1)/m (Benjamini and
      Hochberg 1995; intervals: Benjamini and Yekutieli 2005).
    - "none": every edge has alpha.

    Args:
        p_values: [..., E] two-sided p-values, NaN where an edge is not tested; axes before the last
            are probes of their own.
        alpha: Error level of the whole, in (0, 1).
        correction: Which of the above.

    Returns:
        [..., E] alphas; `alpha` where an edge is not tested.
    """
    if correction == "none":
        return np.full(p_values.shape, alpha)
    count, order, rank = _ranked(p_values)
    ordered = np.take_along_axis(p_values, order, axis=-1)
    with np.errstate(divide="ignore"):
        if correction == "holm":
            steps = alpha / _holm_factors(count, rank)
            within = ordered <= np.take_along_axis(steps, order, axis=-1)
            rejected = np.cumprod(within, axis=-1).sum(axis=-1, keepdims=True)
            alphas = np.where(rank <= rejected, steps, alpha / np.maximum(count - rejected, 1))
        else:
            ranks = np.arange(1, order.shape[-1] + 1)
            within = ordered <= alpha * ranks / np.maximum(count, 1)
            rejected = np.where(within, ranks, 0).max(axis=-1, keepdims=True)
            alphas = alpha * np.where(rank <= rejected, rejected, rejected + 1) / count
    return np.where(np.isnan(p_values), alpha, alphas)


def holm(p_values: Matrix) -> Matrix:
    """P-values corrected for their number by Holm's method; NaN stays and does not count.

    Args:
        p_values: [..., m], in [0, 1] or NaN; axes before the last are families of their own.

    Returns:
        [..., m] corrected p-values: the smallest level at which each is rejected.

    Example:
        >>> holm(np.array([0.01, 0.04, np.nan])).tolist()
        [0.02, 0.04, nan]
    """
    count, order, rank = _ranked(p_values)
    stepped = np.take_along_axis(p_values * _holm_factors(count, rank), order, axis=-1)
    corrected = np.empty(p_values.shape)
    rising = np.minimum(1, np.maximum.accumulate(stepped, axis=-1))
    np.put_along_axis(corrected, order, rising, axis=-1)
    return corrected


def _ranked(p_values: Matrix) -> tuple[Ranks, Ranks, Ranks]:
    """[..., 1] number of p-values, [..., E] their places in ascending order, and their ranks."""
    count = (~np.isnan(p_values)).sum(axis=-1, keepdims=True)
    order = np.argsort(p_values, axis=-1, kind="stable")  # NaN comes last
    return count, order, np.argsort(order, axis=-1) + 1


def _holm_factors(count: Ranks, rank: Ranks) -> Ranks:
    """By how much Holm's method multiplies the p-value of a rank: m, m-1, ..., 1."""
    return np.maximum(count - rank + 1, 1)


def corrected_interval(
    means: Means,
    value: Matrix | float,
    alpha: float,
    correction: Correction,
    *,
    tested: NDArray[np.bool_] | None = None,
    shares: Matrix | float = 1.0,
) -> tuple[Matrix, Matrix, Matrix]:
    """Intervals from which all edges are judged at once, as their number allows.

    Args:
        means: [T, T] of the edges.
        value: What they are held against.
        alpha: Error level of all edges together, in (0, 1).
        correction: See `edge_alphas`.
        tested: [T, T] which edges are judged; all that have an interval when None.
        shares: [T, T] share of the level that an edge may spend, see `look_shares`.

    Returns:
        [T, T] lower ends, upper ends, and each edge's alpha.
    """
    p_values = means.p_values(value) / shares
    if tested is not None:
        p_values = np.where(tested, p_values, np.nan)
    alphas = edge_alphas(p_values.ravel(), alpha, correction).reshape(p_values.shape) * shares
    return *means.interval(alphas), alphas


def look_shares(n: NDArray[np.int64], looks: tuple[int, ...] | None) -> Matrix:
    """The share of an edge's error level that is spent at the look it was last judged at.

    Group-sequential control by the union bound: half of the level is spent at the last look, the
    other half in equal parts at the looks before it, so that the probability of an error at any
    look is at most the level, whatever the dependence of the looks. Source: our choice; it gives up
    some power against normal-theory boundaries and needs no normality.

    Args:
        n: Number of seeds of each edge.
        looks: Numbers of seeds at which edges are judged, ascending; None for a fixed number.

    Returns:
        Shares in (0, 1], of the shape of `n`; between two looks, that of the later one.

    Example:
        >>> look_shares(np.array([3, 5, 10]), (3, 5, 10)).tolist()
        [0.25, 0.25, 0.5]
    """
    if looks is None or len(looks) == 1:
        return np.ones(np.shape(n))
    early = 0.5 / (len(looks) - 1)
    look = np.searchsorted(looks, n)
    return np.where(look < len(looks) - 1, early, 0.5)


def check_levels(threshold: float, level: float, correction: str) -> None:
    """Refuse a threshold, level or correction out of range.

    Raises:
        RelationsError: With the range and what came.
    """
    if not isinstance(threshold, Real) or not -1 < threshold <= 0:
        raise RelationsError(
            f"{argument('threshold')} must be in (-1, 0], got {threshold!r}. Use a negative "
            "fraction of the "
            "single-task score such as -0.01 (1 % worse)."
        )
    if not isinstance(level, Real) or not 0 < level < 1:
        raise RelationsError(
            f"{argument('level')} must be in (0, 1), got {level!r}. Use 0.95 (or 95%)."
        )
    if correction not in CORRECTIONS:
        raise RelationsError(
            f"{argument('correction')} must be one of {', '.join(map(repr, CORRECTIONS))}, got "
            f"{correction!r}."
        )
