"""The ways of training in the comparison of a grouping, and what it says of each."""

from math import isfinite
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.comparison.comparison import Comparison
    from analysis.comparison.seed_means import SeedMean

GROUPED = "grouping"
TOGETHER = "all together"


def judged_facts(comparison: "Comparison") -> dict[str, Any]:
    """delta_m and the change of each task of each way, with standard errors, on fresh seeds."""
    return {
        method: {
            "delta_m": _facts(comparison.delta_m(method)),
            "tasks": {task: _facts(comparison.change(method, task)) for task in comparison.tasks},
        }
        for method in comparison.methods
        if method != comparison.single
    }


def _facts(mean: "SeedMean") -> dict[str, float | None]:
    """What is known of a mean; None, as JSON has no NaN, where it is not known."""
    known = {name: float(value) for name, value in (("mean", mean.mean), ("se", mean.se))}
    facts = {name: value if isfinite(value) else None for name, value in known.items()}
    return {**facts, "n": mean.n}
