"""Round values for the axis of a picture."""

import numpy as np
from numpy.typing import NDArray

_MOST = 5
_STEPS_OF_TEN = ((1.0, 2.0, 5.0), (1.0, 3.0), (1.0,))


def ticks(
    low: float, high: float, *, logarithmic: bool = False, whole: bool = False
) -> NDArray[np.float64]:
    """A few round values from `low` to `high`, both above 0 on a logarithmic axis.

    Args:
        low: Where the axis begins.
        high: Where it ends.
        logarithmic: Whether the axis is.
        whole: Only whole numbers.

    Example:
        >>> ticks(0, 120, whole=True).tolist(), ticks(1, 60, logarithmic=True).round().tolist()
        ([0.0, 30.0, 60.0, 90.0, 120.0], [1.0, 3.0, 10.0, 30.0])
    """
    from matplotlib.ticker import LogLocator, MaxNLocator

    if not logarithmic:
        locator = MaxNLocator(_MOST - 1, integer=whole, min_n_ticks=2)
        return _within(np.asarray(locator.tick_values(low, high)), low, high)
    found = np.array([])
    for parts in _STEPS_OF_TEN:
        values = np.asarray(LogLocator(subs=parts, numticks=99).tick_values(low, high))
        found = _within(values, low, high)
        if len(found) <= _MOST:
            break
    return found[:: -(-len(found) // _MOST)] if len(found) > 1 else ticks(low, high)


def _within(values: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    slack = 1e-9 * abs(high - low)
    found = np.clip(values[(values >= low - slack) & (values <= high + slack)], low, high)
    return found if len(found) else np.array([low])
