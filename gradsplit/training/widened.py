"""A task set at the width that the file of a network says: that of a recommended wider network."""

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from gradsplit.errors import TaskSetError
from gradsplit.training.taskset import TaskSet, keeping_recipe

if TYPE_CHECKING:
    from gradsplit.training.network_file import NetworkFacts

HINT = (
    "A recommended network of another width is built by `taskset.with_width(FACTOR)`; its "
    "recommended.toml says the factor."
)
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


def can_widen(taskset: TaskSet) -> bool:
    """Whether a task set has networks of other widths."""
    with suppress(TaskSetError):
        taskset.with_width(1.0)
        return True
    return False
