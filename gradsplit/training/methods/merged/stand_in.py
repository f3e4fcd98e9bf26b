"""A network whose trunk is run with other values than its own, from which gradients flow back."""

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor
from torch.func import functional_call

from gradsplit.training.network import MultiTaskNetwork


class StandIn(MultiTaskNetwork):
    """The same trunk and heads as a network, the trunk run with values made anew every time.

    Args:
        network: Whose trunk and heads.
        values: Gives values for some of the trunk's parameters, by name, differentiable in
            whatever they are made of.

    Example:
        >>> import torch
        >>> from torch import nn
        >>> network = MultiTaskNetwork(nn.Linear(1, 1, bias=False), {"pose": nn.Identity()})
        >>> doubled = StandIn(network, lambda: {"weight": 2 * network.trunk.weight})
        >>> bool(doubled(torch.ones(1), "pose") == 2 * network(torch.ones(1), "pose"))
        True
    """

    def __init__(self, network: MultiTaskNetwork, values: Callable[[], Mapping[str, Tensor]]):
        super().__init__(network.trunk, {task: network.head(task) for task in network.tasks})
        self._values = values

    def forward(self, inputs: Tensor, task: str) -> Any:
        """The output of a task's head for a batch of inputs [N, ...]."""
        features = functional_call(self.trunk, dict(self._values()), (inputs,))
        return self.head(task)(features)
