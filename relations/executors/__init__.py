"""Where runs happen: in this process, in worker processes, on a Ray cluster, all at once."""

from collections.abc import Iterable, Iterator
from typing import Protocol, runtime_checkable

from relations.errors import RelationsError, argument
from relations.runs import Outcome, Run, Trainer

EXECUTORS = ("in-process", "processes", "ray", "ensemble")


@runtime_checkable
class Executor(Protocol):
    """Trains runs somewhere. Where is its only business; what is trained is the trainer's.

    One that has a true attribute `ends_softly` lets trainings that can go on keep what they have
    when the process is asked to end, see `relations.running.stopping`; others are ended at once.
    """

    def outcomes(self, train: Trainer, runs: Iterable[Run]) -> Iterator[Outcome]:
        """Train runs and give their outcomes in any order.

        A run is asked of `runs` only when it can start soon, because asking claims it. A training
        that fails gives an outcome with its error; the others go on.

        Args:
            train: `train(tasks, seed) -> {task: score}`.
            runs: The runs, possibly lazily.

        Yields:
            One outcome for each run.
        """
        ...


def check_here(train: Trainer, executor: Executor) -> None:
    """Ask a trainer whether it can train on this machine, where runs are trained on it.

    Args:
        train: If it has `check_here()`, that raises when it cannot.
        executor: Where; one that is not of this package may train anywhere.
    """
    check = getattr(train, "check_here", None)
    if check is not None and is_here(executor):
        check()


def is_here(executor: Executor) -> bool:
    """Whether an executor is known to train on this machine.

    Example:
        >>> is_here(executor_named("in-process"))
        True
    """
    from relations.executors.ensemble import Ensemble
    from relations.executors.in_process import InProcess
    from relations.executors.processes import Processes

    return isinstance(executor, Ensemble | InProcess | Processes)


def executor_named(executor: "str | Executor", workers: int | None = None) -> Executor:
    """An executor by name; an executor object is returned as it is.

    Args:
        executor: "in-process", "processes", "ray" or "ensemble", or an object with `outcomes`.
        workers: How many runs at once, for the named ones that run several.

    Raises:
        RelationsError: The name is unknown, or `workers` does not fit.
    """
    if not isinstance(executor, str):
        return executor
    if workers is not None and (not isinstance(workers, int) or workers < 1):
        raise RelationsError(
            f"{argument('workers')} must be a whole number, at least 1, got {workers!r}."
        )
    if executor == "in-process":
        from relations.executors.in_process import InProcess

        if workers not in (None, 1):
            raise RelationsError(
                f'{argument("workers")} is {workers}, but "in-process" trains one run at a time. '
                f"Use {argument('executor', 'processes')}."
            )
        return InProcess()
    if executor == "processes":
        from relations.executors.processes import Processes

        return Processes(workers=workers)
    if executor == "ray":
        from relations.executors.ray import Ray

        return Ray(workers=workers)
    if executor == "ensemble":
        from relations.executors.ensemble import Ensemble

        return Ensemble()
    raise RelationsError(
        f"{argument('executor')} must be one of {', '.join(map(repr, EXECUTORS))} or an object "
        "with "
        f"`outcomes(train, runs)`, got {executor!r}."
    )
