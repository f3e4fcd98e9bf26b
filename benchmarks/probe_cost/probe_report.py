"""Tables and figure of what benchmarks/probe_cost/probe.py has measured."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from probe_figure import draw
from probe_ways import OURS, SCRIPTS, WAYS, taskset_named

from relations import ChangeMatrix, RelationGraph
from relations.runs import Outcome, Run

FULL_STEPS = {"planted": 800, "figures": 400}
"""Steps of the recipes."""


@dataclass(frozen=True)
class Matrix:
    """One change matrix, measured in several ways.

    Attributes:
        name: Of the task set.
        seeds: How many.
        records: Of all ways, steps and rounds.
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
        """Of the round that other work disturbed least."""
        values = [
            record["seconds"]
            for record in self.records
            if record["way"] == way and record["steps"] == steps
        ]
        return min(values, default=float("nan"))

    def scores(self, way: str) -> dict[Run, dict[str, float]] | None:
        """Of the longest runs of the first round."""
        for record in self.records:
            if (record["way"], record["steps"], record["round"]) == (way, self.steps[-1], 0):
                return {Run(tuple(tasks), seed): one for tasks, seed, one in record["scores"]}
        return None


def report(file: Path, into: Path) -> None:
    """`into`/tables.md and `into`/cost.png."""
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    matrices = [
        Matrix(name, seeds, tuple(one for one in lines if (one["set"], one["seeds"]) == pair))
        for pair in dict.fromkeys((one["set"], one["seeds"]) for one in lines)
        for name, seeds in [pair]
    ]
    whole = [one for one in matrices if not np.isnan(one.seconds(SCRIPTS[1])) and one.seeds == 1]
    parts = ["# Tables of cost", "", "## Seconds of the whole matrix, one seed", "", *times(whole)]
    parts += ["", "## How many times faster than the script", "", *ratios(whole)]
    parts += ["", "## Seeds and widths", "", *growth(matrices)]
    parts += ["", "## Do they agree?", "", *agreement(matrices)]
    into.mkdir(parents=True, exist_ok=True)
    (into / "tables.md").write_text("\n".join(parts).replace("nan", "") + "\n")
    draw(matrices, into / "cost.png")
    print((into / "tables.md").read_text())


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    header = list(header)
    lines = [header, ["---"] * len(header), *map(list, rows)]
    return [f"| {' | '.join(cells)} |" for cells in lines]


def times(matrices: list[Matrix]) -> list[str]:
    rows = []
    for one in matrices:
        trainings = one.tasks + one.tasks * (one.tasks - 1)
        shared = one.tasks + one.tasks * (one.tasks - 1) // 2
        first = [one.name, f"{one.tasks}", f"{trainings} / {shared}", one.measured]
        rows.append(first + [f"{one.seconds(way):.1f}" for way in WAYS])
    return table(["task set", "T", "trainings: script / ours", "steps", *WAYS], rows)


def ratios(matrices: list[Matrix]) -> list[str]:
    header = ["task set", *(f"{way} (over one thread)" for way in OURS)]
    rows = []
    for one in matrices:
        script, single = (one.seconds(way) for way in SCRIPTS)
        cells = [f"{script / one.seconds(w):.1f} ({single / one.seconds(w):.1f})" for w in OURS]
        rows.append([one.name, *cells])
    return table(header, rows)


def growth(matrices: list[Matrix]) -> list[str]:
    header = ["task set", "steps", "seeds", *(f"{way}, s a seed" for way in OURS)]
    header += ["processes / ensemble"]
    rows = []
    for one in sorted(matrices, key=lambda one: (one.name.split(":")[:1], one.width, one.seeds)):
        seconds = [one.seconds(way) for way in OURS]
        cells = ["" if np.isnan(value) else f"{value / one.seeds:.2f}" for value in seconds]
        cells.append(f"{seconds[1] / seconds[2]:.2f}")
        rows.append([one.name, one.measured, f"{one.seeds}", *cells])
    return table(header, rows)


def agreement(matrices: list[Matrix]) -> list[str]:
    header = [
        "task set",
        "steps",
        "seeds",
        "processes as one by one",
        "ensemble: largest difference of a score",
        "of a mean change, in half intervals",
        "same verdicts",
    ]
    return table(header, [row for one in matrices if (row := compared(one))])


def compared(one: Matrix) -> list[str] | None:
    """How far the executors agree on one matrix."""
    alone, apart, together = (one.scores(way) for way in OURS)
    if alone is None or together is None:
        return None
    exact = "" if apart is None else ("bit for bit" if alone == apart else "DIFFERENT")
    largest = max(
        abs(score - together[run][task])
        for run, scores in alone.items()
        for task, score in scores.items()
    )
    first = [one.name, f"{one.steps[-1]}", f"{one.seeds}", exact, f"{largest:.1g}"]
    if one.seeds < 3:
        return [*first, "", ""]
    tasks = taskset_named(one.name, 1).tasks
    ours, theirs = (
        ChangeMatrix.from_runs(tasks, [Outcome(run, scores=s) for run, s in found.items()])
        for found in (alone, together)
    )
    edges = ~np.eye(len(tasks), dtype=bool)
    half = (ours.upper - ours.lower)[edges] / 2
    apart_by = np.abs(ours.mean - theirs.mean)[edges] / half
    verdicts = [
        {edge[:2]: edge[2] for edge in RelationGraph.from_changes(found).edges(data="verdict")}
        for found in (ours, theirs)
    ]
    same = sum(verdicts[0][edge] == verdicts[1][edge] for edge in verdicts[0])
    return [*first, f"{apart_by.max():.2g}", f"{same} of {len(verdicts[0])}"]
