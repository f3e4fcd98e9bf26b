"""What a method is: how the losses of a step become the gradients of a network.

A method is one file in this folder or one of its rooms: a frozen dataclass of options that
registers itself.

    @register_method("half", "every gradient halved", group="one network")
    @dataclass(frozen=True)
    class Half(Method):
        name: ClassVar[str] = "half"

        @contextmanager
        def training(self, run: Training) -> Iterator[Backward]:
            yield lambda losses: sum(loss for _, loss in losses).div(2).backward()

Which class to start from:
- `GramWeights`: the trunk's gradient is a weighted sum of the tasks', and the weights follow from
  their Gram matrix. One function, `weigh`; `fairgrad.py` is an example.
- `OnTop`: a balancing of any kind that also goes on top of other methods, `balance=NAME`.
- `PlainSum`: the sum of the losses; another `network`.
- `Method`: anything else. `training` is what is done in a step, `train` the loop over steps.

What a run in training offers is in `gradsplit.training.loop.Training`: acting after the optimizer's
step, the step's batches, terms added to the losses, learning rates of their own for some
parameters, branches, steps of some tasks only, another network in the end.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import fields, is_dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from gradsplit.errors import GradSplitError
from gradsplit.training.loop import Training
from gradsplit.training.network import MultiTaskNetwork, build_network
from gradsplit.training.optimizers import make_optimizer
from gradsplit.training.recipe import Recipe
from gradsplit.training.step import Backward
from gradsplit.training.taskset import TaskSet
from relations.mask import GradientMask

TaskGradients = Mapping[str, dict[str, Tensor]]
"""Task -> name of a parameter -> its gradients [M, ...] in M runs that are trained together. Names
start with `trunk.` or `head.`."""


class Method(ABC):
    """One way of training a network for several tasks. Holds options only, no state of a training.

    Attributes:
        name: Short name for tables and the command line.
        revision: Number of changes of what it trains; see `gradsplit.training.fingerprint`.
        goes_on: All that it changes from step to step is the network's, the optimizer's or said to
            `Training.keep`, and its loop is that of `train` here, or goes by `Training.done` alone,
            so that a run goes on from a checkpoint to the same bits. Every class says so for
            itself; it is not inherited.
        in_team: Its steps can be divided over several processes: it takes losses, and the gradients
            that a backward pass leaves in the parameters, one task at a time. What listens to
            gradients or activations on their way, or holds several tasks' graphs, cannot. Every
            class says so for itself too.
        size_is_learned: Parameters and operations depend on what a network has learned, so that a
            comparison counts those of a whole training.
    """

    name: ClassVar[str]
    revision: ClassVar[int] = 1
    goes_on: ClassVar[bool] = False
    in_team: ClassVar[bool] = False
    size_is_learned: ClassVar[bool] = False

    def network(self, taskset: TaskSet, tasks: Sequence[str], seed: int) -> MultiTaskNetwork:
        """The initial network; other networks than one trunk and heads override this."""
        return build_network(taskset, tasks, seed)

    def finished_network(
        self, taskset: TaskSet, tasks: Sequence[str], seed: int
    ) -> MultiTaskNetwork:
        """A network of the form that training ends with, for weights that were kept.

        Methods that put another network in the place of the initial one override this.
        """
        return self.network(taskset, tasks, seed)

    @abstractmethod
    def training(self, run: Training) -> AbstractContextManager[Backward]:
        """Prepare a run's network for training, and leave it as it was afterwards.

        Args:
            run: What is trained, and what may be had of it.

        Returns:
            A context in which the returned function is called once a step with the losses. It must
            also do when it is called several times with some of a step's losses each, as what goes
            on top of a method may do.
        """

    def train(self, run: Training) -> None:
        """The loop over steps, by default all that the recipe has.

        Methods with epochs, branches or steps of some tasks override this; see `Training`.
        """
        with self.training(run) as backward:
            run.take_steps(backward)

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

    @property
    def steps_of_all(self) -> bool:
        """Whether every step has the losses of all tasks, which most balancings need."""
        return True

    @property
    def can_go_on(self) -> bool:
        """Whether its runs go on from checkpoints: if it and all that it is on top of say so."""
        return all(part.says("goes_on") for part in self.parts())

    def says(self, what: str) -> bool:
        """Whether its own class says `goes_on` or `in_team`; none has it from a class below."""
        return vars(type(self)).get(what, False)

    def settings(self) -> dict[str, Any]:
        """What of the method changes a score, as JSON values: by default the name and all options.

        They are in the fingerprint of every finished run. An option that is added later is left out
        where it has its default, or the runs of older versions are trained again.
        """
        options = fields(self) if is_dataclass(self) else ()
        return {
            "method": self.name,
            **{item.name: _plain(getattr(self, item.name)) for item in options},
        }

    def parts(self) -> "Iterator[Method]":
        """The method itself, and those it is on top of, downwards."""
        yield self

    def revisions(self) -> dict[str, int]:
        """The revision of the method, and of those it is made of, by name.

        No part of `settings`, a digest of which names the method's runs in a ledger.
        """
        return {self.settings()["method"]: self.revision}


def _plain(value: Any) -> Any:
    """An option as JSON has it."""
    if isinstance(value, GradientMask):
        return {"tasks": list(value.tasks), "may_update": value.may_update.tolist()}
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in sorted(value.items())}
    if isinstance(value, Method):
        return value.settings()
    return list(value) if isinstance(value, tuple) else value
