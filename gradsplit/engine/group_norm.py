"""BatchNorm to GroupNorm: pretrained networks without statistics of the batch."""

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn.modules.lazy import LazyModuleMixin
from torch.nn.parameter import is_lazy

from gradsplit.errors import GradSplitError, all_problems

# The forward passes of torch's own layers; a subclass with another does something more.
_NORMALISE = (nn.modules.batchnorm._BatchNorm.forward, nn.SyncBatchNorm.forward)


def to_group_norm(
    model: nn.Module, groups: int = 32, *, modules: Sequence[str] = ("",)
) -> nn.Module:
    """Replace every BatchNorm by a GroupNorm with the same scale and shift, in place.

    A network with data of several kinds has no batch statistics that fit all of them (the method's
    paper reports -11.9 with BatchNorm and -3.3 with GroupNorm on its measure), and a mixed batch
    with them cannot be kept apart. The network must be trained on afterwards: normalising by groups
    gives other values than normalising by the batch.

    Args:
        model: Any network; torchvision's, timm's and transformers' BatchNorms are found by type.
        groups: Groups wanted in each layer. A layer whose channels they do not divide gets the
            largest number of groups below that does.
        modules: Names of the modules below which to replace; default everywhere.

    Returns:
        The model. If it is itself a BatchNorm, its replacement.

    Raises:
        GradSplitError: `groups` is below 1, a lazy BatchNorm does not know its channels yet, or a
            layer does more than normalise (timm's BatchNormAct2d); all of them at once, and then
            none is replaced.

    Example:
        >>> model = nn.Sequential(nn.Conv2d(3, 48, 3), nn.BatchNorm2d(48))
        >>> to_group_norm(model)[1].num_groups
        24
    """
    if groups < 1:
        raise GradSplitError(f"`groups` must be at least 1, got {groups}.")
    uses = [
        (parent, key, child)
        for name in modules
        for parent in model.get_submodule(name).modules()
        for key, child in parent._modules.items()
        if isinstance(child, nn.modules.batchnorm._BatchNorm)
    ]
    if isinstance(model, nn.modules.batchnorm._BatchNorm):
        return _replacement(model, groups)
    problems = [
        f"`{key}` ({type(child).__name__}) in a {type(parent).__name__} does not know its channels "
        "yet: run one forward pass first."
        for parent, key, child in uses
        if isinstance(child, LazyModuleMixin) and any(map(is_lazy, child.parameters()))
    ] + [
        f"`{key}` ({type(child).__name__}) in a {type(parent).__name__} does more than normalise, "
        "which would be lost: replace it yourself."
        for parent, key, child in uses
        if type(child).forward not in _NORMALISE
    ]
    if problems:
        raise GradSplitError(all_problems("BatchNorm cannot be replaced", problems))
    # A module used in two places stays one module.
    replaced = {id(child): _replacement(child, groups) for _, _, child in uses}
    for parent, key, child in uses:
        setattr(parent, key, replaced[id(child)])
    return model


def _replacement(norm: nn.modules.batchnorm._BatchNorm, groups: int) -> nn.GroupNorm:
    channels = norm.num_features
    divisor = next(g for g in range(min(groups, channels), 0, -1) if channels % g == 0)
    weight = norm.weight if norm.affine else None
    like = weight if weight is not None else norm.running_mean
    replacement = nn.GroupNorm(
        divisor,
        channels,
        norm.eps,
        norm.affine,
        device=None if like is None else like.device,
        dtype=None if like is None else like.dtype,
    )
    if weight is not None:
        with torch.no_grad():
            replacement.weight.copy_(weight)
            replacement.bias.copy_(norm.bias)
        replacement.weight.requires_grad_(weight.requires_grad)
        replacement.bias.requires_grad_(norm.bias.requires_grad)
    return replacement.train(norm.training)
