"""BatchNorm to GroupNorm: pretrained networks without statistics of the batch."""

import copy
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.modules.lazy import LazyModuleMixin
from torch.nn.parameter import is_lazy

from gradsplit.errors import GradSplitError, all_problems

# The forward passes of torch's own layers; a subclass with another does something more.
_NORMALISE = (nn.modules.batchnorm._BatchNorm.forward, nn.SyncBatchNorm.forward)
_REPLACED = "replaced_batch_norm"
_SHAPES = ((2,), (2, 3), (2, 3, 3), (2, 3, 3, 3))


class GroupNormAct(nn.GroupNorm):
    """GroupNorm, then a drop layer and an activation: what becomes of timm's BatchNormAct2d.

    Args:
        drop: The drop layer.
        act: The activation.
        arguments: Those of `torch.nn.GroupNorm`.
    """

    def __init__(self, drop: nn.Module, act: nn.Module, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.drop, self.act = drop, act

    def forward(self, input: Tensor) -> Tensor:
        """The activation of what the drop layer leaves of the normalised input."""
        return self.act(self.drop(super().forward(input)))


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
            One with a drop layer `drop` and an activation `act` behind it (timm's BatchNormAct2d)
            keeps both.
        groups: Groups wanted in each layer. A layer whose channels they do not divide gets the
            largest number of groups below that does.
        modules: Names of the modules below which to replace; default everywhere.

    Returns:
        The model. If it is itself a BatchNorm, its replacement.

    Raises:
        GradSplitError: `groups` is below 1, a lazy BatchNorm does not know its channels yet, or a
            layer does something else than normalise, drop and activate; all of them at once, and
            then none is replaced.

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
        uses = [(nn.Sequential(model), "0", model)]
    problems = [
        f"`{key}` ({type(child).__name__}) in a {type(parent).__name__} {problem}"
        for parent, key, child in uses
        if (problem := _problem(child))
    ]
    if problems:
        raise GradSplitError(all_problems("BatchNorm cannot be replaced", problems))
    # A module used in two places stays one module.
    replaced = {id(child): _replacement(child, groups) for _, _, child in uses}
    for parent, key, child in uses:
        setattr(parent, key, replaced[id(child)])
    return replaced.get(id(model), model)


def _problem(norm: nn.modules.batchnorm._BatchNorm) -> str:
    """Why a BatchNorm cannot be replaced; empty if it can."""
    if isinstance(norm, LazyModuleMixin) and any(map(is_lazy, norm.parameters())):
        return "does not know its channels yet: run one forward pass first."
    if type(norm).forward in _NORMALISE or _only_drops_and_activates(norm):
        return ""
    return "does more than normalise, which would be lost: replace it yourself."


def _only_drops_and_activates(norm: nn.modules.batchnorm._BatchNorm) -> bool:
    """Whether a layer is a BatchNorm with `drop` and then `act` behind it, by what it computes.

    Tried on a copy whose scale, shift and statistics are drawn, since a zero scale hides what comes
    after it.
    """
    if set(norm._modules) != {"drop", "act"}:
        return False
    with torch.random.fork_rng(devices=()), torch.no_grad():
        torch.manual_seed(0)
        tried = copy.deepcopy(norm).to_empty(device="cpu").float()
        for tensor in (*tried.parameters(), *tried.buffers()):
            if tensor.is_floating_point():
                tensor.uniform_(0.5, 1.5)
        return any(_same_by_parts(tried, shape) for shape in _SHAPES)


def _same_by_parts(norm: Any, shape: tuple[int, ...]) -> bool:
    """Whether a layer gives what its parts give one after the other, on inputs of a shape."""
    for training in (False, True):
        norm.train(training)
        norm.drop.train()
        mean, variance = (None, None) if training else (norm.running_mean, norm.running_var)
        inputs = torch.randn(shape[0], norm.num_features, *shape[1:])
        torch.manual_seed(1)
        normal = F.batch_norm(
            inputs, mean, variance, norm.weight, norm.bias,
            training or mean is None, eps=norm.eps,
        )  # fmt: skip
        parts = norm.act(norm.drop(normal))
        torch.manual_seed(1)
        try:
            whole = norm.forward(inputs)
        except (AssertionError, RuntimeError, ValueError):
            return False
        if whole.shape != parts.shape or not torch.allclose(whole, parts):
            return False
    return True


def _replacement(norm: nn.modules.batchnorm._BatchNorm, groups: int) -> nn.GroupNorm:
    channels = norm.num_features
    divisor = next(g for g in range(min(groups, channels), 0, -1) if channels % g == 0)
    weight = norm.weight if norm.affine else None
    like = weight if weight is not None else norm.running_mean
    at = {} if like is None else {"device": like.device, "dtype": like.dtype}
    arguments = divisor, channels, norm.eps, norm.affine
    if type(norm).forward in _NORMALISE:
        replacement = nn.GroupNorm(*arguments, **at)
    else:
        behind = norm.get_submodule("drop"), norm.get_submodule("act")
        replacement = GroupNormAct(*behind, *arguments, **at)
    if weight is not None:
        with torch.no_grad():
            replacement.weight.copy_(weight)
            replacement.bias.copy_(norm.bias)
        replacement.weight.requires_grad_(weight.requires_grad)
        replacement.bias.requires_grad_(norm.bias.requires_grad)
    # In a tuple it is no module of the replacement: not trained, not moved, not saved.
    vars(replacement)[_REPLACED] = (norm,)
    return replacement.train(norm.training)


def replaced_batch_norm(norm: nn.GroupNorm) -> nn.modules.batchnorm._BatchNorm | None:
    """A copy of the BatchNorm that `to_group_norm` has replaced, with its statistics.

    Args:
        norm: Any GroupNorm.

    Returns:
        None if it was made otherwise, or has been trained since, so that the statistics are not
        those of its network any more.

    Example:
        >>> model = to_group_norm(nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8)), 4)
        >>> replaced_batch_norm(model[1]).running_mean.tolist()
        [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    """
    kept: Any = vars(norm).get(_REPLACED)
    if kept is None:
        return None
    at = norm.weight if norm.affine else torch.zeros(())
    copied = copy.deepcopy(kept[0]).to(at).train(norm.training)
    same = all(
        torch.equal(value, getattr(copied, name))
        for name, value in norm.named_parameters(recurse=False)
    )
    return copied if same else None
