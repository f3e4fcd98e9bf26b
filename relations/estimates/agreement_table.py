"""Agreement as text for the terminal and as a table (csv)."""

import csv
from pathlib import Path

import numpy as np

from relations.estimates.agreement import Agreement
from relations.estimates.judge import STATISTICS
from relations.text_table import aligned


def agreement_text(found: Agreement) -> str:
    """One line a way of guessing, with what the numbers are to be compared with."""
    rows = [["", "cost", *STATISTICS]]
    for row in found.rows:
        values = [str(row.values[name]) for name in STATISTICS]
        cost = "" if np.isnan(row.trainings) else f"{row.trainings:.1f}"
        rows.append([row.name, cost, *values])
    lines = [
        f"{len(found.tasks)} tasks, {found.edges} edges, {found.harmful} harmful (mean change "
        f"below {found.threshold:.2%} over {found.seeds} seeds)",
        f"cost in single-task trainings; one seed of the probe takes {found.probe_trainings:.0f}",
        "",
        *aligned(rows),
        "",
        "brackets: 95 % over draws of seeds (few seeds: too narrow); probe, k seeds: against the "
        "other seeds; target-mean: knows the true mean of every target",
    ]
    if not np.isnan(found.reachable):
        lines.append(
            "highest rank correlation within targets that the probe's own noise lets a perfect "
            f"estimate show: {found.reachable:.2f}"
        )
    if not found.harmful:
        lines.append("no edge is harmful, so that F1 and precision mean nothing")
    return "\n".join(lines)


def write_agreement_table(found: Agreement, path: str | Path) -> None:
    """Write one line a way of guessing and statistic; an empty field is not known."""
    with Path(path).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["guess", "trainings", "seeds", "statistic", "value", "lower", "upper"])
        for row in found.rows:
            for name, value in row.values.items():
                numbers = (value.value, value.lower, value.upper)
                writer.writerow(
                    [row.name, _field(row.trainings), row.seeds, name, *map(_field, numbers)]
                )


def _field(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.6g}"
