"""What more steps of plain training gained in the race of a recommendation."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from analysis.comparison.cells import per_cent

_NAME = re.compile(r"multi-head, (\d+) x steps")
"""How a recommendation calls it."""


@dataclass(frozen=True)
class LongerTraining:
    """Plain training of more steps against plain training.

    Attributes:
        mean: What it gained of delta_m, a fraction.
        error: Its standard error.
        text: Both in words.
    """

    mean: float
    error: float
    text: str


def longer_training(recommended: Mapping[str, Any] | None) -> LongerTraining | None:
    """What it gained; None where it was not raced, or its uncertainty is not known."""
    for one in () if recommended is None else recommended["candidates"]:
        name, gain = _NAME.fullmatch(one["name"]), one["over_multi_head"]
        if name is None or gain is None or gain["mean"] is None or gain["se"] is None:
            continue
        mean, error = gain["mean"], gain["se"]
        steps = "twice the steps" if name[1] == "2" else f"{name[1]} times the steps"
        points = per_cent(mean, error)
        seeds = f"on {gain['n']} seeds"
        return LongerTraining(
            mean,
            error,
            f"plain training of {steps} gained {points} points of Δm in the race, {seeds}",
        )
    return None
