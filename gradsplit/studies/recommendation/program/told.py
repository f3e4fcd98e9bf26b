"""What a program of one's own is told of a method: loss weights and a mask, on its command line."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gradsplit.errors import GradSplitError
from relations.mask import GradientMask

if TYPE_CHECKING:
    from gradsplit.training.methods.method import Method

WEIGHTS = "weights"
MASK = "mask"
UNTOLD = f"a program of your own is told of {{{WEIGHTS}}} and {{{MASK}}} only"


@dataclass(frozen=True)
class Told:
    """What a program is told beside tasks, seed and the place of its scores.

    Attributes:
        weights: "pose=0.3,reid=1", of all tasks whichever a run trains.
        mask: Of all tasks; a full one for training without a mask.
        settings: What tells this from plain training in a ledger; nothing of that itself.
    """

    weights: str
    mask: GradientMask
    settings: dict[str, Any]


def told(method: "Method | None", tasks: Sequence[str], placeholders: Sequence[str]) -> Told:
    """What a program is told of a method.

    Args:
        method: Plain training when None.
        tasks: All tasks.
        placeholders: Those of `{weights}` and `{mask}` that the command has.

    Raises:
        GradSplitError: The program cannot be told of it.

    Example:
        >>> told(None, ["pose", "reid"], []).weights
        'pose=1,reid=1'
    """
    from gradsplit.training.methods.balancing.loss_weights import LossWeights
    from gradsplit.training.methods.masked.gradsplit import MaskedTraining
    from gradsplit.training.methods.multi_head import MultiHead

    plain = MultiHead()
    factors: dict[str, float] = {}
    mask, needed = GradientMask.full(list(tasks)), ""
    if isinstance(method, LossWeights) and method.of == plain:
        factors, needed = dict(method.factors), WEIGHTS if method.factors else ""
    elif isinstance(method, MaskedTraining) and method == MaskedTraining(method.mask):
        mask, needed = method.mask, MASK
    elif method is not None and method != plain:
        raise GradSplitError(UNTOLD)
    if needed and needed not in placeholders:
        raise GradSplitError(f"the command has no {{{needed}}}")
    weights = ",".join(f"{task}={factors.get(task, 1.0):.6g}" for task in tasks)
    settings = {} if method is None or not needed else {"method": method.settings()}
    return Told(weights, mask, settings)
