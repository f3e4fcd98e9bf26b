"""The number format of forward passes in training."""

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from gradsplit.training.taskset import TaskSet


def forward_precision(taskset: "TaskSet", device: torch.device) -> AbstractContextManager[object]:
    """What forward passes and losses of a training run in: nothing, or torch's autocast.

    Autocast computes matrix products and convolutions in bfloat16 and what needs more digits in
    float32; networks in float64 stay as they are. bfloat16 has the range of float32, so losses are
    not scaled.

    Args:
        taskset: Whose recipe says the precision.
        device: Where the network is.
    """
    if taskset.recipe.precision == "float32":
        return nullcontext()
    return torch.autocast(device.type, dtype=torch.bfloat16)
