"""Multi-head: one shared trunk, every loss updates all of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar

from gradsplit.training.methods.method import Backward, Losses, Method
from gradsplit.training.network import MultiTaskNetwork
from gradsplit.training.taskset import TaskSet


class PlainSum(Method):
    """The sum of the losses, no intervention; methods that differ in the network alone."""

    @contextmanager
    def training(
        self,
        network: MultiTaskNetwork,  # noqa: ARG002 - nothing to prepare
        taskset: TaskSet,  # noqa: ARG002
        seed: int,  # noqa: ARG002
    ) -> Iterator[Backward]:
        """See `Method.training`."""
        yield _add_gradients


@dataclass(frozen=True)
class MultiHead(PlainSum):
    """One trunk for all, a head each; with one task it is single-task training."""

    name: ClassVar[str] = "multi-head"


def _add_gradients(losses: Losses) -> None:
    for _, loss in losses:
        loss.backward()
