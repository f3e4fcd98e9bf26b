"""What a method is: how the losses of a step become the gradients of a network."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, ClassVar

import torch
from torch import Tensor

from gradsplit.errors import GradSplitError
from gradsplit.training.network import MultiTaskNetwork, build_network
from gradsplit.training.optimizers import make_optimizer
from gradsplit.training.taskset import Recipe, TaskSet

Losses = Iterable[tuple[str, Tensor]]
"""The (task, weighted loss) of a step. Each loss is computed when it is reached, on its own graph,
so a method that goes backward at once holds the activations of one task only."""

Backward = Callable[[Losses], None]
"""Adds the gradients of one step to the parameters' `.grad`."""

TaskGradients = Mapping[str, dict[str, Tensor]]
"""Task -> name of a parameter -> its gradients [M, ...] in M runs that are trained together. Names
start with `trunk.` or `head.`."""


class Method(ABC):
    """One way of training a network for several tasks. Holds options only, no state of a training.

    Attributes:
        name: Short name for tables and the command line.
    """

    name: ClassVar[str]

    def network(self, taskset: TaskSet, tasks: Sequence[str], seed: int) -> MultiTaskNetwork:
        """The initial network; other networks than one trunk and heads override this."""
        return build_network(taskset, tasks, seed)

    @abstractmethod
    def training(
        self, network: MultiTaskNetwork, taskset: TaskSet, seed: int
    ) -> AbstractContextManager[Backward]:
        """Prepare a network for training, and leave it as it was afterwards.

        Args:
            network: The network, on its device, with the run's tasks in `network.tasks`.
            taskset: Where it comes from.
            seed: The run's seed, for methods that draw at random.

        Returns:
            A context in which the returned function is called once a step.
        """

    def optimizer(self, recipe: Recipe, parameters: Iterable[Tensor]) -> torch.optim.Optimizer:
        """What the gradients are given to: the recipe's optimizer.

        Methods whose gradients are updates already override this. Its learning rate is set before
        every step.
        """
        return make_optimizer(recipe, parameters)

    def together(
        self,
        network: MultiTaskNetwork,  # noqa: ARG002 - for methods that override it
        taskset: TaskSet,  # noqa: ARG002
    ) -> Callable[[TaskGradients], None]:
        """The method for many runs of the same tasks as one vectorised program.

        Args:
            network: One of the runs' networks, for its names and shapes.
            taskset: Where it comes from.

        Returns:
            Called once a step, before the tasks' gradients are summed; changes them in place.

        Raises:
            GradSplitError: The method has no such form.
        """
        raise GradSplitError(
            f"Runs of the method `{self.name}` are trained one by one; use the executor in-process "
            "or processes."
        )

    def settings(self) -> dict[str, Any]:
        """What of the method changes a score, as JSON values."""
        return {"method": self.name}
