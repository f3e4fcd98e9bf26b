"""Parameters that are spread over processes, and where their gradients can be masked.

While a module computes, `fully_shard` puts whole parameters in the place of its sharded ones: plain
leaves of the graph, the same tensors in every step. Their gradients are whole, too, until they are
summed over the processes and scattered. That sum is linear, so masking before it is exact.
"""

import sys
from collections.abc import Iterable, Iterator

from torch import Tensor, nn
from torch.autograd.graph import Node

from gradsplit.errors import GradSplitError, NotExactError


def whole_parameters(model: nn.Module) -> dict[nn.Parameter, nn.Parameter]:
    """What takes the place of each parameter that `fully_shard` has sharded.

    Gathers the parameters of one sharded module after the other, as a forward pass does; so all
    processes must call it.

    Args:
        model: The network; sharded or not.

    Returns:
        Sharded parameter -> the whole one; empty if nothing is sharded.

    Raises:
        GradSplitError: The parameters are still on the meta device.
    """
    sharded = list(sharded_modules(model))
    for module in sharded:
        module.reshard()  # type: ignore[operator]
    places = [
        (holder, key, parameter)
        for holder in (model.modules() if sharded else ())
        for key, parameter in holder._parameters.items()
        if parameter is not None and is_distributed(parameter)
    ]
    if any(parameter.is_meta for _, _, parameter in places):
        raise GradSplitError(
            "Sharded parameters have no values yet (meta device). Attach the split after "
            "model.to_empty(device=...) and after they were initialised or loaded."
        )
    whole: dict[nn.Parameter, nn.Parameter] = {}
    for module in sharded:
        module.unshard()  # type: ignore[operator]
        for holder, key, parameter in places:
            now = holder._parameters[key]
            if now is not None and now is not parameter:
                whole[parameter] = now
        module.reshard()  # type: ignore[operator]
    return whole


def sharded_modules(model: nn.Module) -> Iterator[nn.Module]:
    """The modules that `fully_shard` was applied to."""
    # Nobody has sharded anything before this is imported, and importing it takes long.
    kind = getattr(sys.modules.get("torch.distributed.fsdp"), "FSDPModule", None)
    if kind is not None:
        yield from (module for module in model.modules() if isinstance(module, kind))


def is_sharded(model: nn.Module) -> bool:
    """Whether `fully_shard` was applied to any part of a model."""
    return next(sharded_modules(model), None) is not None


def passes_sharded(nodes: Iterable[Node]) -> bool:
    """Whether a part of a graph was computed by a module that `fully_shard` was applied to.

    Such a module may lie outside of the model that is split, as a head does.
    """
    return any(node.name() == "RegisterPostBackwardFunctionBackward" for node in nodes)


def refuse_copy(model: nn.Module) -> None:
    """Refuse to copy a model that `fully_shard` does not let be copied."""
    if is_sharded(model):
        raise GradSplitError(
            "A model sharded by fully_shard cannot be copied. Check or copy it before fully_shard, "
            "and carry weights over by its state_dict."
        )


def refuse_flattened(model: nn.Module, modules: Iterable[str]) -> None:
    """Refuse to split parameters that FullyShardedDataParallel has put into one flat vector.

    Args:
        model: The network.
        modules: Names of the split modules; unknown ones are left to others.

    Raises:
        NotExactError: Their shapes, and so their channels, are gone.
    """
    by_name = dict(model.named_modules(remove_duplicate=False))
    for name in modules:
        below = list(by_name[name].modules()) if name in by_name else []
        parameters = [p for module in below for p in module.parameters(recurse=False)]
        # Without `use_orig_params` the weights are plain tensors, views of the flat vector.
        values = [value for module in below if not parameters for value in vars(module).values()]
        gone = any(isinstance(value, Tensor) and value._is_view() for value in values)
        if gone or any(map(is_flattened, parameters)):
            raise NotExactError(
                f"FullyShardedDataParallel has flattened the parameters of `{name}`: their "
                "channels cannot be told any more. Use fully_shard or DistributedDataParallel, or "
                "leave the split modules out of it (`ignored_modules`)."
            )


def is_flattened(parameter: Tensor) -> bool:
    """Whether a parameter is a flat vector of FullyShardedDataParallel, or a part of one."""
    return any(hasattr(parameter, name) for name in ("_is_flat_param", "_fsdp_flattened"))


def is_distributed(tensor: Tensor) -> bool:
    """Whether a tensor is a DTensor, of which each process holds a part."""
    # By name: the type need not be imported for it.
    return any(kind.__name__ == "DTensor" for kind in type(tensor).__mro__)
