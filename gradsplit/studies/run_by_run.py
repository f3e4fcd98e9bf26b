"""Executors for methods, which have no vectorised form in common."""

from typing import TYPE_CHECKING

from gradsplit.errors import GradSplitError
from relations.executors import executor_named
from relations.executors.ensemble import Ensemble

if TYPE_CHECKING:
    from relations.executors import Executor


def run_by_run(executor: "str | Executor", workers: int | None) -> "Executor":
    """The executor of that name, if it trains run by run.

    Raises:
        GradSplitError: It trains all runs as one program.
        RelationsError: There is no such executor.
    """
    place = executor_named(executor, workers)
    if isinstance(place, Ensemble):
        raise GradSplitError(
            "Methods are trained run by run: use the executor processes, not ensemble."
        )
    return place
