"""Changes from what a user has: a probe's folder, a ledger, a relation or a runs table."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from relations.errors import RelationsError, TableError, did_you_mean_file
from relations.estimates.estimate import EstimateError
from relations.estimates.estimate_file import is_estimate_file
from relations.ledger.companion import companion
from relations.ledger.ledger import Ledger
from relations.ledger.never_finished import never_finished_notes
from relations.statistics.change_matrix import ChangeMatrix
from relations.tables.change_cells import Unit
from relations.tables.file_kinds import other_kind
from relations.tables.orientation import Rows
from relations.tables.relation_table import read_relation_table
from relations.tables.runs_table import is_runs_table, read_runs_table
from relations.tasks import check_known, check_related, given_names, measured

LEDGER_NAME = "probe.db"
_SQLITE = b"SQLite format 3\x00"


def load_changes(
    path: str | Path,
    *,
    variant: str = "",
    column: str | None = None,
    higher_is_better: Mapping[str, bool] | None = None,
    level: float = 0.95,
    unit: Unit | None = None,
    rows: Rows | None = None,
    tasks: str | Sequence[str] = (),
    without: str | Sequence[str] = (),
    absolute: Mapping[str, float] | None = None,
    standardised: Mapping[str, float] | None = None,
) -> ChangeMatrix:
    """The change matrix of a source, whose kind is seen from its content.

    Args:
        path: A probe's folder (that holds `probe.db`), a ledger, a relation table or a runs table.
        variant: Which runs of a ledger.
        column: Which column of a long relation table.
        higher_is_better: Directions by task for a runs table; they win over the table's.
        level: Confidence level of the intervals.
        unit: Of a relation table that does not say: "fraction" or "per-cent".
        rows: What the rows of a relation table's matrix name: "source" or "target".
        tasks: Only these, in this order; all when empty.
        without: Tasks to leave out.
        absolute: Task -> threshold of tasks whose change is measured absolutely, in the metric's
            own unit; of a relation table, whose numbers are such changes already.
        standardised: The same of changes in units of the seeds' spread.

    Raises:
        RelationsError: The source does not exist, or cannot be read; all problems at once. An
            option has no effect on a source of its kind.
        EstimateError: It is an estimate; its numbers are no changes.
        TaskError: A task is named that is not there.
    """
    path = _file_of(Path(path))
    of_tables = {"column": column, "unit": unit, "rows": rows}
    if ledger_of(path) is not None:
        _refuse("a ledger, which knows its tasks' directions", path, higher_is_better, of_tables)
        changes = ChangeMatrix.from_ledger(
            path, variant, level=level, absolute=absolute, standardised=standardised
        )
    elif is_runs_table(path):
        _refuse("a runs table", path, None, of_tables)
        table = read_runs_table(path, higher_is_better)
        changes = ChangeMatrix.from_runs(
            measured(table.tasks, absolute, standardised),
            table.outcomes,
            level=level,
            origin=str(path),
        )
    else:
        # Read first: what is wrong with it may be that it is no relation table.
        changes = read_relation_table(
            path, column, unit=unit, rows=rows, absolute=absolute, standardised=standardised
        )
        _refuse("a relation table, whose changes are turned already", path, higher_is_better, {})
    changes = _selected(changes, given_names(tasks), given_names(without))
    if changes.failed.any() and ledger_of(path) is not None:
        with Ledger(path, read_only=True) as ledger:
            states = ledger.states(variant)
        changes.notes = never_finished_notes(states, changes.tasks, changes.notes)
    return changes


def _file_of(path: Path) -> Path:
    """The file of a source: that of a folder, if it is one.

    Raises:
        RelationsError: There is none, or it is of another kind.
    """
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
            f"or a runs table.{did_you_mean_file(path)}"
        )
    if ledger_of(path) is not None:
        return path
    if is_estimate_file(path):
        raise EstimateError(
            f"`{path}` is an estimate, in a unit of its own, not measured changes. Read it with "
            "`relations.load_estimate`; the commands relations, heatmap, "
            "graph and mask take it."
        )
    kind = other_kind(path)
    if kind is not None:
        raise TableError(f"`{path}` is {kind}")
    return path


def _refuse(
    kind: str,
    path: Path,
    higher_is_better: Mapping[str, bool] | None,
    options: Mapping[str, object],
) -> None:
    """Refuse options that would change nothing.

    Raises:
        RelationsError: One was given.
    """
    given = [f"--{name}" for name, value in options.items() if value is not None]
    if higher_is_better:
        given.append("--lower")
    if given:
        raise RelationsError(
            f"`{path}` is {kind}: {', '.join(given)} would change nothing. Leave it out."
        )


def _selected(changes: ChangeMatrix, tasks: Sequence[str], without: Sequence[str]) -> ChangeMatrix:
    """The changes between some of the tasks; all of them when none was named."""
    check_known([*tasks, *without], changes.tasks)
    kept = [task for task in tasks or changes.tasks if task not in without]
    check_related(kept, changes.tasks)
    return changes.select(kept) if tasks or without else changes


def ledger_of(source: str | Path) -> Path | None:
    """The ledger of a source that is a probe's folder or a ledger; None for a table."""
    path = Path(source)
    path = path / LEDGER_NAME if path.is_dir() else path
    if companion(path).is_file():
        return path  # perhaps in use by this process, which must not open it by itself
    with path.open("rb") as file:
        return path if file.read(len(_SQLITE)) == _SQLITE else None
