"""How many edges are judged, and how often one looks, accounted for in each edge's level."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from relations.errors import RelationsError
from relations.statistics.intervals import Matrix

Correction = Literal["holm", "bh", "none"]
CORRECTIONS = ("holm", "bh", "none")


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
    tested = ~np.isnan(p_values)
    if correction == "none":
        return np.full(p_values.shape, alpha)
    count = tested.sum(axis=-1, keepdims=True)
    order = np.argsort(p_values, axis=-1, kind="stable")  # NaN comes last
    rank = np.empty(order.shape, dtype=np.int64)
    places = np.broadcast_to(np.arange(1, order.shape[-1] + 1), order.shape)
    np.put_along_axis(rank, order, places, axis=-1)
    ordered = np.take_along_axis(p_values, order, axis=-1)
    with np.errstate(divide="ignore"):
        if correction == "holm":
            steps = alpha / np.maximum(count - rank + 1, 1)
            within = ordered <= np.take_along_axis(steps, order, axis=-1)
            rejected = np.cumprod(within, axis=-1).sum(axis=-1, keepdims=True)
            alphas = np.where(rank <= rejected, steps, alpha / np.maximum(count - rejected, 1))
        else:
            within = ordered <= alpha * places / np.maximum(count, 1)
            rejected = np.where(within, places, 0).max(axis=-1, keepdims=True)
            alphas = alpha * np.where(rank <= rejected, rejected, rejected + 1) / count
    return np.where(tested, alphas, alpha)


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
    place = np.searchsorted(looks, n)
    return np.where(place < len(looks) - 1, early, 0.5)


def check_levels(threshold: float, level: float, correction: str) -> None:
    """Refuse a threshold, level or correction out of range.

    Raises:
        RelationsError: With the range and what came.
    """
    if not -1 < threshold <= 0:
        raise RelationsError(
            f"`threshold` must be in (-1, 0], got {threshold}. Use a negative fraction of the "
            "single-task score such as -0.01 (1 % worse)."
        )
    if not 0 < level < 1:
        raise RelationsError(f"`level` must be in (0, 1), got {level}. Use 0.95.")
    if correction not in CORRECTIONS:
        raise RelationsError(
            f"`correction` must be one of {', '.join(map(repr, CORRECTIONS))}, got {correction!r}."
        )
