"""Filters with a learned owner each: a task, or all of them."""

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional as F

from gradsplit.training.methods.own_parts.per_task import TaskPart


class OwnedFilters(TaskPart):
    """A layer of whose filters a task gets those that are shared and its own; learned which.

    Every filter has T + 1 logits, of being shared and of being each task's. In training its output
    for task t is times the share of the two in a draw from the Gumbel-softmax distribution; in use
    it is there, or is zero, as the largest logit says. All are equal at first, and then shared.

    Args:
        layer: A linear layer or a convolution, which is kept.
        tasks: The tasks.

    Attributes:
        heat: Temperature of the draws; towards 0 they become all or nothing.

    Example:
        >>> import torch
        >>> owned = OwnedFilters(nn.Linear(2, 3), ["pose", "reid"]).eval()
        >>> with torch.no_grad(): owned.logits[1, 2] = 1  # the second filter becomes reid's
        >>> (owned(torch.ones(1, 2)) == 0).tolist()
        [[False, True, False]]
    """

    def __init__(self, layer: nn.Linear | nn.modules.conv._ConvNd, tasks: Sequence[str]) -> None:
        super().__init__(tasks)
        linear = isinstance(layer, nn.Linear)
        self.layer, self.tasks, self._channel = layer, tuple(tasks), -1 if linear else 1
        filters = layer.out_features if linear else layer.out_channels
        self.logits = nn.Parameter(layer.weight.new_zeros(filters, 1 + len(tasks)))
        self.heat = 1.0

    def forward(self, inputs: Tensor) -> Tensor:
        """The layer's output for the current task."""
        outputs = self.layer(inputs)
        if self.training:
            drawn = F.gumbel_softmax(self.logits, self.heat)
        else:
            drawn = F.one_hot(self.logits.argmax(1), self.logits.shape[1]).to(self.logits)
        share = drawn[:, 0] + drawn[:, 1 + self.tasks.index(self.task)]
        return (outputs.movedim(self._channel, -1) * share).movedim(-1, self._channel)
