"""One change matrix as probe.py has measured it, in several ways."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from relations.runs import Run

FULL_STEPS = {"planted": 800, "figures": 400}
"""Steps of the recipes."""


@dataclass(frozen=True)
class Matrix:
    """One change matrix, measured in several ways.

    Attributes:
        name: Of the task set.
        seeds: How many.
        records: Of all ways, steps and repetitions.
    """

    name: str
    seeds: int
    records: tuple[dict[str, Any], ...]

    @property
    def tasks(self) -> int:
        """Their number."""
        return self.records[0]["tasks"]

    @property
    def width(self) -> float:
        """Rows of the bottleneck, or the factor of the widths."""
        numbers = self.name.split(":")[1:]
        if self.name.startswith("planted"):
            return float(numbers[1]) if len(numbers) > 1 else 12.0
        return float(numbers[0]) if numbers else 1.0

    @cached_property
    def steps(self) -> list[int]:
        """The numbers of steps that were measured, ascending."""
        return sorted({record["steps"] for record in self.records})

    @property
    def full(self) -> int:
        """Steps of the recipe."""
        return FULL_STEPS[self.name.split(":")[0]]

    def seconds(self, way: str) -> float:
        """From two numbers of steps those of the whole recipe, by a straight line; else as is."""
        low, high = self.steps[0], self.steps[-1]
        longest = self._least(way, high)
        if low == high:
            return longest
        slope = (longest - self._least(way, low)) / (high - low)
        return longest + slope * (self.full - high)

    @property
    def measured(self) -> str:
        """Which steps were measured, in words."""
        if len(self.steps) > 1:
            return f"{self.steps[0]} and {self.steps[-1]}, carried on to {self.full}"
        return f"{self.steps[0]} of {self.full}"

    def _least(self, way: str, steps: int) -> float:
        """Of the repetition that other work disturbed least."""
        values = [
            record["seconds"]
            for record in self.records
            if record["way"] == way and record["steps"] == steps
        ]
        return min(values, default=float("nan"))

    def scores(self, way: str) -> dict[Run, dict[str, float]] | None:
        """Of the longest runs of the first repetition."""
        for record in self.records:
            if (record["way"], record["steps"], record["round"]) == (way, self.steps[-1], 0):
                return {Run(tuple(tasks), seed): one for tasks, seed, one in record["scores"]}
        return None
