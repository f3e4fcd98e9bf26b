"""How large a network is and how much it computes: the last columns of a comparison."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from gradsplit.errors import GradSplitError
from gradsplit.training.network import MultiTaskNetwork


@dataclass(frozen=True)
class Counts:
    """The size of a network.

    Attributes:
        parameters: Numbers to learn, of the trunk and all heads, each once.
        flops: For one image and all tasks; a multiplication and an addition are two.
        besides: What else was measured, by names with units, for the columns of a table.
    """

    parameters: int
    flops: int
    besides: Mapping[str, float] = field(default_factory=dict, repr=False)


@runtime_checkable
class CountsItself(Protocol):
    """A network whose parameters and operations depend on what it has learned."""

    def counts(self, inputs: Tensor) -> Counts:
        """The size of the network as it is used.

        Args:
            inputs: One image [1, ...]; the network is in evaluation mode.
        """
        ...


def count(network: MultiTaskNetwork, inputs: Tensor) -> Counts:
    """Parameters, and the operations that one image needs to get an answer to every task.

    The tasks share what comes before the first part that a task has for itself: its head, or the
    modules that the network names in `task_specific`. That is counted once, the rest once a task,
    of the network's form in use (`MultiTaskNetwork.for_use`). A network of which this is not true
    counts itself, see `CountsItself`.
    Counted are convolutions and matrix products, as torch's own counter does; what is done to each
    number alone (normalisation, ReLU, pooling, a per cent or two of a ResNet) is not.

    Beside the paper's last columns, with ResNets, images of 256 x 192 and our heads (27 attributes,
    751 identities, 16 joints, 20 classes): parameters of single-task, multi-head and task-specific
    L4 networks are 0.8 to 3.3 M fewer (its heads are larger), operations of single-task and
    multi-head networks 1 to 2.5 G more. The paper does not describe its heads or "R50-GN+", and the
    other methods it compares with are not built here, so their columns cannot be reproduced.

    Args:
        network: Any; it is evaluated once a task and left as it was.
        inputs: One image [1, ...], on the network's device.

    Raises:
        GradSplitError: Not one image.

    Example:
        >>> trunk, heads = nn.Linear(3, 5, bias=False), {task: nn.Linear(5, 2) for task in "ab"}
        >>> count(MultiTaskNetwork(trunk, heads), torch.zeros(1, 3))
        Counts(parameters=39, flops=70)
    """
    if inputs.shape[:1] != (1,):
        raise GradSplitError(f"Expected one image [1, ...], got {tuple(inputs.shape)}.")
    flops, specific = 0, getattr(network, "task_specific", ())
    with _judging(network), torch.no_grad():
        if isinstance(network, CountsItself):
            return network.counts(inputs)
        for number, task in enumerate(network.tasks):
            shared, total = _passed(network.for_use(task), inputs, task, specific)
            flops += total - (shared if number else 0)
    return Counts(sum(parameter.numel() for parameter in network.parameters()), flops)


def _passed(
    network: MultiTaskNetwork, inputs: Tensor, task: str, specific: Sequence[str]
) -> tuple[int, int]:
    """Operations of one task: before the first part that is its own, and in all."""
    own = [network.head(task), *map(network.trunk.get_submodule, specific)]
    before: list[int] = []
    with FlopCounterMode(display=False) as counter, ExitStack() as hooks:
        for part in own:
            handle = part.register_forward_pre_hook(
                lambda *_: before.append(counter.get_total_flops())
            )
            hooks.callback(handle.remove)
        network(inputs, task)
        return before[0], counter.get_total_flops()


@contextmanager
def _judging(network: nn.Module) -> Iterator[None]:
    """Inside, the network is in evaluation mode; afterwards each module is as it was."""
    training = [module for module in network.modules() if module.training]
    network.eval()
    try:
        yield
    finally:
        for module in training:
            module.training = True
