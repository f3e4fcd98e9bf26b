"""Other masks than the measured one: they tell whether it matters which relations are cut."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from gradsplit.training.loop import Training
from gradsplit.training.methods.masked.gradsplit import MaskedTraining, select_mask
from gradsplit.training.methods.method import Method
from gradsplit.training.methods.registry import register_method
from gradsplit.training.seeding import seed_for
from gradsplit.training.step import Backward
from relations.mask import GradientMask


@register_method(
    "gradsplit-shuffled",
    "GradSplit with the mask's false cells elsewhere, drawn for each seed",
    group="needs relations",
)
@dataclass(frozen=True)
class ShuffledMask(Method):
    """GradSplit with as many false cells as a mask has, elsewhere; drawn anew for every seed.

    The cells off the diagonal are permuted; the mask itself is never drawn unless there is no
    other. Averaged over seeds it stands for masking as much without knowing what.
    Source: our choice.
    Cost: that of GradSplit.

    Attributes:
        mask: The mask to shuffle.
        modules: Names of the trunk's modules to divide; the task set's own where None.
    """

    mask: GradientMask
    modules: tuple[str, ...] | None = None
    name: ClassVar[str] = "gradsplit-shuffled"
    goes_on: ClassVar[bool] = True
    in_team: ClassVar[bool] = True

    @contextmanager
    def training(self, run: Training) -> Iterator[Backward]:
        """See `Method.training`."""
        drawn = shuffled(select_mask(self.mask, run.tasks), run.seed)
        with MaskedTraining(drawn, self.modules).training(run) as backward:
            yield backward

    def settings(self) -> dict[str, Any]:
        """See `Method.settings`."""
        return {**MaskedTraining(self.mask, self.modules).settings(), "method": self.name}


def shuffled(mask: GradientMask, seed: int) -> GradientMask:
    """The same number of false cells off the diagonal, elsewhere.

    Example:
        >>> cut = GradientMask(tasks=["pose", "reid"], may_update=[[True, False], [True, True]])
        >>> shuffled(cut, seed=0).may_update.tolist()
        [[True, True], [False, True]]
    """
    off_diagonal = ~np.eye(len(mask.tasks), dtype=bool)
    cells = mask.may_update[off_diagonal]
    drawing = np.random.default_rng(seed_for(seed, "shuffled mask"))
    drawn = cells
    # All equal cells have one order only.
    while 0 < cells.sum() < len(cells) and np.array_equal(drawn, cells):
        drawn = drawing.permutation(cells)
    may_update = np.ones_like(mask.may_update)
    may_update[off_diagonal] = drawn
    return _instead(mask, GradientMask(tasks=mask.tasks, may_update=may_update))


def transposed(mask: GradientMask) -> GradientMask:
    """Who harms and who is harmed exchanged."""
    return _instead(mask, GradientMask(tasks=mask.tasks, may_update=mask.may_update.T))


def identity(mask: GradientMask) -> GradientMask:
    """Every loss updates its own group only; the mask of the method's patent."""
    return _instead(mask, GradientMask.identity(mask.tasks))


def _instead(mask: GradientMask, control: GradientMask) -> GradientMask:
    """A control, made for the modules of the mask whose place it takes."""
    if "modules" in mask.provenance:
        control.provenance["modules"] = mask.provenance["modules"]
    return control


register_method(
    "gradsplit-transposed",
    "GradSplit with source and target of the mask exchanged",
    group="needs relations",
    change_mask=transposed,
)(MaskedTraining)
register_method(
    "gradsplit-identity",
    "GradSplit, every loss trains its own group only",
    group="needs relations",
    change_mask=identity,
)(MaskedTraining)
