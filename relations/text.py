"""Change matrices as text for the terminal."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from relations.statistics.change_matrix import ChangeMatrix

MOST_TASKS = 16  # a wider table no terminal shows


def change_table(changes: "ChangeMatrix") -> str:
    """The matrix in per cent, each cell with half the width of its interval.

    Args:
        changes: The matrix.

    Returns:
        A heading, a table (up to 16 tasks) and what is missing.
    """
    lines = [_heading(changes)]
    if len(changes.tasks) <= MOST_TASKS:
        lines.extend(aligned(_cells(changes)))
    else:
        lines.append(f"{len(changes.tasks)} tasks are too many to print; see to_frame()")
    unknown = int((changes.n == 0).sum()) - len(changes.tasks)
    if unknown:
        lines.append(f"{unknown} edges are unknown (?): their runs are missing or failed")
    failed = int((changes.failed > 0).sum())
    if failed:
        lines.append(f"{failed} edges have failed runs; a relation graph takes them for unknown")
    return "\n".join(lines)


def _heading(changes: "ChangeMatrix") -> str:
    edges = ~np.eye(len(changes.tasks), dtype=bool)
    counts = changes.n[edges]
    counts = counts[counts > 0]
    if not counts.size:
        return "change in %, row = source, column = target: no runs yet"
    if counts.max() == 1:
        return "change in %, row = source, column = target (1 seed: no doubt is known)"
    low, high = counts.min(), counts.max()
    seeds = f"{high} seeds" if low == high else f"{low} to {high} seeds"
    return (
        f"change in % ± half of the {changes.level:.0%} interval, "
        f"row = source, column = target ({seeds})"
    )


def _cells(changes: "ChangeMatrix") -> list[list[str]]:
    """The table's cells, header and row names included."""
    half = (changes.upper - changes.lower) / 2
    rows = [["", *changes.tasks]]
    for row, source in enumerate(changes.tasks):
        cells = [source]
        for column in range(len(changes.tasks)):
            if row == column:
                cells.append("")
            elif changes.n[row, column] == 0:
                cells.append("?")
            elif np.isnan(half[row, column]):
                cells.append(f"{100 * changes.mean[row, column]:+.2f}")
            else:
                cells.append(
                    f"{100 * changes.mean[row, column]:+.2f} ±{100 * half[row, column]:.2f}"
                )
        rows.append(cells)
    return rows


def aligned(rows: list[list[str]]) -> list[str]:
    """Columns of equal width: names to the left, numbers to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
