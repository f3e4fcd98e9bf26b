"""All losses of one task in one training, without a tensor for each."""

import torch
from torch import Tensor

_TOGETHER = 50
"""So many are put into one tensor. Each by itself would hold a block of the device's memory, and
keep what is freed around it on a CPU from being given back: a gigabyte in a training of a day."""


class LossHistory:
    """Detached losses in the order in which they were seen.

    Cost: four or eight bytes a loss, and one small operation for fifty.
    """

    def __init__(self) -> None:
        self._packed: list[Tensor] = []
        self._recent: list[Tensor] = []
        self._count = 0  # asked for in every step, where counting would take ever longer

    def __len__(self) -> int:
        """How many losses there are."""
        return self._count

    def append(self, loss: Tensor) -> None:
        """Keep one more."""
        if len(self._recent) == _TOGETHER:
            self._pack()
        self._recent.append(loss)
        self._count += 1

    def extend(self, losses: Tensor) -> None:
        """Keep some more, as `all` gave them."""
        self._pack()
        self._packed.append(losses)
        self._count += len(losses)

    @property
    def last(self) -> Tensor:
        """The newest one; there must be one."""
        return self._recent[-1] if self._recent else self._packed[-1][-1]

    def all(self) -> Tensor:
        """All of them in one tensor; there must be one."""
        self._pack()
        self._packed = [torch.cat(self._packed)]
        return self._packed[0]

    def _pack(self) -> None:
        if self._recent:
            self._packed.append(torch.stack(self._recent))
            self._recent = []
