"""DropGrad: at every step, each loss skips filters chosen at random."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gradsplit.engine.owners import Owners
from gradsplit.engine.parameters import collect
from gradsplit.engine.selection import SplitParameter
from gradsplit.errors import GradSplitError
from gradsplit.training.loop import Training
from gradsplit.training.methods.method import Method
from gradsplit.training.methods.modules import split_modules
from gradsplit.training.methods.registry import register_method
from gradsplit.training.seeding import generator
from gradsplit.training.step import Backward, Losses
from relations.mask import GradientMask


@dataclass(frozen=True)
class DropGrad(Method):
    """GradSplit's random twin: the same filters, but which loss may update which is drawn anew.

    At every step, for every task and every output channel of every split parameter, the gradient is
    dropped with probability `rate`, and not scaled up where it is kept.
    Source: the control of "Split to Learn: Gradient Split for Multi-Task Human Image Analysis",
    WACV 2023, after Tseng et al., "Regularizing Meta-Learning via Gradient Dropout"; that it drops
    whole filters, for each task alone, is our choice: it makes it the twin of a mask.
    Cost: nothing beside multi-head but a draw for each filter and task.

    Attributes:
        rate: Share that is dropped, 0 <= rate < 1. A mask drops the share of its false cells.
        modules: Names of the trunk's modules; the task set's own where None.

    Raises:
        GradSplitError: The rate is out of range.
    """

    rate: float = 0.5
    modules: tuple[str, ...] | None = None
    name: ClassVar[str] = "dropgrad"
    goes_on: ClassVar[bool] = True
    in_team: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not 0 <= self.rate < 1:
            raise GradSplitError(f"`rate` must be in 0 <= rate < 1, got {self.rate}.")

    @contextmanager
    def training(self, run: Training) -> Iterator[Backward]:
        """See `Method.training`."""
        chosen = split_modules(run.taskset, self.modules)
        entries = collect(run.network.trunk, chosen, _EachChannel()).split
        drawing = generator(run.seed, "dropgrad")
        run.keep(SimpleNamespace(drawing=drawing), "drawing")
        kept: list[Tensor] = []
        handles = [
            entry.parameter.register_hook(_dropping(kept, number))
            for number, entry in enumerate(entries)
        ]

        def backward(losses: Losses) -> None:
            for _, loss in losses:
                kept[:] = _draw(entries, self.rate, drawing)
                loss.backward()

        try:
            yield backward
        finally:
            for handle in handles:
                handle.remove()


@register_method(
    "dropgrad",
    "a random mask at every step; dropgrad:rate=0.75, or at the mask's rate",
    group="one network",
    instead_of_mask="rate",
)
def at_rate(
    mask: GradientMask | None = None,
    rate: float | None = None,
    modules: tuple[str, ...] | None = None,
) -> DropGrad:
    """At a rate, or at the share of a mask's cells that are false, the diagonal counted.

    Cost: nothing beside multi-head but a draw for each filter and task.
    """
    if mask is not None:
        rate = float(1 - mask.may_update.mean())
    return DropGrad(modules=modules) if rate is None else DropGrad(rate, modules)


class _EachChannel(Owners):
    """Every channel is a group of its own."""

    def __init__(self) -> None:
        super().__init__(("every channel",))

    def of(self, channels: int) -> NDArray[np.int64]:
        return np.arange(channels)


def _draw(entries: Sequence[SplitParameter], rate: float, drawing: torch.Generator) -> list[Tensor]:
    """For each parameter which elements are kept, in a shape that broadcasts against it."""
    drawn = []
    for entry in entries:
        of_channel = torch.rand(entry.channels, generator=drawing) >= rate
        drawn.append(of_channel[torch.from_numpy(entry.owner)].to(entry.parameter.device))
    return drawn


def _dropping(kept: list[Tensor], number: int) -> Any:
    """A hook that keeps what was drawn for a parameter; zeros by selection, so no inf leaks."""
    return lambda gradient: torch.where(kept[number], gradient, gradient.new_zeros(()))
