"""The table of an edge's diagnosis."""

from collections.abc import Sequence

from analysis.diagnosis.in_words import interval_in_words
from analysis.diagnosis.removed_harm import Row
from analysis.text_table import Table
from relations.change_kinds import ChangeKind

_HEADER = (
    "intervention",
    "cause it takes away",
    "harm removed [%]",
    "interval",
    "verdict",
)


def diagnosis_table(
    rows: Sequence[Row], kinds: Sequence[ChangeKind] = (ChangeKind(), ChangeKind())
) -> Table:
    """One line an intervention.

    Args:
        rows: In the order of the table.
        kinds: How changes of the source and of the target are measured.

    Returns:
        The share of the harm that is removed with its interval and verdict, the change of both
        tasks' mean scores against the pair as it was, and the trainings a seed in pair runs.
    """
    source, target = kinds
    header = [*_HEADER, f"target [{target.short}]", f"source [{source.short}]", "cost"]
    return Table(header, [_line(row, source, target) for row in rows])


def _line(row: Row, source: ChangeKind, target: ChangeKind) -> list[str]:
    removed = row.removed
    interval = "-"
    if removed.lower == removed.lower:  # NaN without a spread
        interval = interval_in_words(removed).removesuffix(" %")
    return [
        row.intervention,
        row.takes_away,
        "-" if removed.share != removed.share else f"{100 * removed.share:.0f}",
        interval,
        removed.verdict,
        _number(row.target, target),
        _number(row.source, source),
        f"{row.cost:g}",
    ]


def _number(change: float, kind: ChangeKind) -> str:
    return "-" if change != change else kind.number(change, 1)
