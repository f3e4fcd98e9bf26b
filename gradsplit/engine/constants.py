"""Which tensors of a mixed batch hold no samples, also when something is written into them."""

from collections.abc import Iterable
from typing import NamedTuple

from torch import Tensor
from torch.utils.weak import TensorWeakRef


class _Noted(NamedTuple):
    """A tensor, not kept alive since it may be large; its version and storage when it was noted."""

    tensor: TensorWeakRef
    version: int
    storage: int


class Constants:
    """Tensors without samples: parameters, buffers, numbers, and what is made of such alone.

    A tensor that was written to since, by whatever function and through whatever view of it, may
    hold samples now: its version tells.

    Args:
        tensors: The first of them.

    Example:
        >>> import torch
        >>> table, samples = torch.zeros(2, 3), torch.ones(2)
        >>> constants = Constants([table])
        >>> table[:, 0].copy_(samples)
        tensor([1., 1.])
        >>> table in constants
        False
    """

    def __init__(self, tensors: Iterable[Tensor]) -> None:
        self._noted: dict[int, _Noted] = {}
        for tensor in tensors:
            self.add(tensor)

    def __contains__(self, tensor: Tensor) -> bool:
        noted = self._of(tensor)
        return noted is not None and noted.version == _version(tensor)

    def add(self, tensor: Tensor) -> None:
        """Take note of a tensor without samples."""
        self._noted[id(tensor)] = _Noted(TensorWeakRef(tensor), _version(tensor), _storage(tensor))

    def refresh(self, tensors: Iterable[Tensor]) -> None:
        """What was written into these held no samples: they and their views stay constant."""
        for tensor in tensors:
            noted = self._of(tensor)
            if noted is not None and noted.version != _version(tensor):
                for alias in self._aliases(tensor):
                    self.add(alias)

    def forget(self, tensor: Tensor) -> None:
        """Samples are written into a tensor: it is no constant any more, nor are views of it."""
        if self._of(tensor) is not None:
            for alias in self._aliases(tensor):
                del self._noted[id(alias)]

    def _of(self, tensor: Tensor) -> _Noted | None:
        """What was noted of this very tensor, not of one that had its id before."""
        noted = self._noted.get(id(tensor))
        return noted if noted is not None and noted.tensor() is tensor else None

    def _aliases(self, tensor: Tensor) -> list[Tensor]:
        # Every BatchNorm counts its batches in place: asking each tensor for its storage anew
        # would take longer than the network.
        storage = _storage(tensor)
        noted = [known.tensor() for known in self._noted.values() if known.storage == storage]
        return [known for known in noted if known is not None and _storage(known) == storage]


def _version(tensor: Tensor) -> int:
    return 0 if tensor.is_inference() else tensor._version


def _storage(tensor: Tensor) -> int:
    """The storage of a tensor; itself for those that have none of the usual kind."""
    try:
        return tensor.untyped_storage()._cdata
    except NotImplementedError:
        return id(tensor)
