"""What a split is attached to, and whether it is still there."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import nn
from torch.utils.weak import WeakIdKeyDictionary

from gradsplit.engine.layer_outputs import mark_outputs, stop_marking
from gradsplit.engine.parameters import Collected, Location, modules_below
from gradsplit.engine.sharding import is_distributed
from gradsplit.engine.task_order import Mask
from gradsplit.errors import GradSplitError, ModuleNameError, NotExactError, all_problems

# Which parameters are split, by identity; holds no reference to them or to the model.
_ATTACHED: WeakIdKeyDictionary = WeakIdKeyDictionary()


class Attachment:
    """The modules and parameters that a split was attached to.

    Args:
        model: The network.
        modules: Names of the split modules.
        collected: Their parameters.
        marking: Whether the outputs of the layers are marked in the graph.

    Raises:
        GradSplitError: A parameter is split already.
        NotExactError: A parameter is spread over processes in a way that cannot be masked.
    """

    def __init__(
        self,
        model: nn.Module,
        modules: Sequence[str],
        collected: Collected,
        *,
        marking: bool = False,
    ) -> None:
        self._model = model
        self._collected = collected
        self._names = tuple(modules)
        self._holders = self._holders_now()
        self._held = {name: _keys(module) for name, module in self._holders.items()}
        _refuse_sharded(collected, marking=marking)
        self._refuse_second()
        for entry in collected.split:
            _ATTACHED[entry.parameter] = True
        if marking:
            mark_outputs(model, [entry.parameter for entry in collected.split])

    def remove(self) -> None:
        """The parameters may be split again."""
        stop_marking(self._model, [entry.parameter for entry in self._collected.split])
        for entry in self._collected.split:
            _ATTACHED.pop(entry.parameter, None)

    def refuse_replaced(self) -> None:
        """Refuse to go on if a split module or parameter is no longer that of the model."""
        replaced = [
            location.name
            for location, parameter in self._collected.locations
            if not self._is_there(location, parameter)
        ]
        now = self._holders_now()
        replaced += [
            name or "the model"
            for name in {**self._holders, **now}
            if self._holders.get(name) is not now.get(name)
        ]
        replaced += [
            f"{name}.{key}" if name else key
            for name, module in now.items()
            for key in _keys(module)
            if key not in self._held.get(name, (key,))
        ]
        if replaced:
            raise GradSplitError(
                all_problems(
                    "Modules or parameters were replaced after the split was attached; attach it "
                    "again (remove() first) after loading, sharding, quantising or rebuilding",
                    [f"`{name}`" for name in replaced],
                )
            )

    def _is_there(self, location: Location, parameter: nn.Parameter) -> bool:
        """Whether the model still holds a parameter, sharded or whole."""
        now = location.holder._parameters.get(location.key)
        whole = self._collected.whole.get(parameter)
        if whole is None or now is None:
            return now is parameter
        return now is whole or is_distributed(now)

    def _holders_now(self) -> dict[str, nn.Module]:
        """The modules in the split part that hold parameters, by name."""
        below = modules_below(self._model, self._names)
        return {name: m for name, m in below if _keys(m)}

    def _refuse_second(self) -> None:
        taken = [e.name for e in self._collected.split if e.parameter in _ATTACHED]
        if taken:
            raise GradSplitError(
                f"{len(taken)} parameters are split already, first `{taken[0]}`: call remove() on "
                "the other split before, or use its set_mask() for another mask."
            )


def _keys(module: nn.Module) -> tuple[str, ...]:
    """The names of the parameters that a module holds itself."""
    return tuple(key for key, parameter in module._parameters.items() if parameter is not None)


def _refuse_sharded(collected: Collected, *, marking: bool) -> None:
    """Refuse parameters whose gradient is put together where no hook sees it whole."""
    sharded = [entry.name for entry in collected.split if is_distributed(entry.parameter)]
    if sharded:
        raise NotExactError(
            f"{len(sharded)} split parameters are spread over processes, first `{sharded[0]}` "
            "(tensor parallelism, a DTensor of your own): their gradients are put together where "
            "they cannot be masked. Use fully_shard or DistributedDataParallel, or name modules "
            "that are not spread. If it was fully_shard, attach to the model it was applied to."
        )
    if marking and collected.whole:
        raise NotExactError(
            "mode='feature' runs the upper part of the graph once a row of the mask, which a model "
            "sharded by fully_shard does not allow. Use mode='param', or DistributedDataParallel."
        )


def reattached(
    kind: Callable[..., Any],
    model: nn.Module,
    mask: Mask,
    modules: Sequence[str],
    options: Mapping[str, Any],
    removed: bool,
) -> Any:
    """A split of a copied or unpickled model, in place of that of the original.

    Args:
        kind: `GradSplit`.
        model: The copy.
        mask: The mask.
        modules: Names of the split modules.
        options: Further options of `GradSplit`.
        removed: Whether the original had been removed.
    """
    try:
        split = kind(model, mask, modules, **options)
    except (AttributeError, ModuleNameError) as error:
        raise GradSplitError(
            "A model that holds its own split cannot be copied or pickled with it. Keep the split "
            "beside the model, or delete it before and attach it to the copy."
        ) from error
    if removed:
        split.remove()
    return split
