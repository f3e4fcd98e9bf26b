"""Samples that share a dimension with something else: windows, frames or positions of each.

A tensor [samples, windows, ...] that is reshaped to [samples * windows, ...] holds the windows of
the first sample, then those of the second. Where such a dimension goes is followed through the
functions listed here; after any other it is not known any more. That is enough to say whose a
place is: what is made of a place of sample n, and of no other place in that dimension, is of n.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.weak import TensorWeakRef

from gradsplit.engine.calls import Call, tensors_in


def _named(names: str) -> set[Any]:
    homes = (torch, Tensor, F)
    return {getattr(home, name) for home in homes for name in names.split() if hasattr(home, name)}


_RESHAPING = _named("view reshape flatten unflatten")
_MOVING = _named(
    "permute transpose movedim swapaxes t unbind chunk split select squeeze unsqueeze narrow "
    "expand __getitem__"
) | {Tensor.T.__get__, Tensor.mT.__get__}  # type: ignore[attr-defined]

# Each element on its own; shapes are aligned at their last dimensions.
_ELEMENTWISE = _named(
    "add sub mul div add_ sub_ mul_ div_ true_divide __add__ __radd__ __iadd__ __sub__ __rsub__ "
    "__isub__ __mul__ __rmul__ __imul__ __truediv__ __itruediv__ __neg__ __pow__ maximum minimum "
    "where addcmul lerp masked_fill masked_fill_ neg abs exp log sin cos erf square sqrt rsqrt pow "
    "clamp clamp_min clamp_max clip relu relu_ relu6 gelu silu sigmoid tanh leaky_relu elu "
    "hardswish hardsigmoid hardtanh mish softplus prelu dropout dropout1d dropout2d dropout3d "
    "to float half double bfloat16 type type_as contiguous clone detach"
)
# The first dimension stays what it is.
_FIRST_KEPT = _named(
    "linear conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d max_pool1d "
    "max_pool2d max_pool3d avg_pool1d avg_pool2d avg_pool3d adaptive_avg_pool1d "
    "adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool2d interpolate group_norm "
    "instance_norm batch_norm layer_norm normalize rms_norm softmax log_softmax "
    "scaled_dot_product_attention"
)
_PRODUCTS = _named("matmul bmm")
# By function: which of its arguments says along which dimensions it works.
_WORKING_ALONG = dict.fromkeys(_named("roll"), 2) | dict.fromkeys(
    _named("flip cat concat concatenate"), 1
)


class Fold(NamedTuple):
    """Where the samples lie: `repeat` places of each, next to each other, in dimension `dim`."""

    dim: int
    repeat: int


class FoldedSamples:
    """What is known of tensors whose samples share a dimension.

    Args:
        size: The number of samples.

    Example:
        >>> folded = FoldedSamples(2)
        >>> x = torch.zeros(2, 3, 4)
        >>> windows = x.view(6, 4)
        >>> folded.note(Call(Tensor.view, (x, 6, 4), {}), windows)
        >>> folded.of(windows)
        Fold(dim=0, repeat=3)
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._known: dict[int, tuple[TensorWeakRef, Fold]] = {}

    def of(self, tensor: Tensor) -> Fold | None:
        """Where the samples of a tensor lie, if it was followed to there."""
        if not self._known:
            return None
        reference, fold = self._known.get(id(tensor), (None, None))
        return fold if reference is not None and reference() is tensor else None

    def of_call(self, tensors: Sequence[Tensor]) -> Fold | None:
        """Where the samples of all tensors that were followed lie, if they agree."""
        if not self._known:
            return None
        folds = {fold for tensor in tensors if (fold := self.of(tensor)) is not None}
        return folds.pop() if len(folds) == 1 else None

    def concerns(self, func: Callable[..., Any]) -> bool:
        """Whether a call of this function may move samples that were followed, or fold them."""
        return bool(self._known) or func in _RESHAPING

    def note(self, call: Call, result: Any) -> None:
        """Take note of where samples are in the results of a call."""
        func, first = call.func, call.args[0] if call.args else None
        if func in _RESHAPING and isinstance(first, Tensor) and isinstance(result, Tensor):
            self._keep(result, self._reshaped(first, result))
        elif func is Tensor.__setitem__:
            self._known.pop(id(first), None)
        elif self._known:
            results = tensors_in([result])
            for tensor, fold in zip(results, self._followed(call, results), strict=False):
                self._keep(tensor, fold)

    def _keep(self, tensor: Tensor, fold: Fold | None) -> None:
        self._known.pop(id(tensor), None)
        if fold is None or tensor.ndim <= fold.dim:
            return
        if fold != (0, 1) and tensor.shape[fold.dim] == self._size * fold.repeat:
            self._known[id(tensor)] = TensorWeakRef(tensor), fold

    def _reshaped(self, before: Tensor, after: Tensor) -> Fold | None:
        """As many elements lie before the samples as there were, so their places follow."""
        fold = self.of(before)
        if fold is None and before.ndim and before.shape[0] == self._size:
            fold = Fold(0, 1)
        if fold is None:
            return None
        outer = math.prod(before.shape[: fold.dim])
        for dim in range(after.ndim):
            places, left = divmod(after.shape[dim], self._size)
            if math.prod(after.shape[:dim]) == outer and places and not left:
                return Fold(dim, places)
        return None

    def _followed(self, call: Call, results: Sequence[Tensor]) -> Iterator[Fold | None]:
        func = call.func
        arguments = tensors_in((*call.args, *call.kwargs.values()))
        source = next((tensor for tensor in arguments if self.of(tensor) is not None), None)
        fold = self.of_call(arguments)
        if source is None or fold is None or not results:
            return
        if func in _MOVING:
            yield from self._moved(call, source, fold)
        elif func in _ELEMENTWISE:
            yield Fold(fold.dim + results[0].ndim - source.ndim, fold.repeat)
        elif func in _FIRST_KEPT and source is arguments[0]:
            yield fold if fold.dim == 0 else None
        elif func in _PRODUCTS and source.ndim == results[0].ndim:
            yield fold if fold.dim < source.ndim - 2 else None
        elif func in _WORKING_ALONG and fold.dim not in _dims(call, source.ndim):
            yield fold

    def _moved(self, call: Call, source: Tensor, fold: Fold) -> Iterator[Fold | None]:
        """Apply a view to the numbers of the places, and look where they are."""
        if len(tensors_in((*call.args, *call.kwargs.values()))) > 1:
            return
        size = self._size * fold.repeat
        shape = [1] * source.ndim
        shape[fold.dim] = size
        places = torch.arange(size).reshape(shape).expand(source.shape)
        moved = call.func(places, *call.args[1:], **call.kwargs)
        for view in tensors_in([moved]):
            dims = [at for at in range(view.ndim) if view.stride(at) and view.shape[at] > 1]
            along = dims[0] if len(dims) == 1 else None
            line = view[tuple(slice(None) if at == along else 0 for at in range(view.ndim))]
            in_order = along is not None and line.equal(torch.arange(size))
            yield Fold(along, fold.repeat) if in_order else None  # type: ignore[arg-type]


def _dims(call: Call, ndim: int) -> list[int]:
    """The dimensions that a function works along; all if it does not say."""
    given = call.kwargs.get("dim", call.kwargs.get("dims"))
    at = _WORKING_ALONG[call.func]
    if given is None and len(call.args) > at:
        given = call.args[at] if len(call.args) == at + 1 else call.args[at:]
    if given is None:
        return list(range(ndim))
    return [dim % ndim for dim in ([given] if isinstance(given, int) else given)]
