"""A mixed batch: one ordinary backward pass, every weight taught by the allowed samples only.

A torch-function mode is active while the user's model runs. It recognises the split parameters by
identity where they enter a functional layer, so it does not matter how the model's code calls it:
modules used twice, tied weights and purely functional code are all seen.
"""

import sys
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode, resolve_name

from gradsplit.engine.batch_tasks import Block
from gradsplit.engine.coupling import refuse_batch_norm_above, refuse_unseen_recomputation
from gradsplit.engine.derived_owners import derived_owner
from gradsplit.engine.rules.functions import Divided, find_handler
from gradsplit.engine.selection import SplitParameter
from gradsplit.errors import NotExactError

# What is made of nothing but numbers, such as positions; other new tensors are taken for data.
_POSITIONS = {
    torch.arange, torch.linspace, torch.zeros, torch.ones, torch.full, torch.eye, torch.empty,
}  # fmt: skip
_RESHAPING = {Tensor.view, Tensor.reshape, Tensor.flatten, torch.flatten, torch.reshape}


class Voucher(Protocol):
    """Takes note of gradients that were masked, so that the guard lets them pass."""

    def vouch(self, entry: SplitParameter, gradient: Tensor) -> None:
        """This tensor is a masked contribution to the parameter's gradient."""
        ...


