"""Where an estimate's line between harmless and harmful is drawn.

An estimate has another unit than a change, so the harm threshold of changes means nothing to it.
The line is the sign, a share of all edges, or a number in the estimate's own unit.
"""

import re
from dataclasses import dataclass

import numpy as np

from relations.errors import RelationsError
from relations.estimates.estimate import Estimate


@dataclass(frozen=True)
class Cut:
    """Which edges of an estimate are taken for harmful.

    Attributes:
        rule: "sign": those below 0. "20%": that share of all known edges, the lowest. A number:
            those below it, in the estimate's own unit.

    Raises:
        RelationsError: The rule is none of these.

    Example:
        >>> guess = Estimate("by hand", "fraction", ("a", "b"), (0,),
        ...                  np.array([[[np.nan, 0.2], [0.6, np.nan]]]))
        >>> Cut("sign").threshold(guess), Cut("50%").threshold(guess), Cut("0.1").threshold(guess)
        (0.0, 0.4, 0.1)
    """

    rule: str = "sign"

    def __post_init__(self) -> None:
        self._share()
        if self.rule != "sign" and not self.rule.endswith("%"):
            self._number()

    def threshold(self, estimate: Estimate) -> float:
        """The value below which an edge is taken for harmful, in the estimate's unit."""
        if self.rule == "sign":
            return 0.0
        share = self._share()
        if share is None:
            return self._number()
        values = np.sort(estimate.mean[~np.isnan(estimate.mean)])
        count = round(share * len(values))
        if count == 0:
            return float(values[0]) if len(values) else 0.0
        if count == len(values):
            return float(values[-1]) + max(1.0, abs(float(values[-1])))
        # Between two values, so that rounding decides nothing.
        return float((values[count - 1] + values[count]) / 2)

    def _share(self) -> float | None:
        if not self.rule.endswith("%"):
            return None
        number = re.fullmatch(r"\d+(\.\d*)?", self.rule.removesuffix("%").strip())
        share = float(number[0]) / 100 if number else -1.0
        if not 0 < share < 1:
            raise RelationsError(f"A share of edges lies between 0% and 100%, got {self.rule!r}.")
        return share

    def _number(self) -> float:
        try:
            value = float(self.rule)
        except ValueError:
            value = np.nan
        if not np.isfinite(value):
            raise RelationsError(
                f"A cut is `sign`, a share of the edges such as `20%`, or a number in the "
                f"estimate's own unit such as `-0.001`, got {self.rule!r}."
            )
        return value
