"""A runs table of means: its scores have a spread behind them, where single runs are needed."""

from collections.abc import Sequence

from relations.tables.arrows import parted_arrow
from relations.tables.csv_file import Line, column_name
from relations.tables.score_cell import without_spread
from relations.tables.wide_runs import members_of


def spreads_of_runs(header: Sequence[str], rows: Sequence[Line]) -> str | None:
    """What to do with a runs table whose scores are means with a spread; None elsewhere.

    Args:
        header: Columns.
        rows: Line numbers and cells.

    Example:
        >>> said = spreads_of_runs(["tasks", "task", "score"], [(2, ["a", "a", "0.8 ± 0.1"])])
        >>> said.partition(": ")[0]
        'line 2 has the score `0.8 ± 0.1`, a mean over runs'
    """
    low = [column_name(parted_arrow(name)[0]) for name in header]
    if "tasks" not in low:
        return None
    whole = [(line, cells) for line, cells in rows if len(cells) == len(low)]
    members = (
        parted_arrow(t)[0] for _, cells in whole for t in members_of(cells[low.index("tasks")])
    )
    scores = {"score"} if "score" in low else set(map(column_name, members))
    for line, cells in whole:
        for name, cell in zip(low, cells, strict=True):
            if name in scores - {"tasks", "task", "seed"} and without_spread(cell) != cell:
                return (
                    f"line {line} has the score `{cell}`, a mean over runs: relations compare runs "
                    "of the same seed, which means do not tell. Give a line for each run, with its "
                    "seed in a column `seed` and the score that this run has."
                )
    return None
