"""Does a task set keep its contract? Given as users have it: one, or its name."""

from typing import TYPE_CHECKING

from gradsplit.studies.arguments import the_taskset

if TYPE_CHECKING:
    from gradsplit.training.taskset import TaskSet


def check_taskset(taskset: "TaskSet | str") -> None:
    """Build the network, draw a batch of every task, compute its loss and score it once, untrained.

    Cost: one batch and one evaluation a task. Nothing of the caller's random state changes.

    Args:
        taskset: A task set, or its name as the commands take it.

    Raises:
        TaskSetError: With everything that is wrong, a line each; among it a network whose trunk
            and heads begin with the same weights for every seed.

    Warns:
        SeedNote: The trunk alone does, as a pretrained one should, or heads alone do.

    Example:
        >>> check_taskset("planted")
    """
    from gradsplit.tasksets import contract

    contract.check_taskset(the_taskset(taskset))
