"""Correct which way a metric is better in a ledger that is there: scores stay, readings turn."""

from collections.abc import Mapping
from pathlib import Path

from relations.errors import LedgerError, did_you_mean_file
from relations.ledger.ledger import Ledger
from relations.ledger.schema import connect, transaction
from relations.tasks import check_known, names


def correct_directions(
    ledger: str | Path, higher_is_better: Mapping[str, bool]
) -> tuple[tuple[str, ...], int]:
    """Say anew which way the metrics of a ledger's tasks are better.

    No score and no run is touched: changes, verdicts and masks are computed from the scores, and
    turn with it. What was chosen by the old reading (searched loss weights, which edges got more
    seeds) is chosen anew by the next call of the same command. Cost: one small transaction.

    Args:
        ledger: The file.
        higher_is_better: Task -> whether its metric is better higher.

    Returns:
        The tasks whose direction is another one now, and how many finished runs are kept.

    Raises:
        LedgerError: There is no ledger, or it cannot be written.
        TaskError: The ledger does not know a task; nothing is changed.

    Example:
        >>> import tempfile
        >>> from relations import Ledger, Task
        >>> path = f"{tempfile.mkdtemp()}/probe.db"
        >>> with Ledger(path) as ledger:
        ...     _ = ledger.register([Task("pose"), Task("depth")], {"steps": 100})
        >>> correct_directions(path, {"depth": False, "pose": True})
        (('depth',), 0)
        >>> Ledger(path).tasks()[1].higher_is_better
        False
    """
    path = Path(ledger)
    if not path.is_file():
        raise LedgerError(f"There is no ledger at `{path}`.{did_you_mean_file(path)}")
    with Ledger(path, read_only=True) as read:
        tasks, kept = read.tasks(), len(read.finished())
    check_known(tuple(higher_is_better), names(tasks))
    turned = tuple(
        task.name
        for task in tasks
        if higher_is_better.get(task.name, task.higher_is_better) != task.higher_is_better
    )
    connection = connect(path, create=True)
    try:
        with transaction(connection, path, durable=True):
            connection.executemany(
                "UPDATE tasks SET higher_is_better = ? WHERE name = ?",
                [(int(higher_is_better[name]), name) for name in turned],
            )
    finally:
        connection.close()
    return turned, kept
