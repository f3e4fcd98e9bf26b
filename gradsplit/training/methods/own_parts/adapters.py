"""Adapters of a convolution for each task: a 1x1 convolution beside it and a gate behind both."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gradsplit.training.methods.own_parts.per_task import TaskPart
from gradsplit.training.network import head_key

Convolution = nn.Conv1d | nn.Conv2d | nn.Conv3d


class Beside(nn.Module):
    """A 1x1 convolution that sees the middle of what a larger one sees, zero at first.

    Args:
        larger: The larger one, whose stride and groups it has.

    Example:
        >>> larger, images = nn.Conv2d(2, 6, 5, stride=2, padding=1), torch.ones(1, 2, 9, 8)
        >>> Beside(larger)(images, larger(images)).shape
        torch.Size([1, 6, 4, 3])
    """

    def __init__(self, larger: Convolution) -> None:
        super().__init__()
        self._sides = list(zip(larger.stride, _middle(larger), strict=True))
        make = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}[len(larger.stride)]
        self.small = make(
            larger.in_channels, larger.out_channels, 1, larger.stride, groups=larger.groups,
            bias=False, device=larger.weight.device, dtype=larger.weight.dtype,
        )  # fmt: skip
        nn.init.zeros_(self.small.weight)

    def forward(self, inputs: Tensor, outputs: Tensor) -> Tensor:
        """The inputs and the outputs [N, C, ...] of the larger one -> a tensor like the outputs."""
        sizes = zip(inputs.shape[2:], outputs.shape[2:], self._sides, strict=True)
        moves: list[int] = []
        for size, wanted, (stride, middle) in reversed(list(sizes)):
            moves += [-middle, middle + stride * (wanted - 1) + 1 - size]
        return self.small(F.pad(inputs, moves) if any(moves) else inputs)


class Gate(nn.Module):
    """Every channel times a factor in (0, 2) that depends on all channels' means; 1 at first.

    Args:
        channels: How many.
        reduction: As many times fewer means are in between.
        like: A tensor of the type and place of what is gated.

    Example:
        >>> features = torch.randn(2, 6, 3, 3)
        >>> torch.equal(Gate(6, 4, like=features)(features), features)
        True
    """

    def __init__(self, channels: int, reduction: int, like: Tensor) -> None:
        super().__init__()
        narrow, at = max(1, channels // reduction), {"device": like.device, "dtype": like.dtype}
        self.squeeze = nn.Linear(channels, narrow, **at)
        self.excite = nn.Linear(narrow, channels, **at)
        nn.init.zeros_(self.excite.weight)
        nn.init.zeros_(self.excite.bias)

    def forward(self, features: Tensor) -> Tensor:
        """[N, C, ...] -> the same, gated."""
        means = features.flatten(2).mean(2)
        factors = 2 * torch.sigmoid(self.excite(F.relu(self.squeeze(means))))
        return features * factors.reshape(*means.shape, *[1] * (features.dim() - 2))


class Adapter(nn.Module):
    """One task's adapter of a convolution: it changes nothing at first.

    Args:
        convolution: Which.
        beside: Have a 1x1 convolution beside it.
        reduction: Of a gate behind both; none where 0.
    """

    def __init__(self, convolution: Convolution, *, beside: bool, reduction: int) -> None:
        super().__init__()
        self.beside = Beside(convolution) if beside else None
        self.gate = None
        if reduction:
            self.gate = Gate(convolution.out_channels, reduction, like=convolution.weight)

    def forward(self, inputs: Tensor, outputs: Tensor) -> Tensor:
        """The convolution's inputs and outputs -> the adapted outputs."""
        if self.beside is not None:
            outputs = outputs + self.beside(inputs, outputs)
        return outputs if self.gate is None else self.gate(outputs)


class AdaptedConvolution(TaskPart):
    """A convolution that all tasks share, with an adapter for each.

    Args:
        convolution: What is shared.
        adapters: Task -> adapter.
    """

    def __init__(self, convolution: Convolution, adapters: Mapping[str, Adapter]) -> None:
        super().__init__(list(adapters))
        self.shared = convolution
        self.by_task = nn.ModuleDict({head_key(task): one for task, one in adapters.items()})

    @property
    def weight(self) -> Tensor:
        """The shared convolution's, for code that looks at it: transformers asks for its type."""
        return self.shared.weight

    @property
    def bias(self) -> Tensor | None:
        """The shared convolution's."""
        return self.shared.bias

    def forward(self, inputs: Tensor) -> Tensor:
        """What the convolution and the current task's adapter make of the inputs."""
        return self.by_task[head_key(self.task)](inputs, self.shared(inputs))


def _middle(convolution: Convolution) -> list[int]:
    """Where the middle of what the first output sees lies in the inputs, on each side."""
    padding = convolution.padding
    if padding == "same":
        return [0] * len(convolution.stride)
    before = [0] * len(convolution.stride) if isinstance(padding, str) else padding
    kernel = zip(convolution.kernel_size, convolution.dilation, before, strict=True)
    return [wide * ((size - 1) // 2) - first for size, wide, first in kernel]
