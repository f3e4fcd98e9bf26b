"""Studies beside a ledger that were judged by other directions than it has now."""

from pathlib import Path

from gradsplit.studies.former_reading import compared_directions, judged_before, turned_since
from gradsplit.studies.recommendation.files.recommendation_file import RECOMMENDATION, said_in
from relations.errors import TableError
from relations.ledger.ledger import Ledger
from relations.sources import ledger_of

_COMPARISON = "comparison.csv"


def refuse_former_reading(source: str | Path) -> None:
    """Refuse a recommendation or comparison beside a ledger whose directions were corrected since.

    Args:
        source: What a page is of; a table has no directions to hold them against.

    Raises:
        TableError: One was judged while a task of the ledger counted as better the other way.
    """
    ledger = ledger_of(source)
    if ledger is None:
        return
    with Ledger(ledger, read_only=True) as book:
        tasks = book.tasks()
    said = said_in(ledger.parent / RECOMMENDATION)
    compared = compared_directions(ledger.parent)
    if said is not None:
        # Files of earlier releases do not say it; their comparison lies beside them.
        _refuse(
            ledger.parent / RECOMMENDATION,
            "recommend",
            turned_since(said.get("higher_is_better", compared), tasks),
        )
    _refuse(ledger.parent / _COMPARISON, "compare", turned_since(compared, tasks))


def _refuse(path: Path, command: str, turned: list[str]) -> None:
    if turned:
        raise TableError(
            f"`{path}` {judged_before(turned)}. Write it again with `gradsplit {command}` or the "
            "call that wrote it, for which finished runs are kept, or move it away."
        )