class MixedBatch(TorchFunctionMode):
    """The mode that is active in `with split.samples(task_ids)`.

    Args:
        block: The tasks of the samples.
        entries: The split parameters.
        constants: Parameters and buffers of the model: tensors that hold no samples.
        voucher: Told of every masked gradient.

    Attributes:
        samples: The dimension of the samples, 0 but inside attention.
        recomputable: Whether a checkpointed forward pass will be recomputed in this mode.
    """

    def __init__(
        self,
        block: Block,
        entries: Sequence[SplitParameter],
        constants: Sequence[Tensor],
        voucher: Voucher,
    ) -> None:
        super().__init__()
        self.block = block
        self.samples = 0
        self.recomputable = False
        self._entries = {id(entry.parameter): entry for entry in entries}
        self._voucher = voucher
        self._divided: dict[int, Divided] = {}
        # Tensors without samples, kept alive so that an id means one tensor.
        self._constants: dict[int, Tensor] = {id(tensor): tensor for tensor in constants}
        self._flat: dict[int, weakref.ref[Tensor]] = {}

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        tensors = list(_tensors((*args, *kwargs.values())))
        # Without gradients nothing is taught, and a gate made now would never pass one on.
        known = map(self.divided, tensors) if torch.is_grad_enabled() else ()
        divided = [found for found in known if found is not None]
        if not divided:
            return self._plain(func, args, kwargs, tensors)
        refuse_unseen_recomputation(self.recomputable)
        samples = self._has_samples(tensors)
        if samples and all(self.block.free(one.owner) for one in divided):
            return func(*self._gated(args), **self._gated(kwargs))
        found = find_handler(func, args, kwargs, samples=samples)
        if found is not None:
            handler, arguments = found
            return handler(self, func, arguments)
        return self._derive(func, args, kwargs, tensors, divided)

    def divided(self, value: object) -> Divided | None:
        """What is known of a split parameter or of a tensor computed from one."""
        known = self._divided.get(id(value))
        entry = self._entries.get(id(value)) if known is None else None
        if entry is None or not entry.parameter.requires_grad:
            return known
        gate = _Gate.apply(entry.parameter, entry, self._voucher)
        self._divided[id(value)] = Divided(gate, entry.owner, entry.name)  # type: ignore[arg-type]
        return self._divided[id(value)]

    def plain(self, value: Any) -> Any:
        """A divided tensor without its gradient; anything else as it is."""
        return value.detach() if self.divided(value) is not None else value

    def is_constant(self, tensor: Tensor) -> bool:
        """Whether a tensor holds no samples: a parameter, a buffer, or made of such alone."""
        return id(tensor) in self._constants or id(tensor) in self._divided

    def derive(self, tensor: Tensor, owner: NDArray[np.int64], name: str) -> Tensor:
        """Take note of a tensor made of split parameters alone."""
        self._divided[id(tensor)] = Divided(tensor, owner, name)
        return tensor

    def lead(self, tensor: Tensor) -> tuple[int, int] | None:
        """How the first dimension is made up, if it is samples and positions in one.

        Returns:
            (samples, positions) or (positions, samples), or None if the first is not both.
        """
        size = self.block.size
        if self.samples == 1 and tensor.ndim == 2 and tensor.shape[0] % size == 0:
            return tensor.shape[0] // size, size
        known = self._flat.get(id(tensor))
        if known is not None and known() is tensor:
            return size, tensor.shape[0] // size
        return None

    def in_layout(self, func: Callable[..., Any], samples: int, *args: Any, **kwargs: Any) -> Any:
        """Run a function of other functions with the samples in another dimension."""
        before, self.samples = self.samples, samples
        try:
            with self:
                return func(*args, **kwargs)
        finally:
            self.samples = before

    def checkpoint(self) -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
        """Contexts of a checkpointed forward pass and of its recomputation."""
        return self._recomputable(), self._again()

    @contextmanager
    def _recomputable(self) -> Iterator[None]:
        before, self.recomputable = self.recomputable, True
        try:
            yield
        finally:
            self.recomputable = before

    @contextmanager
    def _again(self) -> Iterator[None]:
        with self, self._recomputable():
            yield

    def check_samples(self, tensor: Tensor, func: Callable[..., Any], divided: Divided) -> None:
        """Refuse an input whose sample dimension has another size than the batch."""
        if tensor.ndim <= self.samples or tensor.shape[self.samples] != self.block.size:
            raise NotExactError(
                f"`{divided.name}` meets a tensor of shape {tuple(tensor.shape)} in "
                f"{_name(func)}: expected {self.block.size} samples (one for each of `task_ids`) "
                f"in dimension {self.samples}. Keep samples in the first dimension inside the "
                "split modules, or use split.task(...) or split.backward({...}), which do not "
                "depend on the layout."
            )

    def _plain(
        self,
        func: Callable[..., Any],
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        tensors: Sequence[Tensor],
    ) -> Any:
        """A call without split parameters; results of calls without samples have no samples."""
        if func is F.batch_norm and self._divided and len(self.block.parts) > 1:
            refuse_batch_norm_above(args, kwargs)
        result = func(*args, **kwargs)
        samples = self._has_samples(tensors)
        if samples and args and id(args[0]) in self._constants and _in_place(func):
            del self._constants[id(args[0])]
        if isinstance(result, Tensor) and not samples and (tensors or func in _POSITIONS):
            self._constants[id(result)] = result
        elif isinstance(result, Tensor) and func in _RESHAPING:
            self._note_flat(args[0], result)
        return result

    def _note_flat(self, before: Tensor, after: Tensor) -> None:
        """Flattening keeps samples that come first apart: k rows of the first, k of the next."""
        size = self.block.size
        if self.samples or not before.ndim or not after.ndim or before.shape[0] != size:
            return
        if after.shape[0] > size and after.shape[0] % size == 0:
            self._flat[id(after)] = weakref.ref(after)

    def _has_samples(self, tensors: Sequence[Tensor]) -> bool:
        return not all(map(self.is_constant, tensors))

    def _gated(self, value: Any) -> Any:
        """The same arguments with divided tensors that lead to the masked gradient."""
        if isinstance(value, Tensor):
            found = self.divided(value)
            return value if found is None else found.tensor
        if isinstance(value, list | tuple):
            return type(value)(map(self._gated, value))
        if isinstance(value, Mapping):
            return {key: self._gated(one) for key, one in value.items()}
        return value

    def _derive(
        self,
        func: Callable[..., Any],
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        tensors: Sequence[Tensor],
        divided: Sequence[Divided],
    ) -> Any:
        """A call whose result is made of split parameters alone, such as a transposed weight."""
        result = func(*self._gated(args), **self._gated(kwargs))
        results = [one for one in _tensors([result]) if one.requires_grad]
        if not results:
            return result
        owners = None
        if not self._has_samples(tensors):
            owners = derived_owner(func, args, kwargs, divided, results)
        if owners is None:
            names = ", ".join(dict.fromkeys(one.name for one in divided))
            raise NotExactError(
                f"{_name(func)} uses the split parameters {names} in a way that is not known to "
                "keep the samples of a mixed batch apart. Use split.task(...) or "
                "split.backward({...}), which need no knowledge of it, leave these parameters to "
                "all tasks, or register a handler with gradsplit.engine.rules.register_function."
            )
        for one, owner in zip(results, owners, strict=True):
            self.derive(one, owner, divided[0].name)
        return result


class _Gate(torch.autograd.Function):
    """Stands before a parameter: what comes through it was masked."""

    @staticmethod
    def forward(ctx: Any, parameter: Tensor, entry: SplitParameter, voucher: Voucher) -> Tensor:
        ctx.entry, ctx.voucher = entry, voucher
        return parameter.view_as(parameter)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:  # type: ignore[override]
        ctx.voucher.vouch(ctx.entry, gradient)
        return gradient, None, None


def _tensors(values: Sequence[Any]) -> Iterator[Tensor]:
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, list | tuple):
            yield from _tensors(value)


def _in_place(func: Callable[..., Any]) -> bool:
    name = getattr(func, "__name__", "")
    return name in ("__setitem__", "__iadd__", "__imul__", "__isub__", "__itruediv__") or (
        name.endswith("_") and not name.endswith("__")
    )


def _name(func: Callable[..., Any]) -> str:
    return resolve_name(func) or getattr(func, "__name__", repr(func))


def not_compiled() -> AbstractContextManager[object]:
    """Compiled models run as they are written: the mixed batch must see their functions."""
    if "torch._dynamo" in sys.modules:
        return torch.compiler.set_stance("force_eager")
    return nullcontext()
