"""How a network is trained."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Recipe:
    """How a network is trained; the same for single-task, pair and joint runs.

    Attributes:
        steps: Optimizer steps. One step takes one batch of every task of the run, so a task sees
            the same number of its own batches whoever it is trained with.
        batch_size: Samples of each task in a step.
        optimizer: "adamw", "adam" or "sgd" (momentum 0.9).
        learning_rate: Peak learning rate.
        weight_decay: As the optimizer defines it.
        schedule: After the warm-up "cosine" to zero, "constant", or "step": a tenth of the rate
            from each milestone on.
        warmup: Steps of linear warm-up.
        weights: Factor of a task's loss; 1 for tasks not named.
        milestones: Of the schedule "step", shares of the steps between 0 and 1, in order.
        head_rate: Factor on the learning rate of the heads, which have no pretrained weights.
        precision: "float32", or "bfloat16" for forward passes and losses of the training by torch's
            autocast; weights, gradients, optimizer and scores are float32 either way.
    """

    steps: int = 300
    batch_size: int = 32
    optimizer: Literal["adamw", "adam", "sgd"] = "adamw"
    learning_rate: float = 1e-3
    weight_decay: float = 0.0
    schedule: Literal["cosine", "constant"] = "cosine"
    warmup: int = 0
    weights: Mapping[str, float] = field(default_factory=dict)
    milestones: tuple[float, ...] = ()
    head_rate: float = 1.0
    precision: Literal["float32", "bfloat16"] = "float32"

    def __post_init__(self) -> None:
        object.__setattr__(self, "milestones", tuple(self.milestones))

    def settings(self) -> dict[str, Any]:
        """As JSON values; what came later and is not used is left out, as in earlier ledgers."""
        unused = {
            item.name
            for item in dataclasses.fields(self)
            if item.name in ("milestones", "head_rate", "precision")
            and getattr(self, item.name) == item.default
        }
        given = dataclasses.asdict(self)
        return {name: value for name, value in given.items() if name not in unused}
