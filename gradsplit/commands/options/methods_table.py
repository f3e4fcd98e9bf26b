"""A table of methods' scores that is given as a task set."""

import shlex
from pathlib import Path

from gradsplit.errors import TaskSetError
from relations.tables.scores_of_methods import is_of_methods


def refuse_methods_table(reference: str) -> None:
    """Say what compares a table of methods, where it is given in place of a task set.

    Raises:
        TaskSetError: It is one.
    """
    path = Path(reference)
    if path.suffix.lower() == ".csv" and path.is_file() and is_of_methods(path):
        raise TaskSetError(
            f"`{reference}` is a table of methods' scores, not a task set. `gradsplit compare "
            f"--scores {shlex.quote(reference)}` compares them."
        )
