"""Which tensors of a mixed batch hold no samples, also when something is written into them."""

from collections.abc import Iterable
from typing import NamedTuple

from torch import Tensor


class _Noted(NamedTuple):
    """A tensor, kept alive so that an id means one tensor, and its version when it was noted."""

    tensor: Tensor
    version: int


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
        noted = self._noted.get(id(tensor))
        return noted is not None and noted.version == _version(tensor)

    def add(self, tensor: Tensor) -> None:
        """Take note of a tensor without samples."""
        self._noted[id(tensor)] = _Noted(tensor, _version(tensor))

    def refresh(self, tensors: Iterable[Tensor]) -> None:
        """What was written into these held no samples: they and their views stay constant."""
        for tensor in tensors:
            noted = self._noted.get(id(tensor))
            if noted is not None and noted.version != _version(tensor):
                for alias in self._aliases(tensor):
                    self.add(alias)

    def forget(self, tensor: Tensor) -> None:
        """Samples are written into a tensor: it is no constant any more, nor are views of it."""
        if id(tensor) in self._noted:
            for alias in self._aliases(tensor):
                del self._noted[id(alias)]

    def _aliases(self, tensor: Tensor) -> list[Tensor]:
        storage = _storage(tensor)
        return [noted.tensor for noted in self._noted.values() if _storage(noted.tensor) == storage]


def _version(tensor: Tensor) -> int:
    return 0 if tensor.is_inference() else tensor._version


def _storage(tensor: Tensor) -> int:
    """The storage of a tensor; itself for those that have none of the usual kind."""
    try:
        return tensor.untyped_storage()._cdata
    except NotImplementedError:
        return id(tensor)
