"""Normalisation layers: scale and shift have the owner of the channel they act on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from gradsplit.engine.batch_tasks import Block
from gradsplit.engine.coupling import BATCH_STATISTICS
from gradsplit.engine.rules.functions import attach, register_function
from gradsplit.engine.rules.registry import Channels, register_rule
from gradsplit.engine.selection import Selection
from gradsplit.errors import NotExactError

if TYPE_CHECKING:
    from gradsplit.engine.mixed_batch import MixedBatch

Affine = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
"""affine(output gradient, input) -> gradients of scale and shift, for some samples."""


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


@register_function([F.group_norm, torch.group_norm], "input num_groups weight bias eps")
def group_norm_samples(
    batch: "MixedBatch", func: Callable[..., Any], call: dict[str, Any]
) -> Tensor:
    """GroupNorm in a mixed batch."""
    groups, eps = call["num_groups"], call.get("eps", 1e-5)

    def affine(gradient: Tensor, inputs: Tensor) -> tuple[Tensor, Tensor]:
        normal = F.group_norm(inputs, groups, eps=eps)
        rest = [0, *range(2, gradient.ndim)]
        return (gradient * normal).sum(rest), gradient.sum(rest)

    return _attach(batch, func, call, affine)


@register_function([F.layer_norm, torch.layer_norm], "input normalized_shape weight bias eps")
def layer_norm_samples(
    batch: "MixedBatch", func: Callable[..., Any], call: dict[str, Any]
) -> Tensor:
    """LayerNorm in a mixed batch."""
    shape, eps = call["normalized_shape"], call.get("eps", 1e-5)

    def affine(gradient: Tensor, inputs: Tensor) -> tuple[Tensor, Tensor]:
        normal = F.layer_norm(inputs, shape, eps=eps)
        rest = list(range(gradient.ndim - len(shape)))
        return (gradient * normal).sum(rest), gradient.sum(rest)

    return _attach(batch, func, call, affine)


@register_function([F.rms_norm, torch.rms_norm], "input normalized_shape weight eps")
def rms_norm_samples(batch: "MixedBatch", func: Callable[..., Any], call: dict[str, Any]) -> Tensor:
    """RMSNorm in a mixed batch."""
    shape, eps = call["normalized_shape"], call.get("eps")

    def affine(gradient: Tensor, inputs: Tensor) -> tuple[Tensor, Tensor]:
        normal = F.rms_norm(inputs, shape, eps=eps)
        rest = list(range(gradient.ndim - len(shape)))
        return (gradient * normal).sum(rest), gradient.sum(rest)

    return _attach(batch, func, call, affine)


@register_function(
    [F.instance_norm],
    "input running_mean running_var weight bias use_input_stats momentum eps",
)
def instance_norm_samples(
    batch: "MixedBatch", func: Callable[..., Any], call: dict[str, Any]
) -> Tensor:
    """InstanceNorm in a mixed batch: by each sample's statistics or by fixed ones."""
    if not call.get("use_input_stats", True):
        return batch_norm_samples(batch, func, call)
    eps = call.get("eps", 1e-5)

    def affine(gradient: Tensor, inputs: Tensor) -> tuple[Tensor, Tensor]:
        normal = F.instance_norm(inputs, eps=eps)
        rest = [0, *range(2, gradient.ndim)]
        return (gradient * normal).sum(rest), gradient.sum(rest)

    return _attach(batch, func, call, affine)


@register_function(
    [F.batch_norm], "input running_mean running_var weight bias training momentum eps"
)
def batch_norm_samples(
    batch: "MixedBatch", func: Callable[..., Any], call: dict[str, Any]
) -> Tensor:
    """BatchNorm with fixed statistics, or those of a batch whose samples share a row."""
    training, eps = bool(call.get("training", False)), call.get("eps", 1e-5)
    if training and len(batch.block.parts) > 1:
        raise NotExactError(BATCH_STATISTICS)
    mean, variance = (None, None) if training else (call["running_mean"], call["running_var"])

    def affine(gradient: Tensor, inputs: Tensor) -> tuple[Tensor, Tensor]:
        # The statistics of now: fixed ones do not change between forward and backward.
        normal = F.batch_norm(inputs, mean, variance, training=training, eps=eps)
        rest = [0, *range(2, gradient.ndim)]
        return (gradient * normal).sum(rest), gradient.sum(rest)

    return _attach(batch, func, call, affine)


def _attach(
    batch: "MixedBatch", func: Callable[..., Any], call: dict[str, Any], affine: Affine
) -> Tensor:
    inputs = call["input"]
    parameters = [batch.divided(call.get(name)) for name in ("weight", "bias")]
    divided = [one for one in parameters if one is not None]
    batch.check_samples(inputs, func, divided[0])
    plain = {name: batch.plain(call.get(name)) for name in ("weight", "bias") if name in call}
    owners = tuple(None if one is None else one.owner for one in parameters)
    gradients = _Gradients(batch.block, batch.samples, affine, owners)
    return attach(func(**{**call, **plain}), [inputs], divided, gradients)


@dataclass(frozen=True)
class _Gradients:
    """Masked gradients of scale and shift: a sum for each distinct row of the mask."""

    block: Block
    samples: int
    affine: Affine
    owners: tuple[NDArray[np.int64] | None, ...]

    def __call__(self, gradient: Tensor, saved: Sequence[Tensor]) -> list[Tensor]:
        totals: list[Tensor | None] = [None, None]
        for part in self.block.parts:
            inputs = part.take(saved[0], self.samples)
            found = self.affine(part.take(gradient, self.samples), inputs)
            for at, owner in enumerate(self.owners):
                if owner is None:
                    continue
                selected = Selection.of(part.may_update[owner]).apply(found[at])
                total = totals[at]
                totals[at] = selected if total is None else total + selected
        return [total for total in totals if total is not None]
