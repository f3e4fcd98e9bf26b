"""Whether a network gives a sample the same output in a part of a batch as in the whole."""

from typing import Any, NoReturn

import torch
from torch import Tensor, nn

from gradsplit.errors import GradSplitError
from gradsplit.training.batches import leaves
from gradsplit.training.seeding import draws_put_back
from gradsplit.training.snapshot import batch_digest, draws

_FAR = {torch.float64: 1e-9, torch.float32: 1e-4}
"""As a share of the largest output: rounding in other kernels is far below it, what another batch
changes far above."""
_FAR_ON_DEVICES = 1e-2
"""Convolutions of a GPU may compute with fewer digits."""
_FAR_IN_HALF = 1e-1


@torch.no_grad()
def check_alike(network: nn.Module, inputs: Any, part: Any, own: slice, task: str) -> None:
    """Refuse a network whose output for a sample depends on its batch, or on chance.

    It is what no list of layers knows for sure: a network of one's own may normalise by its batch
    too. Cost: two passes without gradients, of the whole batch and of the part; nothing is changed.

    Args:
        network: In training mode.
        inputs: Of the whole batch.
        part: Of the part.
        own: Where that is in the batch.
        task: Its task.

    Raises:
        GradSplitError: It does.
    """
    of_whole, changed, drawn = _tried(network, inputs, task)
    of_part, changed_by_part, drawn_by_part = _tried(network, part, task)
    if drawn != drawn_by_part:
        _refuse(task, "draws at random for every sample in training, as dropout does")
    wanted = [one[own] if isinstance(one, Tensor) and one.ndim else one for one in leaves(of_whole)]
    if not _near(wanted, list(leaves(of_part))):
        _refuse(task, "depends on the other samples of its batch")
    if not _near(list(changed.values()), list(changed_by_part.values())):
        moved = [name for name in changed if not _near([changed[name]], [changed_by_part[name]])]
        _refuse(task, f"changes buffers by the samples of its batch ({', '.join(moved[:3])})")


def _tried(network: nn.Module, inputs: Any, task: str) -> tuple[Any, dict[str, Tensor], str]:
    """The output; the buffers, which are put back, and a digest of the generators after it.

    SyncBatchNorm's own buffers are left out: they are of all parts, and right by design.
    """
    apart = {
        id(one)
        for module in network.modules()
        if isinstance(module, nn.SyncBatchNorm)
        for one in module.buffers(recurse=False)
    }
    kept = [(name, one, one.detach().clone()) for name, one in network.named_buffers()]
    device = next(network.parameters()).device
    try:
        with draws_put_back():  # which begins the same draws each time
            output = network(inputs, task)
            after = batch_digest(list(draws(device).values()))
        changed = {name: one.detach().clone() for name, one, _ in kept if id(one) not in apart}
        return output, changed, after
    finally:
        for _, one, value in kept:
            one.copy_(value)
        # Autocast may keep halved weights for the next pass, and these know no gradient.
        torch.clear_autocast_cache()


def _near(wanted: list[Any], got: list[Any]) -> bool:
    """Whether tensors are the same but for rounding; what is no floating-point tensor is passed."""
    for one, other in zip(wanted, got, strict=True):
        if not isinstance(one, Tensor) or not one.is_floating_point():
            continue
        if one.shape != other.shape:
            return False
        apart = (one - other).abs().nan_to_num(0.0)
        if apart.numel() and apart.max() > _far(one) * one.abs().nan_to_num(0.0).max():
            return False
    return True


def _far(one: Tensor) -> float:
    kind = one.device.type
    if torch.is_autocast_enabled(kind):
        return _FAR_IN_HALF
    far = _FAR.get(one.dtype, _FAR_IN_HALF)
    return far if kind == "cpu" else max(far, _FAR_ON_DEVICES)


def _refuse(task: str, why: str) -> NoReturn:
    raise GradSplitError(
        f"The network of `{task}` {why}: over several processes, each of which sees a part of the "
        "batch, its result would be another one. Train in one process, or without such layers."
    )
