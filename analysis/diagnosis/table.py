"""The table of an edge's diagnosis."""

from collections.abc import Sequence

from analysis.diagnosis.removed_harm import Row
from analysis.text_table import Table

_HEADER = (
    "intervention",
    "cause it takes away",
    "harm removed [%]",
    "interval",
    "verdict",
    "target [%]",
    "source [%]",
    "cost",
)


def diagnosis_table(rows: Sequence[Row]) -> Table:
    """One line an intervention.

    Args:
        rows: In the order of the table.

    Returns:
        The share of the harm that is removed with its interval and verdict, the change of both
        tasks' mean scores against the pair as it was, and the trainings a seed in pair runs.
    """
    return Table(_HEADER, [_line(row) for row in rows])


def _line(row: Row) -> list[str]:
    removed = row.removed
    interval = "-"
    if removed.lower == removed.lower:  # NaN with one seed
        interval = f"{100 * removed.lower:.0f} to {100 * removed.upper:.0f}"
    return [
        row.intervention,
        row.takes_away,
        "-" if removed.share != removed.share else f"{100 * removed.share:.0f}",
        interval,
        removed.verdict,
        _percent(row.target),
        _percent(row.source),
        f"{row.cost:g}",
    ]


def _percent(change: float) -> str:
    return "-" if change != change else f"{100 * change:+.1f}"
