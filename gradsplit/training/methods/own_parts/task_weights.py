"""Weights of layers that each task changes in its own way, put into the layers for use."""

import copy
from collections.abc import Iterator, Sequence

from torch import nn
from torch.nn.utils import parametrize

from gradsplit.errors import ModuleNameError
from gradsplit.training.methods.own_parts.per_task import (
    PerTask,
    TaskPartsNetwork,
    module_named,
)
from gradsplit.training.network import MultiTaskNetwork, head_key

_OF_ATTENTION = ("in_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight")


class TaskWeightsNetwork(TaskPartsNetwork):
    """A trunk and heads; `TaskPart`s among torch's parametrizations of the trunk's layers.

    Args:
        network: The trunk, with its `TaskPart`s in it, and heads.
        places: Names of the trunk's modules that do something else for each task.
    """

    def for_use(self, task: str) -> MultiTaskNetwork:
        """A copy with the task's weights in their layers: an ordinary trunk and one head."""
        copied = copy.deepcopy(self)
        for part in copied._parts:
            part.task = task
        for name, module in list(copied.trunk.named_modules()):
            if isinstance(module, PerTask):
                copied.trunk.set_submodule(name, module.by_task[head_key(task)])
            elif parametrize.is_parametrized(module):
                _merge(module)
        return MultiTaskNetwork(copied.trunk, {task: copied.head(task)})


def _merge(layer: nn.Module) -> None:
    """Put what a layer's parametrizations give in their place.

    Torch's own `remove_parametrizations` takes them from the layer's class, which copies share.
    """
    assert isinstance(layer.parametrizations, nn.ModuleDict)
    values = {name: getattr(layer, name).detach() for name in layer.parametrizations}
    layer.__class__ = parametrize.type_before_parametrizations(layer)
    del layer.parametrizations
    for name, value in values.items():
        layer.register_parameter(name, nn.Parameter(value))


def weight_matrices(trunk: nn.Module, modules: Sequence[str]) -> list[tuple[str, nn.Module, str]]:
    """Each weight matrix below some modules once: its layer's name, its layer, its own name.

    Args:
        trunk: The trunk.
        modules: Names of its modules; "" is all of it.

    Raises:
        ModuleNameError: There is no such module, or no weight matrix in them.

    Example:
        >>> trunk = nn.Sequential(nn.Linear(2, 3), nn.MultiheadAttention(3, 1))
        >>> [(layer, weight) for layer, _, weight in weight_matrices(trunk, [""])]
        [('0', 'weight'), ('1', 'in_proj_weight'), ('1.out_proj', 'weight')]
    """
    inside = {id(one) for name in modules for one in module_named(trunk, name).modules()}
    matrices = [
        (name, layer, weight)
        for name, layer in trunk.named_modules()
        if id(layer) in inside
        for weight in _names(layer)
    ]
    if not matrices:
        where = ", ".join(name or "the trunk" for name in modules)
        raise ModuleNameError(
            f"There is no linear layer, convolution or attention in {where}, so there is nothing "
            "to change for each task. Give `modules=`."
        )
    return matrices


def _names(layer: nn.Module) -> Iterator[str]:
    """The names of a layer's weight matrices."""
    # The last one is transformers' linear layer; the library is not imported.
    of_library = type(layer).__name__ == "Conv1D"
    if isinstance(layer, nn.Linear | nn.modules.conv._ConvNd) or of_library:
        yield "weight"
    if isinstance(layer, nn.MultiheadAttention):
        yield from (name for name in _OF_ATTENTION if getattr(layer, name) is not None)
