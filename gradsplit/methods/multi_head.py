"""Multi-head: one shared trunk, every loss updates all of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar

from gradsplit.methods.method import Backward, Losses, Method
from gradsplit.network import MultiTaskNetwork
from gradsplit.taskset import TaskSet


@dataclass(frozen=True)
class MultiHead(Method):
    """The sum of the losses, no intervention; with one task it is single-task training."""

    name: ClassVar[str] = "multi-head"

    @contextmanager
    def training(
        self,
        network: MultiTaskNetwork,  # noqa: ARG002 - nothing to prepare
        taskset: TaskSet,  # noqa: ARG002
        seed: int,  # noqa: ARG002
    ) -> Iterator[Backward]:
        """See `Method.training`."""
        yield _add_gradients


def _add_gradients(losses: Losses) -> None:
    for _, loss in losses:
        loss.backward()
