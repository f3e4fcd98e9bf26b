"""Changes from what a user has: a probe's folder, a ledger, a relation or a runs table."""

from collections.abc import Mapping
from pathlib import Path

from relations.errors import RelationsError
from relations.estimates.estimate import EstimateError
from relations.estimates.estimate_file import is_estimate_file
from relations.statistics.change_matrix import ChangeMatrix
from relations.tables.relation_table import read_relation_table
from relations.tables.runs_table import is_runs_table, read_runs_table

LEDGER_NAME = "probe.db"
_SQLITE = b"SQLite format 3\x00"


def load_changes(
    path: str | Path,
    *,
    variant: str = "",
    column: str | None = None,
    higher_is_better: Mapping[str, bool] | None = None,
    level: float = 0.95,
    shrink: bool | None = None,
) -> ChangeMatrix:
    """The change matrix of a source, whose kind is seen from its content.

    Args:
        path: A probe's folder (that holds `probe.db`), a ledger, a relation table or a runs table.
        variant: Which runs of a ledger.
        column: Which column of a long relation table.
        higher_is_better: Directions by task for a runs table that has none.
        level: Confidence level of the intervals.
        shrink: Shrink variances over edges; None: up to five seeds (see `ChangeMatrix`).

    Raises:
        RelationsError: The source does not exist, or cannot be read; all problems at once.
        EstimateError: It is an estimate; its numbers are no changes.
    """
    path = Path(path)
    if path.is_dir():
        if not (path / LEDGER_NAME).is_file():
            raise RelationsError(
                f"The folder `{path}` must hold a probe's `{LEDGER_NAME}`. Give the folder that "
                "the probe was told to write to, or a table."
            )
        path = path / LEDGER_NAME
    if not path.is_file():
        raise RelationsError(
            f"There is nothing at `{path}`. Expected a probe's folder, a ledger, a relation table "
            "or a runs table."
        )
    if is_estimate_file(path):
        raise EstimateError(
            f"`{path}` is an estimate, in a unit of its own, not measured changes. Read it with "
            "`relations.load_estimate`; the commands relations, heatmap, "
            "graph and mask take it."
        )
    if ledger_of(path) is not None:
        return ChangeMatrix.from_ledger(path, variant, level=level, shrink=shrink)
    if is_runs_table(path):
        table = read_runs_table(path, higher_is_better)
        return ChangeMatrix.from_runs(
            table.tasks, table.outcomes, level=level, shrink=shrink, origin=str(path)
        )
    return read_relation_table(path, column)


def ledger_of(source: str | Path) -> Path | None:
    """The ledger of a source that is a probe's folder or a ledger; None for a table."""
    path = Path(source)
    path = path / LEDGER_NAME if path.is_dir() else path
    with path.open("rb") as file:
        return path if file.read(len(_SQLITE)) == _SQLITE else None
