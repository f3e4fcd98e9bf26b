"""Methods on top of other methods: they decide what each loss counts, not what it trains."""

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

import torch
from torch import Tensor

from gradsplit.errors import GradSplitError
from gradsplit.training.loop import Around, Training
from gradsplit.training.methods.method import Method
from gradsplit.training.methods.multi_head import MultiHead
from gradsplit.training.methods.registry import register_on_top
from gradsplit.training.methods.wanted import build, read_methods
from gradsplit.training.network import MultiTaskNetwork
from gradsplit.training.recipe import Recipe
from gradsplit.training.step import Backward
from gradsplit.training.taskset import TaskSet


@dataclass(frozen=True, kw_only=True)
class OnTop(Method):
    """Something done around the backward of another method, which knows nothing of it.

    Attributes:
        of: The method it is on top of; multi-head when not given.
        needs_all: It weighs the losses of all tasks against each other in every step.
    """

    needs_all: ClassVar[bool] = True
    of: Method = field(default_factory=MultiHead)

    @abstractmethod
    def around(self, run: Training) -> AbstractContextManager[Around]:
        """Prepare a run, and leave it as it was afterwards.

        Args:
            run: See `Method.training`.

        Returns:
            A context in which the returned function is called once a step, with the backward of the
            method below, which may be called with any of the losses, and with the losses.
        """

    @contextmanager
    def training(self, run: Training) -> Iterator[Backward]:
        """See `Method.training`."""
        with self.around(run) as act, self.of.training(run) as backward:
            yield lambda losses: act(backward, losses)

    def train(self, run: Training) -> None:
        """See `Method.train`: the loop is that of the method below."""
        with self.around(run) as act:
            run.wrap(act)
            self.of.train(run)

    def network(self, taskset: TaskSet, tasks: Sequence[str], seed: int) -> MultiTaskNetwork:
        """See `Method.network`: that of the method below."""
        return self.of.network(taskset, tasks, seed)

    def finished_network(
        self, taskset: TaskSet, tasks: Sequence[str], seed: int
    ) -> MultiTaskNetwork:
        """See `Method.finished_network`: that of the method below."""
        return self.of.finished_network(taskset, tasks, seed)

    def optimizer(self, recipe: Recipe, parameters: Iterable[Tensor]) -> torch.optim.Optimizer:
        """See `Method.optimizer`: that of the method below."""
        return self.of.optimizer(recipe, parameters)

    def check_all(self, run: Training, reached: Iterable[str]) -> None:
        """Refuse a step of some tasks only, for what weighs all tasks against each other.

        Raises:
            GradSplitError: Some of the run's losses are missing.
        """
        missing = set(run.tasks) - set(reached)
        if missing:
            raise GradSplitError(
                f"`{self.settings()['method']}` needs the losses of all tasks in every step, and "
                f"{', '.join(sorted(missing))} had none: it goes neither on top of what trains "
                "some tasks in a step, such as `scheduled`, nor below what gives it one task at a "
                "time, such as another balancing."
            )

    def on(self, method: Method) -> Self:
        """The same on top of another method."""
        return replace(self, of=method)

    def parts(self) -> Iterator[Method]:
        """See `Method.parts`."""
        yield self
        yield from self.of.parts()

    def settings(self) -> dict[str, Any]:
        """See `Method.settings`; multi-head below is not said."""
        own = super().settings()
        of = own.pop("of")
        return own if self.of == MultiHead() else own | {"of": of}

    def revisions(self) -> dict[str, int]:
        """See `Method.revisions`."""
        return super().revisions() | self.of.revisions()


@register_on_top("balance")
def balanced(method: Method, balance: str) -> OnTop:
    """Any method with a balancing on top of it, by the balancing's name.

    Raises:
        GradSplitError: It goes on top of nothing.
    """
    (wanted,) = read_methods((balance,))
    balancing = None if wanted.needs_mask else build(wanted)
    if not isinstance(balancing, OnTop):
        raise GradSplitError(f"`balance={balance}`: `{balance}` does not go on top of a method.")
    partial = [part for part in method.parts() if not part.steps_of_all]
    if balancing.needs_all and partial:
        raise GradSplitError(
            f"`balance={balance}`: `{balancing.settings()['method']}` needs the losses of all "
            f"tasks in every step, and `{partial[0].settings()['method']}` has steps of some. "
            "Factors on losses go on top of it: `weights=reid:0.3`."
        )
    return balancing.on(method)
