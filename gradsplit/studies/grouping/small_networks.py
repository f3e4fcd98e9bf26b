"""Networks that cost less than those of a task set."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradsplit.training.taskset import TaskSet


def at_cost(taskset: "TaskSet", cost: float) -> "TaskSet":
    """The task set with networks of a cost, where its own cost 1.

    Their width is the square root of the cost times its own, so that their operations are about
    the cost's share. Source: our choice.

    Raises:
        TaskSetError: It has no networks of other widths.
    """
    from gradsplit.training.taskset import keeping_recipe

    return taskset if cost == 1 else keeping_recipe(taskset, taskset.with_width(cost**0.5))
