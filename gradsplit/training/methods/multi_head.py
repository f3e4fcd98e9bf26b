"""Multi-head: one shared trunk, every loss updates all of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar

from gradsplit.training.loop import Training
from gradsplit.training.methods.method import Method
from gradsplit.training.methods.registry import register_method
from gradsplit.training.step import Backward, Losses


class PlainSum(Method):
    """The sum of the losses, no intervention; methods that differ in the network alone."""

    @contextmanager
    def training(self, run: Training) -> Iterator[Backward]:  # noqa: ARG002 - nothing to prepare
        """See `Method.training`."""
        yield _add_gradients


@register_method("multi-head", "one trunk, the sum of the losses", group="one network")
@dataclass(frozen=True)
class MultiHead(PlainSum):
    """One trunk for all, a head each; with one task it is single-task training.

    Cost: a forward and a backward pass a task and step, one task's activations in memory.
    """

    name: ClassVar[str] = "multi-head"
    goes_on: ClassVar[bool] = True
    in_team: ClassVar[bool] = True


def _add_gradients(losses: Losses) -> None:
    for _, loss in losses:
        loss.backward()
