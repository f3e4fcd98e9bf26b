"""A mixed batch: one ordinary backward pass, every weight taught by the allowed samples only.

A torch-function mode is active while the user's model runs. It recognises the split parameters by
identity where they enter a functional layer, so it does not matter how the model's code calls it:
modules used twice, tied weights and purely functional code are all seen.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from functools import lru_cache
from typing import Any

import torch
import torch._C._functorch as functorch
from torch import Tensor
from torch.nn import functional as F

from gradsplit.engine.audit import Audit
from gradsplit.engine.calls import Call, function_name, mapped, tensors_in
from gradsplit.engine.coupling import refuse_batch_norm_above, refuse_unseen_recomputation
from gradsplit.engine.derived_owners import derived_owners
from gradsplit.engine.layer_functions import find_function, treats_versions
from gradsplit.engine.mixed_batch import MixedBatch, OwnedTensor, refuse_no_samples
from gradsplit.engine.row_versions import RANDOM, derive_by_row, in_place_error, rows_apart
from gradsplit.errors import NotExactError

# What is made of nothing but numbers, such as positions; other new tensors are taken for data.
_POSITIONS = {
    torch.arange, torch.linspace, torch.zeros, torch.ones, torch.full, torch.eye, torch.empty,
}  # fmt: skip
# What others may write into afterwards, without a trace.
_SHARED = {Tensor.numpy, Tensor.__array__, Tensor.__dlpack__}
BACKWARD = {Tensor.backward, torch.autograd.backward, torch.autograd.grad}
_TYPE_OF_ANOTHER = {Tensor.to, Tensor.type_as}
_VIEWS = {"T", "mT", "H", "mH", "real", "imag", "data"}


class MixedBatchMode(MixedBatch):
    """The mode that is active in `with split.samples(task_ids)`.

    Attributes:
        recomputable: Whether a checkpointed forward pass will be recomputed in this mode.
        audit: Told of all results, if this batch is audited.
    """

    recomputable = False
    audit: Audit | None = None

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        call = Call(func, args, kwargs or {})
        if self.audit is None:
            return self._compute(call)
        if func in BACKWARD:
            self.audit.watch()
        result = self._compute(call)
        for tensor in tensors_in([result]) if self.sample_dim == 0 else ():
            if not self.is_constant(tensor):
                self.audit.note(tensor)
        return result

    def _compute(self, call: Call) -> Any:
        if _is_attribute(call.func):
            # Reading one teaches nothing; and a gate must not be older than what fully_shard puts
            # before a layer, or the layer's gradient is scattered before it is there.
            return call.func(*call.args)
        tensors = tensors_in(call.args)
        if call.kwargs:
            tensors += tensors_in(call.kwargs.values())
        if functorch.peek_interpreter_stack() is not None:
            self._refuse_transforms(tensors)
        fold = None if self.sample_dim else self.folded.of_call(tensors)
        with self.unfolded(fold) if fold is not None else nullcontext():
            result = self._computed(call, tensors)
        if not self.sample_dim and self.folded.concerns(call.func) and self._has_samples(tensors):
            self.folded.note(call, result)
        return result

    def _computed(self, call: Call, tensors: Sequence[Tensor]) -> Any:
        # Without gradients nothing is taught, and a gate made now would never pass one on.
        teaching = torch.is_grad_enabled()
        weights = self.weights(tensors) if teaching else ()
        first = self.first_version(tensors) if teaching else None
        if first is not None:
            return self._call_with_versions(call, tensors, first.name)
        if not weights:
            return self._call_without_weights(call, tensors)
        refuse_unseen_recomputation(self.recomputable)
        has_samples = self._has_samples(tensors)
        if has_samples and all(self.tasks.all_allowed(weight.owner) for weight in weights):
            return self._gated_call(call)
        layer = find_function(call, has_samples=has_samples)
        if layer is not None:
            return layer(self)
        if has_samples:
            self._refuse_unknown(call, weights[0].name)
        if call.func in BACKWARD:
            refuse_no_samples(weights[0].name)
        return self._derive(call, weights, tensors)

    def checkpoint(self) -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
        """Contexts of a checkpointed forward pass and of its recomputation."""
        return self._recomputable(), _Again(self)

    @contextmanager
    def _recomputable(self) -> Iterator[None]:
        before, self.recomputable = self.recomputable, True
        try:
            yield
        finally:
            self.recomputable = before

    def _call_without_weights(self, call: Call, tensors: Sequence[Tensor]) -> Any:
        """A call without split parameters; results of calls without samples have no samples."""
        func, args, kwargs = call
        if func is F.batch_norm and self._owned and len(self.tasks.parts) > 1:
            refuse_batch_norm_above(args, kwargs)
        has_samples = self._has_samples(tensors)
        result = func(*args, **kwargs)
        if func in _SHARED or (has_samples and ("out" in kwargs or _in_place(func))):
            for written in tensors_in((*args[:1], kwargs.get("out"))):
                self._constants.forget(written)
        if has_samples:
            return result
        self._constants.refresh(tensors)
        for tensor in tensors_in([result]) if tensors or func in _POSITIONS else ():
            self._constants.add(tensor)
        return result

    def _refuse_transforms(self, tensors: Sequence[Tensor]) -> None:
        """Refuse split parameters in `torch.func`: its gradients pass no node and no hook."""
        # Copies without their history, which functional_call is given, share their memory.
        memory = {entry.parameter.data_ptr() for entry in self._entries.values()} - {0}
        for tensor in tensors:
            inside = tensor
            while functorch.is_functorch_wrapped_tensor(inside):
                inside = functorch.get_unwrapped(inside)
            for value in (tensor, inside):
                known = self._entries, self._owned, self._versions
                if any(id(value) in of_kind for of_kind in known) or _lies_in(memory, inside):
                    raise NotExactError(
                        "A function transform (torch.func.grad, vjp, jacrev, vmap, ...) computes "
                        "with split parameters, and its gradients cannot be masked. Run the model "
                        "outside of it, or end the split there: split.remove()."
                    )

    def _has_samples(self, tensors: Sequence[Tensor]) -> bool:
        return not all(map(self.is_constant, tensors))

    def _gated_call(self, call: Call) -> Any:
        """A call with owned tensors that lead to the masked gradient."""

        def gated(tensor: Tensor) -> Tensor:
            weight = self.owned(tensor)
            return tensor if weight is None else weight.tensor

        return call.func(*mapped(call.args, gated), **mapped(dict(call.kwargs), gated))

    def _call_with_versions(self, call: Call, tensors: Sequence[Tensor], name: str) -> Any:
        """A call with tensors that are computed for each row of the mask."""
        refuse_unseen_recomputation(self.recomputable)
        if call.func in BACKWARD:
            refuse_no_samples(name)
        if not self._has_samples(tensors):
            return self._derive_by_row(call, name)
        if treats_versions(call.func) == "apart":
            return rows_apart(self, call, name)
        layer = find_function(call, has_samples=True)
        if layer is None or treats_versions(call.func) != "copied":
            self._refuse_unknown(call, name)
        return layer(self)  # type: ignore[misc]

    def _refuse_unknown(self, call: Call, name: str) -> None:
        raise NotExactError(
            f"{function_name(call.func)} uses the split parameter `{name}` in a way that is "
            "not known to keep the samples of a mixed batch apart. Use split.task(...) or "
            "split.backward({...}), which need no knowledge of it, leave these parameters to "
            "all tasks, or say how it is computed with gradsplit.register_function."
        )

    def _derive(self, call: Call, weights: Sequence[OwnedTensor], tensors: Sequence[Tensor]) -> Any:
        """A call whose result is made of split parameters alone, such as a transposed weight."""
        unsplit = any(tensor.requires_grad and self.owned(tensor) is None for tensor in tensors)
        all_allowed = all(self.tasks.all_allowed(weight.owner) for weight in weights)
        mixed = unsplit and not all_allowed and call.func not in _TYPE_OF_ANOTHER
        if mixed or call.func in RANDOM:
            return self._derive_by_row(call, weights[0].name)
        output = self._gated_call(call)
        results = [result for result in tensors_in([output]) if result.requires_grad]
        if not results:
            for result in tensors_in([output]):
                self._constants.add(result)
            return output
        owners = derived_owners(call, weights, results)
        if owners is None:
            return self._derive_by_row(call, weights[0].name)
        seen = [
            self.derive(result, owner, weights[0].name)
            for result, owner in zip(results, owners, strict=True)
        ]
        return seen[0] if isinstance(output, Tensor) else type(output)(seen)

    def _derive_by_row(self, call: Call, name: str) -> Any:
        in_place = _in_place(call.func) or call.kwargs.get("inplace") or "out" in call.kwargs
        if in_place:
            raise in_place_error(call)
        return derive_by_row(self, call, name, compare=self.audit is not None)


def _lies_in(memory: set[int], tensor: Tensor) -> bool:
    """Whether a plain tensor begins where one of some parameters lies."""
    return tensor.layout is torch.strided and tensor.data_ptr() in memory


class _Again(AbstractContextManager[None]):
    """Recomputation of a checkpointed part, as often as a backward pass asks for it."""

    def __init__(self, batch: MixedBatchMode) -> None:
        self._batch = batch
        self._entered = ExitStack()

    def __enter__(self) -> None:
        self._entered.enter_context(self._batch)
        self._entered.enter_context(self._batch._recomputable())

    def __exit__(self, *raised: Any) -> None:
        self._entered.close()


def _is_attribute(func: Callable[..., Any]) -> bool:
    """Whether an attribute of a tensor is read that is no tensor made of its values."""
    if getattr(func, "__name__", "") != "__get__":
        return False
    return getattr(getattr(func, "__self__", None), "__name__", "") not in _VIEWS


def _in_place(func: Callable[..., Any]) -> bool:
    return _named_in_place(getattr(func, "__name__", ""))


@lru_cache(maxsize=1024)
def _named_in_place(name: str) -> bool:
    return name in ("__setitem__", "__iadd__", "__imul__", "__isub__", "__itruediv__") or (
        name.endswith("_") and not name.endswith("__")
    )


def not_compiled() -> AbstractContextManager[object]:
    """Compiled models run as they are written: the mixed batch must see their functions.

    Returns:
        Entered already; to be left.

    Raises:
        NotExactError: In compiled code itself.
    """
    entered = ExitStack()
    compiling = torch.compiler.is_compiling()
    if not compiling and "torch._dynamo" in sys.modules:
        try:
            entered.enter_context(torch.compiler.set_stance("force_eager"))
        except RuntimeError:
            compiling = True
    # Outside of `except`: compiled code of torch 2.8 cannot raise an error from another.
    if compiling:
        raise NotExactError(
            "Compiled code cannot hold `with split.samples(...)`: compile the model or its parts, "
            "not the function around the block (a training step, or a forward with the block in "
            "it), or use split.task(...) or split.backward({...}) there."
        )
    return entered
