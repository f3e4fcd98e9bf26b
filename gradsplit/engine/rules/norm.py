"""Normalisation layers: scale and shift have the owner of the channel they act on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from gradsplit.engine.batch_tasks import BatchTasks, sum_over
from gradsplit.engine.channels import Channels, register_rule
from gradsplit.engine.coupling import BATCH_STATISTICS
from gradsplit.engine.layer_functions import attach_gradients, register_function
from gradsplit.engine.layer_nodes import LayerNode, register_node
from gradsplit.engine.mixed_batch import MixedBatch
from gradsplit.errors import NotExactError

_BY_SECOND_DIMENSION = (
    "NativeGroupNormBackward0", "NativeBatchNormBackward0", "CudnnBatchNormBackward0",
)  # fmt: skip


@register_rule(
    nn.GroupNorm,
    nn.LayerNorm,
    nn.RMSNorm,
    nn.modules.batchnorm._NormBase,  # BatchNorm*, InstanceNorm*, SyncBatchNorm
)
def norm(module: nn.Module) -> Mapping[str, Channels]:
    """Weight and bias, both of the normalised shape; its first dimension is the channels.

    A LayerNorm over [C, H, W] has one owner a channel, not one an element.
    """
    weight = module.weight
    return {"weight": Channels(weight.shape[0]), "bias": Channels(weight.shape[0])}  # type: ignore[union-attr,index]


@register_function(
    [F.group_norm, torch.group_norm], "input num_groups weight bias eps", versions="apart"
)
def mixed_group_norm(batch: MixedBatch, func: Callable[..., Any], call: dict[str, Any]) -> Tensor:
    """GroupNorm in a mixed batch."""
    groups, eps = call["num_groups"], call.get("eps", 1e-5)
    return _mixed(batch, func, call, lambda inputs: F.group_norm(inputs, groups, eps=eps))


@register_function(
    [F.layer_norm, torch.layer_norm], "input normalized_shape weight bias eps", versions="apart"
)
def mixed_layer_norm(batch: MixedBatch, func: Callable[..., Any], call: dict[str, Any]) -> Tensor:
    """LayerNorm in a mixed batch."""
    shape, eps = call["normalized_shape"], call.get("eps", 1e-5)
    normal = lambda inputs: F.layer_norm(inputs, shape, eps=eps)  # noqa: E731
    return _mixed(batch, func, call, normal, trailing=len(shape))


@register_function(
    [F.rms_norm, torch.rms_norm], "input normalized_shape weight eps", versions="apart"
)
def mixed_rms_norm(batch: MixedBatch, func: Callable[..., Any], call: dict[str, Any]) -> Tensor:
    """RMSNorm in a mixed batch."""
    shape, eps = call["normalized_shape"], call.get("eps")
    normal = lambda inputs: F.rms_norm(inputs, shape, eps=eps)  # noqa: E731
    return _mixed(batch, func, call, normal, trailing=len(shape))


@register_function(
    [F.instance_norm],
    "input running_mean running_var weight bias use_input_stats momentum eps",
)
def mixed_instance_norm(
    batch: MixedBatch, func: Callable[..., Any], call: dict[str, Any]
) -> Tensor:
    """InstanceNorm in a mixed batch: by each sample's statistics or by fixed ones."""
    if not call.get("use_input_stats", True):
        return mixed_batch_norm(batch, func, call)
    eps = call.get("eps", 1e-5)
    return _mixed(batch, func, call, lambda inputs: F.instance_norm(inputs, eps=eps))


@register_function(
    [F.batch_norm], "input running_mean running_var weight bias training momentum eps"
)
def mixed_batch_norm(batch: MixedBatch, func: Callable[..., Any], call: dict[str, Any]) -> Tensor:
    """BatchNorm with fixed statistics, or those of a batch whose samples share a row."""
    training, eps = bool(call.get("training", False)), call.get("eps", 1e-5)
    if training and len(batch.tasks.parts) > 1:
        raise NotExactError(BATCH_STATISTICS)
    mean, variance = (None, None) if training else (call["running_mean"], call["running_var"])
    # The statistics of now: fixed ones do not change between forward and backward.
    normal = lambda inputs: F.batch_norm(inputs, mean, variance, training=training, eps=eps)  # noqa: E731
    return _mixed(batch, func, call, normal)


def _mixed(
    batch: MixedBatch,
    func: Callable[..., Any],
    call: dict[str, Any],
    normal: Callable[[Tensor], Tensor],
    trailing: int = 0,
) -> Tensor:
    """A normalisation in a mixed batch.

    Args:
        batch: The mixed batch.
        func: The function of torch.
        call: Its arguments by name.
        normal: The same normalisation without scale and shift.
        trailing: Number of last dimensions in which scale and shift lie; 0: in the second.
    """
    weights = [batch.owned(call.get(name)) for name in ("weight", "bias")]
    owned = [weight for weight in weights if weight is not None]
    batch.check_samples(call["input"], func, owned[0].name)
    plain = {name: batch.detached(call[name]) for name in ("weight", "bias") if name in call}
    owners = tuple(None if weight is None else weight.owner for weight in weights)
    gradients = _Gradients(batch.tasks, batch.sample_dim, normal, trailing, owners)
    return attach_gradients(func(**{**call, **plain}), [call["input"]], owned, gradients)


@dataclass(frozen=True)
class _Gradients:
    """Masked gradients of scale and shift: the sums over the samples that may teach each."""

    tasks: BatchTasks
    sample_dim: int
    normal: Callable[[Tensor], Tensor]
    trailing: int
    owners: tuple[NDArray[np.int64] | None, ...]

    def __call__(self, gradient: Tensor, saved: Sequence[Tensor]) -> list[Tensor]:
        ndim = gradient.ndim
        summed = list(range(ndim - self.trailing)) if self.trailing else list(range(2, ndim))
        summed = [dim for dim in summed if dim != self.sample_dim]
        scale, shift = self.owners
        gradients = []
        if scale is not None:
            by_sample = sum_over(gradient * self.normal(saved[0]), summed)
            gradients.append(self.tasks.summed(by_sample, scale))
        if shift is not None:
            gradients.append(self.tasks.summed(sum_over(gradient, summed), shift))
        return gradients


register_node(LayerNode(_BY_SECOND_DIMENSION, dim=1, slots=(1, 2)))
register_node(LayerNode(["NativeLayerNormBackward0"], dim=-1, slots=(1, 2)))
