"""A task set at the width that the file of a network says: that of a recommended wider network."""

import re
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from gradsplit.errors import GradSplitError, TaskSetError
from gradsplit.training.taskset import TaskSet, keeping_recipe

if TYPE_CHECKING:
    from gradsplit.training.network_file import NetworkFacts

HINT = (
    "A recommended network of another width is built by `taskset.with_width(FACTOR)`; its "
    "recommended.toml says the factor."
)
_OTHER_SHAPE = ("size mismatch", "in the file and")
"""How errors say that a weight has another shape than the network's."""
Filled = TypeVar("Filled")
_IN_VARIANT = re.compile(r" width ([0-9]+(?:\.[0-9]+)?)$")
"""How runs of a recommendation name it, of which the file says no width itself."""


def widened(taskset: TaskSet, facts: "NetworkFacts | None") -> TaskSet | None:
    """The task set of a network whose weights do not fit it as it is given.

    Args:
        taskset: As it was before it was widened.
        facts: What the file says; None of weights of elsewhere.

    Returns:
        None where the file says no width, or the task set has no others.
    """
    factor = 1.0 if facts is None else facts.width
    if facts is not None and (named := _IN_VARIANT.search(facts.variant)):
        factor = float(named[1])
    if factor == 1:
        return None
    with suppress(TaskSetError):
        return keeping_recipe(taskset, taskset.with_width(factor))
    return None


def filled(
    taskset: TaskSet, facts: "NetworkFacts | None", fill: Callable[[TaskSet], Filled]
) -> Filled:
    """A network with the weights of a file, where the given width is wrong at that of the file.

    Args:
        taskset: As it is given.
        facts: What the file says; None of weights of elsewhere.
        fill: Builds the network of a task set and fills it; its error says what does not fit.

    Raises:
        GradSplitError: It does not fit; that of the width given, and how another one is given.
    """
    try:
        return fill(taskset)
    except GradSplitError as unfit:
        wider = widened(taskset, facts)
        if wider is not None:
            with suppress(GradSplitError):
                return fill(wider)
        if can_widen(taskset) and any(words in str(unfit) for words in _OTHER_SHAPE):
            raise type(unfit)(f"{unfit}\n{HINT}") from unfit
        raise


def can_widen(taskset: TaskSet) -> bool:
    """Whether a task set has networks of other widths."""
    with suppress(TaskSetError):
        taskset.with_width(1.0)
        return True
    return False
