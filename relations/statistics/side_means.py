"""Side scores of a probe's runs: each alone and beside every other task; nothing judges them."""

import csv
import io
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from relations.runs import Outcome
from relations.side_scores import OF_LEARNING, parted, side_name
from relations.tables.csv_file import inert_row
from relations.tables.text_table import WIDTH, folded

_HEADER = ("target", "side_score", "source", "seed", "value")


@dataclass(frozen=True)
class SideScore:
    """One side score of one task.

    Its unit and its direction are its metric's own business and not known here, so it has no change
    and no verdict.

    Attributes:
        task: Whose: the target.
        name: Of the score, such as "rank-1".
        alone: Seed -> value of the single-task runs.
        beside: Source -> seed -> value of the pair runs.
    """

    task: str
    name: str
    alone: dict[int, float] = field(default_factory=dict)
    beside: dict[str, dict[int, float]] = field(default_factory=dict)

    def mean(self, source: str | None = None) -> float:
        """The mean over seeds, alone or beside a source; NaN where none is known."""
        return _mean(self.alone if source is None else self.beside.get(source, {}))

    @property
    def spread(self) -> float:
        """The largest mean minus the smallest; NaN where fewer than two are known."""
        means = [self.mean(), *(self.mean(source) for source in self.beside)]
        known = [mean for mean in means if not math.isnan(mean)]
        return max(known) - min(known) if len(known) > 1 else math.nan


def side_of_runs(tasks: Sequence[str], outcomes: Iterable[Outcome]) -> tuple[SideScore, ...]:
    """The side scores of single-task and pair runs, but for those that tell of learning.

    Args:
        tasks: In their order; scores of other tasks are left out.
        outcomes: Finished runs, of any tasks.

    Returns:
        By task in the order given, of a task in the order in which the runs name them.
    """
    found: dict[str, dict[str, SideScore]] = {task: {} for task in tasks}
    for outcome in outcomes:
        run = outcome.run
        if len(run.tasks) > 2 or not set(run.tasks) <= set(tasks):
            continue
        for key, value in outcome.side.items():
            own = parted(key, run.tasks)
            if own is None or own[1] in OF_LEARNING:
                continue
            task, name = own
            score = found[task].setdefault(name, SideScore(task, name))
            others = [other for other in run.tasks if other != task]
            seeds = score.beside.setdefault(others[0], {}) if others else score.alone
            seeds[run.seed] = value
    return tuple(score for of_task in found.values() for score in of_task.values())


def side_between(scores: Iterable[SideScore], tasks: Collection[str]) -> tuple[SideScore, ...]:
    """Those of some of the tasks, beside these alone."""
    return tuple(
        replace(score, beside={one: at for one, at in score.beside.items() if one in tasks})
        for score in scores
        if score.task in tasks
    )


def side_text(scores: Sequence[SideScore], tasks: Sequence[str], width: int = WIDTH) -> str:
    """Means over seeds for the terminal: a line a side score, alone and beside each source.

    Example:
        >>> score = SideScore("reid", "rank-1", {0: 0.5}, {"pose": {0: 0.25}})
        >>> print(side_text([score], ["pose", "reid"]))
        side score   alone  with pose
        reid@rank-1    0.5       0.25
    """
    sources = [task for task in tasks if any(task in score.beside for score in scores)]
    rows = [["side score", "alone", *(f"with {source}" for source in sources)]]
    for score in scores:
        means = [score.mean(), *(score.mean(source) for source in sources)]
        cells = ["" if math.isnan(mean) else f"{mean:.4g}" for mean in means]
        rows.append([side_name(score.task, score.name), *cells])
    return "\n\n".join("\n".join(block) for block in folded(rows, width))


def side_csv(scores: Sequence[SideScore]) -> str:
    """Every value: target, side_score, source (empty of single-task runs), seed, value."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_HEADER)
    for score in scores:
        for source, seeds in {"": score.alone, **score.beside}.items():
            writer.writerows(
                inert_row([score.task, score.name, source, seed, repr(value)])
                for seed, value in seeds.items()
            )
    return text.getvalue()


def side_facts(scores: Sequence[SideScore]) -> list[dict[str, Any]]:
    """Means over seeds and their numbers, as JSON values."""
    return [
        {
            "task": score.task,
            "name": score.name,
            "alone": _facts(score.alone),
            "beside": {source: _facts(seeds) for source, seeds in score.beside.items()},
        }
        for score in scores
    ]


def _facts(seeds: Mapping[int, float]) -> dict[str, float | int | None]:
    return {"mean": _mean(seeds) if seeds else None, "n": len(seeds)}


def _mean(seeds: Mapping[int, float]) -> float:
    return math.fsum(seeds.values()) / len(seeds) if seeds else math.nan
