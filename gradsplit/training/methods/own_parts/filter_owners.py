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

    @property
    def weight(self) -> Tensor:
        """The layer's, with zeros for other tasks' filters.

        Code that looks at a layer is shown what it is in use: transformers asks for its type, and
        torch's own transformer computes with it, without calling the layer. No code is known that
        does so with a transposed convolution, whose filters lie otherwise: its own are shown.
        """
        weight = self.layer.weight
        if isinstance(self.layer, nn.modules.conv._ConvTransposeNd):
            return weight
        return weight * self._share(self._settled()).view(-1, *[1] * (weight.dim() - 1))

    @property
    def bias(self) -> Tensor | None:
        """The layer's, in the same way."""
        bias = self.layer.bias
        return None if bias is None else bias * self._share(self._settled())

    def forward(self, inputs: Tensor) -> Tensor:
        """The layer's output for the current task."""
        outputs = self.layer(inputs)
        drawn = F.gumbel_softmax(self.logits, self.heat) if self.training else self._settled()
        share = self._share(drawn)
        return (outputs.movedim(self._channel, -1) * share).movedim(-1, self._channel)

    def _settled(self) -> Tensor:
        return F.one_hot(self.logits.argmax(1), self.logits.shape[1]).to(self.logits)

    def _share(self, owners: Tensor) -> Tensor:
        """Of each filter, what the current task gets of it."""
        return owners[:, 0] + owners[:, 1 + self.tasks.index(self.task)]
