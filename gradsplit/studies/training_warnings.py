"""What a study's single-task runs know against its answer: tasks not learnt, training not over."""

from typing import TYPE_CHECKING

from relations.ledger.ledger import Ledger
from relations.statistics.learning import learning_warnings, learnt_tasks

if TYPE_CHECKING:
    from gradsplit.studies.variant_runs import RunPlace


def training_warnings(place: "RunPlace") -> list[str]:
    """What people should know of the trainings before they believe changes against training alone.

    Args:
        place: Of finished runs; those of each task alone are read.

    Returns:
        A line each, as `ChangeMatrix.warnings` has them; nothing where all is well or not known.
    """
    with Ledger(place.ledger, read_only=True) as book:
        return learning_warnings(learnt_tasks(place.taskset.measured_tasks, book.outcomes("")))


def mind(warning: str) -> str:
    """A warning as it stands beside an answer.

    Example:
        >>> mind("train longer before these changes are believed")
        'Mind: train longer before these changes are believed.'
    """
    return f"Mind: {warning}."
