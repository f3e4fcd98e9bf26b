"""Layers that couple the samples of a batch: with them a mixed batch cannot be kept apart."""

from collections.abc import Sequence

from torch import nn

from gradsplit.errors import NotExactError, all_problems

BATCH_STATISTICS = (
    "A normalisation with the statistics of the batch, inside or above the split modules, couples "
    "the samples of all tasks in a mixed batch: one backward pass cannot tell whose loss a "
    "gradient comes from. Ways out: gradsplit.norm.to_group_norm(model); put these layers in "
    "evaluation mode; or run one batch a task with split.task(...)."
)


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
