"""Methods that make one objective of all losses' values, through TorchJD."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import torch

from gradsplit.errors import GradSplitError
from gradsplit.training.loop import Around, Training
from gradsplit.training.methods.balancing.aggregated import torchjd
from gradsplit.training.methods.on_top import OnTop
from gradsplit.training.methods.registry import Cost, register_method
from gradsplit.training.step import Backward, Losses

_COST = Cost(memory="all tasks' activations")


@dataclass(frozen=True)
class Scalarized(OnTop):
    """A loss counts as much as one objective of all losses changes with it.

    Source: the papers named in TorchJD's documentation of each scalarizer.
    Our choice: no task is preferred to another, so the preference vector is 1 for all. PBI's is of
    length 1 in its paper, hence a factor of sqrt(T): at penalty 0 both are the sum of the losses,
    and equal losses are ordinary training.
    Cost: the weights follow from all losses together, so all tasks' graphs are held.

    Attributes:
        kind: `cosmos` or `pbi`.
        penalty: On losses that are unlike each other; a loss may get a weight below 0 by it.

    Raises:
        GradSplitError: The penalty is negative, or TorchJD is not installed.
    """

    kind: Literal["cosmos", "pbi"]
    penalty: float
    name: ClassVar[str] = "scalarized"
    goes_on: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not self.penalty >= 0:
            raise GradSplitError(f"`penalty` must be 0 or more, got {self.penalty}.")
        torchjd("scalarization", self.kind)

    @contextmanager
    def around(self, run: Training) -> Iterator[Around]:
        """See `OnTop.around`."""
        count = len(run.tasks)
        ones = torch.ones(count, dtype=torch.float64)
        kinds = torchjd("scalarization", self.kind)
        scalarize = getattr(kinds, self.kind.upper())(self.penalty, ones)
        factor = count**0.5 if self.kind == "pbi" else 1.0

        def act(backward: Backward, losses: Losses) -> None:
            held = list(losses)
            self.check_all(run, [task for task, _ in held])
            values = torch.stack([loss.detach() for _, loss in held]).double().cpu()
            scalarize(values.requires_grad_()).backward()
            assert values.grad is not None
            weights = (values.grad * factor).tolist()
            backward([(task, loss * w) for (task, loss), w in zip(held, weights, strict=True)])

        yield act

    def settings(self) -> dict[str, Any]:
        """See `Method.settings`."""
        own = super().settings() | {"method": self.kind}
        del own["kind"]
        return own


@register_method(
    "cosmos",
    "the sum of the losses less their cosine with equal losses, through TorchJD",
    group="balanced without a search",
    cost=_COST,
)
def cosmos(penalty: float = 0.1) -> Scalarized:
    """COSMOS of Ruchte and Grabocka (ICDM 2021); 0.01 to 8 in the paper, 0.1 is our choice.

    Cost: that of `Scalarized`, all tasks' graphs at once in memory.
    """
    return Scalarized("cosmos", penalty)


@register_method(
    "pbi",
    "the sum of the losses and their distance from equal losses, through TorchJD",
    group="balanced without a search",
    cost=_COST,
)
def pbi(penalty: float = 0.5) -> Scalarized:
    """PBI of Zhang and Li's MOEA/D (2007).

    Theirs is 5; 0.5 is our choice, with which no loss of five has a weight below 0.
    Cost: that of `Scalarized`, all tasks' graphs at once in memory.
    """
    return Scalarized("pbi", penalty)
