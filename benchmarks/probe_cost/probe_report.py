"""Tables and figure of what probe.py has measured."""

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from measured_matrix import Matrix
from probe_figure import draw
from probe_ways import OURS, SCRIPTS, WAYS, taskset_named

from relations import ChangeMatrix, RelationGraph
from relations.runs import Outcome


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
