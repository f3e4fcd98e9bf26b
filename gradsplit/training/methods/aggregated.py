"""Methods that combine the tasks' gradients of the trunk into one, through TorchJD."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import Tensor, nn

from gradsplit.errors import GradSplitError
from gradsplit.training.methods.aggregators import AGGREGATORS
from gradsplit.training.methods.method import Backward, Losses, Method
from gradsplit.training.network import MultiTaskNetwork
from gradsplit.training.taskset import TaskSet

if TYPE_CHECKING:
    from torchjd.aggregation import Aggregator

_INSTALL = 'pip install "gradsplit[peers]"'
# Options that TorchJD leaves to its user; the value is our choice.
_OPTIONS: dict[str, dict[str, float]] = {"cagrad": {"c": 0.5}}


@dataclass(frozen=True)
class Aggregated(Method):
    """Each task's gradient of the trunk is one row of a matrix; an aggregator makes one of them.

    The heads keep their own gradients. Only the trunk is aggregated, all of it. An aggregator's own
    scale is kept: some return a mean, some a sum. With Adam the scale of the trunk's gradient has
    no effect; with SGD the learning rate has to be chosen for each.
    Source: the papers named in TorchJD's documentation of each aggregator.
    Cost: T gradients of the trunk in memory, and the aggregator's own time.

    Attributes:
        kind: A key of `AGGREGATORS`.

    Raises:
        GradSplitError: There is no such aggregator, or TorchJD is not installed.
    """

    kind: str
    name: ClassVar[str] = "aggregated"

    def __post_init__(self) -> None:
        if self.kind not in AGGREGATORS:
            raise GradSplitError(
                f"There is no aggregator `{self.kind}`; there are {', '.join(AGGREGATORS)}."
            )
        _library(self.kind)

    @contextmanager
    def training(
        self,
        network: MultiTaskNetwork,
        taskset: TaskSet,  # noqa: ARG002
        seed: int,  # noqa: ARG002 - drawn from torch's generator, which the run has seeded
    ) -> Iterator[Backward]:
        """See `Method.training`."""
        trained = [one for one in network.trunk.parameters() if one.requires_grad]
        aggregate = self._aggregator(len(network.tasks))

        def backward(losses: Losses) -> None:
            rows = []
            for _, loss in losses:
                loss.backward()
                rows.append(_taken(trained))
            with warnings.catch_warnings():
                # A solver's hints to the authors of the aggregator.
                warnings.simplefilter("ignore", UserWarning)
                _give(trained, aggregate(torch.stack(rows)))

        yield backward

    def settings(self) -> dict[str, Any]:
        """See `Method.settings`."""
        return {"method": self.kind, "options": _OPTIONS.get(self.kind, {})}

    def _aggregator(self, tasks: int) -> "Callable[[Tensor], Tensor]":
        options: dict[str, Any] = dict(_OPTIONS.get(self.kind, {}))
        if self.kind == "nash-mtl":
            options["n_tasks"] = tasks
        return _built(getattr(_library(self.kind), AGGREGATORS[self.kind]), options, self.kind)


def _library(kind: str) -> Any:
    try:
        import torchjd.aggregation
    except ImportError as missing:
        raise GradSplitError(
            f"The method `{kind}` comes with TorchJD, which is not installed: {_INSTALL}."
        ) from missing
    return torchjd.aggregation


def _built(kind: "type[Aggregator]", options: dict[str, Any], name: str) -> "Aggregator":
    """An aggregator; some need packages that TorchJD does not install by itself."""
    try:
        return kind(**options)
    except ImportError as missing:
        raise GradSplitError(
            f"The method `{name}` needs a package that is not installed ({missing}): {_INSTALL}."
        ) from missing


def _taken(parameters: list[nn.Parameter]) -> Tensor:
    """The gradients of all parameters as one row; they are cleared."""
    parts = []
    for one in parameters:
        parts.append(torch.zeros_like(one).flatten() if one.grad is None else one.grad.flatten())
        one.grad = None
    return torch.cat(parts)


def _give(parameters: list[nn.Parameter], row: Tensor) -> None:
    """Set the gradients of all parameters from one row."""
    for one, part in zip(parameters, row.split([one.numel() for one in parameters]), strict=True):
        one.grad = torch.empty_like(one).copy_(part.view_as(one))
