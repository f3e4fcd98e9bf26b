"""Which modules of a trunk a method acts on."""

from collections.abc import Sequence

from gradsplit.errors import ModuleNameError
from gradsplit.training.taskset import TaskSet


def split_modules(taskset: TaskSet, modules: Sequence[str] | None) -> tuple[str, ...]:
    """The named modules, or the task set's own split modules where none are named.

    Raises:
        ModuleNameError: There is nothing to act on.
    """
    chosen = tuple(taskset.split_modules if modules is None else modules)
    if not chosen:
        raise ModuleNameError(
            f"The task set `{taskset.name}` names no split modules, so there is nothing to act on. "
            "Give `modules=[...]`, names as in `trunk.named_modules()`."
        )
    return chosen
