"""How far estimates agree with a probe, against how far the probe agrees with itself."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from relations.change_kinds import ChangeKind, thresholds_text
from relations.errors import all_problems
from relations.estimates.cut import Cut
from relations.estimates.estimate import Estimate, EstimateError
from relations.estimates.judge import STATISTICS, WITHIN, Judge, Row, probe_name
from relations.seeds import DEFAULT_HARM_THRESHOLD
from relations.statistics.change_matrix import ChangeMatrix
from relations.statistics.corrections import check_levels
from relations.tables.csv_file import inert_row
from relations.tables.text_table import aligned


@dataclass(frozen=True)
class Agreement:
    """Estimates beside a probe.

    Attributes:
        tasks: T names.
        edges: Edges that the probe knows.
        harmful: Of these, harmful by the mean change.
        seeds: Seeds of the probe.
        threshold: A relative change below it is harm.
        rows: Estimates, the probe against itself, and baselines.
        reachable: The highest rank correlation within targets that a perfect estimate could show,
            given the probe's own noise: the root of the reliability of its mean, by Spearman-Brown
            from its halves; NaN with fewer than four seeds.
        kinds: How the changes of tasks are measured, and where harm begins.
    """

    tasks: tuple[str, ...]
    edges: int
    harmful: int
    seeds: int
    threshold: float
    rows: tuple[Row, ...]
    reachable: float
    kinds: tuple[ChangeKind, ...] = ()

    @property
    def probe_trainings(self) -> float:
        """Cost of one seed of the probe in single-task trainings: T alone and T(T-1)/2 pairs."""
        return float(len(self.tasks) ** 2)

    def row(self, name: str) -> Row:
        """The row of a name."""
        return next(row for row in self.rows if row.name == name)

    def __str__(self) -> str:
        lines = [
            f"{len(self.tasks)} tasks, {self.edges} edges, {self.harmful} harmful (mean change "
            f"below {thresholds_text(self.tasks, self.kinds, self.threshold)} over {self.seeds} "
            "seeds)",
            "cost in single-task trainings; one seed of the probe takes "
            f"{self.probe_trainings:.0f}",
            "",
            *aligned([["", "cost", *STATISTICS], *map(_cells, self.rows)]),
            "",
            "in brackets: where 95 % lie when seeds are drawn anew (too narrow with few seeds)",
            "probe, k seeds: the mean of k of its seeds against that of the others",
            "random: drawn numbers; target-mean: for every source the target's true mean change",
        ]
        if not np.isnan(self.reachable):
            lines.append(
                "highest rank correlation within targets that the probe's own noise lets a perfect "
                f"estimate show: {self.reachable:.2f}"
            )
        if not self.harmful:
            lines.append("no edge is harmful, so that F1 and precision mean nothing")
        return "\n".join(lines)

    def save(self, path: str | Path) -> None:
        """Write a table (csv): a line a way of guessing and statistic; empty = not known."""
        with Path(path).open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["guess", "trainings", "seeds", "statistic", "value", "lower", "upper"])
            for row in self.rows:
                for name, value in row.values.items():
                    numbers = (value.value, value.lower, value.upper)
                    cells = (row.name, _field(row.trainings), row.seeds, name)
                    writer.writerow(inert_row([*cells, *map(_field, numbers)]))


def _cells(row: Row) -> list[str]:
    cost = "" if np.isnan(row.trainings) else f"{row.trainings:.1f}"
    return [row.name, cost, *(str(row.values[name]) for name in STATISTICS)]


def _field(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.6g}"


def agreement(
    changes: ChangeMatrix,
    estimates: Sequence[Estimate],
    *,
    threshold: float = DEFAULT_HARM_THRESHOLD,
    cut: Cut | None = None,
    draws: int = 400,
    seed: int = 0,
) -> Agreement:
    """Compare estimates with a probe.

    The truth is the probe's mean change over its seeds. Intervals come from drawing the probe's
    seeds and, independently, each estimate's seeds with replacement (percentiles; with few seeds
    they are too narrow). Beside the estimates stand the probe itself (k of its seeds against the
    others, so both are noisier than the whole), `random` and `target-mean`, which knows the true
    mean change of every target and nothing of its sources.

    Args:
        changes: The probe's, of T tasks; edges with failed runs are left out.
        estimates: Of the same tasks, in any order.
        threshold: A relative change below this is harm, in (-1, 0].
        cut: What the estimates' own cut is for "F1 at cut"; the sign when None.
        draws: Draws of seeds.
        seed: Of the draws.

    Raises:
        EstimateError: An estimate is of other tasks; all of them at once.
        RelationsError: The threshold is out of range.

    Cost: about a second an estimate for 27 tasks.
    """
    check_levels(threshold, 0.95, "none")
    _check_tasks(changes, estimates)
    judge = Judge.of(changes, threshold, draws, seed)
    rows = [judge.estimate(guess, changes.tasks, cut or Cut()) for guess in estimates]
    rows += judge.probe_against_itself()
    rows += [judge.random(), judge.target_mean()]
    truth = judge.whole[0]
    return Agreement(
        changes.tasks,
        int((~np.isnan(truth)).sum()),
        int(judge.harmful(truth).sum()),
        len(judge.samples),
        threshold,
        tuple(rows),
        _reachable(rows, len(judge.samples)),
        tuple(kind.at(threshold) for kind in changes.kinds),
    )


def _reachable(rows: Sequence[Row], count: int) -> float:
    """See `Agreement.reachable`."""
    half = [row for row in rows if row.name == probe_name(count // 2)]
    if count < 4 or not half:
        return np.nan
    r = max(half[0].values[WITHIN].value, 0.0)
    return float(np.sqrt(2 * r / (1 + r)))


def _check_tasks(changes: ChangeMatrix, estimates: Sequence[Estimate]) -> None:
    problems = [
        f"the estimate by `{guess.estimator}` is of {', '.join(guess.tasks)}."
        for guess in estimates
        if sorted(guess.tasks) != sorted(changes.tasks)
    ]
    if problems:
        raise EstimateError(all_problems(f"The probe is of {', '.join(changes.tasks)}", problems))
