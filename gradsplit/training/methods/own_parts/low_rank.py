"""Low-rank changes of weights, one a task, that can be added to the weights after training."""

import copy
import math
from collections.abc import Iterator, Sequence

from torch import Tensor, nn
from torch.nn.utils import parametrize

from gradsplit.errors import ModuleNameError
from gradsplit.training.methods.own_parts.per_task import (
    TaskPart,
    TaskPartsNetwork,
    module_named,
)
from gradsplit.training.network import MultiTaskNetwork, head_key
from gradsplit.training.seeding import seeded

_OF_ATTENTION = ("in_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight")


class LowRankChange(TaskPart):
    """W -> W + up_t down_t, for the current task t.

    A weight of more than two dimensions is changed as the matrix [first dimension, all others]. up
    is zero at first, so that nothing is changed.

    Args:
        weight: W, for its shape.
        rank: Columns of up, rows of down; not more than what W itself can have.
        tasks: The tasks.

    Example:
        >>> import torch
        >>> change = LowRankChange(torch.zeros(6, 2, 3, 3), 4, ["pose", "reid"])
        >>> sum(one.numel() for one in change.parameters()) == 2 * 4 * (6 + 2 * 3 * 3)
        True
    """

    def __init__(self, weight: Tensor, rank: int, tasks: Sequence[str]) -> None:
        super().__init__(tasks)
        rows, columns = weight.flatten(1).shape
        rank = min(rank, rows, columns)
        keys = [head_key(task) for task in tasks]
        self.up = nn.ParameterDict({key: weight.new_zeros(rows, rank) for key in keys})
        self.down = nn.ParameterDict({key: weight.new_zeros(rank, columns) for key in keys})

    def draw(self, task: str) -> None:
        """Draw a task's down as `nn.Linear` draws its weights, from torch's global generator."""
        nn.init.kaiming_uniform_(self.down[head_key(task)], a=math.sqrt(5))

    def forward(self, weight: Tensor) -> Tensor:
        """The changed weight."""
        key = head_key(self.task)
        return weight + (self.up[key] @ self.down[key]).view_as(weight)


class LowRankNetwork(TaskPartsNetwork):
    """A trunk and heads; every weight matrix of some modules has a low-rank change for each task.

    Args:
        network: What to change; its trunk is changed in place.
        modules: Names of the trunk's modules.
        rank: Of the changes.
        seed: The run's seed; a task's changes do not depend on which other tasks are in the run.

    Raises:
        ModuleNameError: There is no such module, or they have no weight that could be changed.

    Example:
        >>> import torch
        >>> shared = MultiTaskNetwork(nn.Sequential(nn.Linear(2, 3)), {"pose": nn.Identity()})
        >>> network, inputs = LowRankNetwork(shared, ["0"], rank=1, seed=0), torch.ones(1, 2)
        >>> torch.equal(network(inputs, "pose"), network.for_use("pose")(inputs, "pose"))
        True
    """

    def __init__(
        self, network: MultiTaskNetwork, modules: Sequence[str], rank: int, seed: int
    ) -> None:
        changed = list(_weights(network.trunk, modules))
        if not changed:
            raise ModuleNameError(
                f"There is no linear layer, convolution or attention in {', '.join(modules)}, so "
                "there is nothing to change for each task. Give `modules=`."
            )
        for _, layer, weight in changed:
            change = LowRankChange(getattr(layer, weight), rank, network.tasks)
            parametrize.register_parametrization(layer, weight, change)
        super().__init__(network, list(dict.fromkeys(name for name, *_ in changed)))
        self._changed = list(dict.fromkeys(layer for _, layer, _ in changed))
        for task in self.tasks:
            with seeded(seed, "low-rank", task):
                for change in self._parts:
                    assert isinstance(change, LowRankChange)
                    change.draw(task)

    def for_use(self, task: str) -> MultiTaskNetwork:
        """A copy with the task's changes added to the weights: an ordinary trunk and one head."""
        copied = copy.deepcopy(self)
        for part in copied._parts:
            part.task = task
        for layer in copied._changed:
            _merge(layer)
        return MultiTaskNetwork(copied.trunk, {task: copied.head(task)})


def _merge(layer: nn.Module) -> None:
    """Put a layer's changed weights in the place of what is changed.

    Torch's own `remove_parametrizations` takes them from the layer's class, which copies share.
    """
    assert isinstance(layer.parametrizations, nn.ModuleDict)
    weights = {name: getattr(layer, name).detach() for name in layer.parametrizations}
    layer.__class__ = parametrize.type_before_parametrizations(layer)
    del layer.parametrizations
    for name, weight in weights.items():
        layer.register_parameter(name, nn.Parameter(weight))


def _weights(trunk: nn.Module, modules: Sequence[str]) -> Iterator[tuple[str, nn.Module, str]]:
    """Each weight matrix below some modules once: its layer's name, its layer, its own name."""
    inside = {id(one) for name in modules for one in module_named(trunk, name).modules()}
    for name, layer in trunk.named_modules():
        if id(layer) in inside:
            for weight in _names(layer):
                if getattr(layer, weight) is not None:
                    yield name, layer, weight


def _names(layer: nn.Module) -> Sequence[str]:
    """The names of a layer's weight matrices."""
    if isinstance(layer, nn.MultiheadAttention):
        return _OF_ATTENTION
    # The last one is transformers' linear layer; the library is not imported.
    of_library = type(layer).__name__ == "Conv1D"
    plain = isinstance(layer, nn.Linear | nn.modules.conv._ConvNd)
    return ("weight",) if plain or of_library else ()
