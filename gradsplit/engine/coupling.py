"""Layers that couple the samples of a batch: with them a mixed batch cannot be kept apart."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from gradsplit.errors import NotExactError, all_problems

BATCH_STATISTICS = (
    "A normalisation with the statistics of the batch, inside or above the split modules, couples "
    "the samples of all tasks in a mixed batch: one backward pass cannot tell whose loss a "
    "gradient comes from. Ways out: gradsplit.to_group_norm(model); put these layers in evaluation "
    "mode; or run one batch a task with split.task(...)."
)

_MASKED = (
    "_AttachBackward", "_CopiesBackward", "_GateBackward", "_JoinedBackward", "_RowCopiesBackward",
)  # fmt: skip


def refuse_coupling(model: nn.Module, modules: Sequence[str]) -> None:
    """Refuse split modules that use the statistics of the batch.

    A BatchNorm in training mode makes every output depend on every sample; the gradient that
    arrives at a sample then holds the losses of all tasks. Below the split it does no harm.

    Raises:
        NotExactError: All such layers at once, with the ways out.
    """
    found = []
    for top in modules:
        for name, module in model.get_submodule(top).named_modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm) and uses_batch(module):
                full = ".".join(part for part in (top, name) if part)
                found.append(f"`{full}` ({type(module).__name__}).")
    if found:
        raise NotExactError(
            all_problems("Training-mode batch statistics inside the split modules", found)
            + f"\n{BATCH_STATISTICS}"
        )


def uses_batch(module: nn.modules.batchnorm._BatchNorm) -> bool:
    """Whether a BatchNorm normalises with the statistics of the current batch."""
    return module.training or (module.running_mean is None and module.running_var is None)


def refuse_batch_norm_above(args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
    """Refuse batch statistics of what comes out of the split modules.

    Args:
        args: Arguments of `torch.nn.functional.batch_norm`.
        kwargs: Its keyword arguments.
    """
    training = kwargs.get("training", args[5] if len(args) > 5 else False)
    inputs = args[0] if args else kwargs["input"]
    if training and _comes_from_split(inputs):
        raise NotExactError(BATCH_STATISTICS)


def _comes_from_split(value: Tensor) -> bool:
    """Whether a masked layer lies below a tensor; walks its graph."""
    seen, stack = set(), [value.grad_fn]
    while stack:
        node = stack.pop()
        if node is None or node in seen:
            continue
        if node.name() in _MASKED:
            return True
        seen.add(node)
        stack += [child for child, _ in node.next_functions]
    return False


def refuse_unseen_recomputation(recomputable: bool) -> None:
    """Refuse a checkpointed forward pass that would be recomputed without the mixed batch."""
    hooks = torch._C._autograd._top_saved_tensors_default_hooks(False)  # pyright: ignore
    packing = getattr(hooks[0], "__qualname__", "") if hooks else ""
    if packing.startswith("_checkpoint_hook") and not recomputable:
        raise NotExactError(
            "Gradient checkpointing would compute this part again without knowing whose samples "
            "these are. Use checkpoint(..., use_reentrant=False, "
            "context_fn=split.checkpoint_context)."
        )
