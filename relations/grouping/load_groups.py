"""Changes in groups from what a user has: a probe's folder, a ledger or a table."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from relations.grouping.group_changes import GroupChanges, warnings_of
from relations.ledger.ledger import Ledger
from relations.runs import Outcome
from relations.sources import LEDGER_NAME, ledger_of, load_changes
from relations.tables.change_cells import Unit
from relations.tables.orientation import Rows
from relations.tables.runs_table import is_runs_table, read_runs_table
from relations.tasks import given_names, measured


def _alike(book: Ledger) -> Iterator[Outcome]:
    """The outcomes of a probe, and of other variants that were made with the same settings.

    A recommendation keeps the runs of all tasks as such a variant.
    """
    own, seen = book.settings(""), set[tuple[frozenset[str], int]]()
    for variant in book.variants():
        if variant and book.settings(variant) != own:
            continue
        for outcome in book.outcomes(variant):
            run = frozenset(outcome.run.tasks), outcome.run.seed
            if run not in seen:
                seen.add(run)
                yield outcome


def load_groups(
    source: str | Path,
    *,
    column: str | None = None,
    lower: str | Sequence[str] = (),
    unit: Unit | None = None,
    rows: Rows | None = None,
    absolute: Mapping[str, float] | None = None,
    standardised: Mapping[str, float] | None = None,
) -> GroupChanges:
    r"""What is known of groups of tasks; of a relation table that is pairs.

    Args:
        source: A probe's folder, a ledger, a relation table or a runs table (columns tasks, seed,
            task, score) with joint runs of any groups beside the single-task runs.
        column: Which column of a long relation table.
        lower: Tasks of a runs table whose metric is better lower; they win over what it says.
        unit: Of a relation table that does not say: "fraction" or "per-cent".
        rows: What the rows of a relation table's matrix name: "source" or "target".
        absolute: Task -> threshold of tasks whose change is absolute; such cannot be summed.
        standardised: Task -> threshold of tasks whose change is in units of the seeds' spread.

    Raises:
        RelationsError: The source cannot be read; all problems at once.
        GroupingError: Its changes are of several kinds.

    Example:
        >>> import tempfile
        >>> lines = ["tasks,seed,task,score", "a,0,a,5", "b,0,b,5", "a+b,0,a,6", "a+b,0,b,4"]
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = (file := Path(folder, "runs.csv")).write_text("\n".join(lines))
        ...     load_groups(file).means()["a", "b"].round(3).tolist()
        [0.2, -0.2]
    """
    path = Path(source)
    directions = dict.fromkeys(given_names(lower), False) or None
    changes = load_changes(
        path,
        column=column,
        higher_is_better=directions,
        unit=unit,
        rows=rows,
        absolute=absolute,
        standardised=standardised,
    )
    warnings = warnings_of(changes)
    if ledger_of(path) is not None:
        with Ledger(path / LEDGER_NAME if path.is_dir() else path, read_only=True) as book:
            tasks = measured(book.tasks(), absolute, standardised)
            return replace(GroupChanges.from_outcomes(tasks, _alike(book)), warnings=warnings)
    if is_runs_table(path):
        table = read_runs_table(path, directions)
        tasks = measured(table.tasks, absolute, standardised)
        return replace(GroupChanges.from_outcomes(tasks, table.outcomes), warnings=warnings)
    return GroupChanges.from_changes(changes)
