"""The guard at every split parameter: no gradient is accumulated unmasked."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from gradsplit.engine.selection import SplitParameter
from gradsplit.errors import GradSplitError, NotExactError


class Guard:
    """A tensor hook on every split parameter, called with its whole gradient of a backward pass.

    It selects what the task whose losses are propagated may update, lets gradients pass that were
    masked on their way, and refuses all others.

    Args:
        entries: The split parameters.
        sharded: By name, what the model holds of those that it computes with in another form.

    Attributes:
        row: The row of the mask of the losses that are being propagated, if one task's are.
        open: All gradients pass as they are.
        masks_nothing: The mask is all ones.
    """

    def __init__(
        self, entries: Sequence[SplitParameter], sharded: Mapping[str, nn.Parameter]
    ) -> None:
        self.row: NDArray[np.bool_] | None = None
        self.open = False
        self.masks_nothing = False
        self._vouched: dict[int, list[Tensor]] = {}
        self._handles = [_hooked(e.parameter, partial(self._check, e)) for e in entries]
        self._handles += [_hooked(p, partial(self._check_sharded, n)) for n, p in sharded.items()]

    @property
    def removed(self) -> bool:
        """Whether the hooks are gone."""
        return not self._handles

    def remove(self) -> None:
        """Take the hooks away."""
        for handle in self._handles:
            handle.remove()
        self._handles = []
        self._vouched = {}

    def vouch(self, entry: SplitParameter, gradient: Tensor) -> None:
        """This tensor is a masked contribution to the parameter's gradient."""
        self._vouched.setdefault(id(entry), []).append(gradient)

    def forget(self) -> None:
        """Drop notes of backward passes that broke off."""
        self._vouched.clear()

    @contextmanager
    def of_row(self, row: NDArray[np.bool_]) -> Iterator[None]:
        """Inside, all gradients are of losses with this row of the mask."""
        self.row = row
        self.forget()
        try:
            yield
        finally:
            self.row = None

    @contextmanager
    def unmasked(self) -> Iterator[None]:
        """Inside, gradients pass as they are."""
        before, self.open = self.open, True
        try:
            yield
        finally:
            self.open = before

    def _check(self, entry: SplitParameter, gradient: Tensor) -> Tensor | None:
        if self.open or self.masks_nothing:
            return None
        vouched = self._vouched.pop(id(entry), [])
        if self.row is not None and not vouched:
            return entry.selection(self.row).apply(gradient)
        if self.row is not None:
            raise GradSplitError(
                f"The gradient of `{entry.name}` comes from a mixed batch and is masked already. "
                "Use a plain `loss.backward()`, outside `with split.task(...)` and not "
                "split.backward(...)."
            )
        if len(vouched) == 1 and gradient is vouched[0]:
            return None
        if len(vouched) > 1 and _is_sum(gradient, vouched):
            return None
        raise GradSplitError(
            f"A gradient reached the split parameter `{entry.name}` and it is not known whose loss "
            "it comes from. Use split.backward({task: loss}), or run the backward pass inside "
            "`with split.task(name):`, or the forward pass inside `with split.samples(task_ids):`; "
            "a penalty of no task goes into split.backward({}, shared=penalty); "
            "split.remove() ends the split. Gradient checkpointing in a mixed batch needs "
            "checkpoint(..., use_reentrant=False, context_fn=split.checkpoint_context); "
            "a compiled model needs split.task(...) or split.backward({...})."
        )

    def _check_sharded(self, name: str, gradient: Tensor) -> None:  # noqa: ARG002
        """Refuse a gradient of which each process holds a part, unless nothing of it is blocked."""
        if not (self.open or self.masks_nothing or (self.row is not None and self.row.all())):
            raise NotExactError(
                f"A loss was computed from the sharded parameter `{name}` itself, outside the "
                "forward pass of the model. A penalty of no task goes into "
                "split.backward(losses, shared=penalty)."
            )


def _hooked(parameter: Tensor, check: Callable[[Tensor], Tensor | None]) -> RemovableHandle:
    """Hook a parameter, also one that is frozen now and may be unfrozen later."""
    trainable = parameter.requires_grad
    parameter.requires_grad_(True)
    handle = parameter.register_hook(check)
    parameter.requires_grad_(trainable)
    hooks = parameter._backward_hooks
    assert hooks is not None
    # First in line: hooks of others are for the masked gradient.
    others = [(key, hooks.pop(key)) for key in list(hooks) if key != handle.id]
    hooks.update(others)
    return handle


def _is_sum(total: Tensor, parts: Sequence[Tensor]) -> bool:
    """Whether a gradient is made of these parts alone, in the order the engine added them."""
    added = parts[0]
    for part in parts[1:]:
        added = added + part
    return torch.allclose(added, total, rtol=0, atol=0, equal_nan=True)
