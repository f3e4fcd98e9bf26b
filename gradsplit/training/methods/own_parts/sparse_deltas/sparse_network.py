"""A network for one task, and for every other task the few weights that differ from it."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.utils.flop_counter import FlopCounterMode

from gradsplit.training.methods.own_parts.sparse_deltas.gates import Gates
from gradsplit.training.methods.own_parts.sparse_deltas.shared_activations import (
    LayerCall,
    listened,
    mean_difference,
    taking_over,
)
from gradsplit.training.model_size import Counts
from gradsplit.training.network import MultiTaskNetwork, head_key


class Deltas(nn.Module):
    """One task's differences to the weights of a trunk, 0 at first, and its own buffers.

    Args:
        trunk: The base task's; its trained parameters get differences.

    Attributes:
        names: Of the trunk's parameters that get differences.
        values: The differences, in the order of the names.
        gates: What lets differences through, while that is learned; None afterwards.
    """

    def __init__(self, trunk: nn.Module) -> None:
        super().__init__()
        trained = {name: one for name, one in trunk.named_parameters() if one.requires_grad}
        self.names = list(trained)
        self.values = nn.ParameterList([torch.zeros_like(one) for one in trained.values()])
        for number, one in enumerate(self.values):
            self.register_buffer(f"support_{number}", torch.ones_like(one, dtype=torch.bool))
        self._buffers_of_trunk = [name for name, _ in trunk.named_buffers()]
        for number, one in enumerate(trunk.buffers()):
            self.register_buffer(f"of_trunk_{number}", one.detach().clone())
        self.gates: Gates | None = Gates(list(self.values))

    def forward(self, trunk: nn.Module, inputs: Tensor) -> Any:
        """What the trunk with these differences makes of the inputs."""
        base = dict(trunk.named_parameters())
        changed = {
            name: base[name] + opened * value
            for name, opened, value in zip(self.names, self._opened(), self.values, strict=True)
        }
        kept = {
            name: self.get_buffer(f"of_trunk_{number}")
            for number, name in enumerate(self._buffers_of_trunk)
        }
        return functional_call(trunk, changed | kept, (inputs,))

    @property
    def supports(self) -> list[Tensor]:
        """Where differences may be: everywhere while the gates are learned."""
        return [self.get_buffer(f"support_{number}") for number in range(len(self.names))]

    def _opened(self) -> list[Tensor]:
        if self.gates is None:
            return self.supports
        return self.gates.drawn() if self.training else self.gates.settled()

    @torch.no_grad()
    def freeze_support(self) -> None:
        """Keep what the gates let through, and let nothing else ever differ."""
        assert self.gates is not None
        for value, support, opened in zip(
            self.values, self.supports, self.gates.settled(), strict=True
        ):
            value.mul_(opened)
            support.copy_(value != 0)
        self.gates = None

    def share(self, trunk: nn.Module, layer: nn.Module) -> float:
        """The share of a layer's weights that may differ from the base task's."""
        weight = next((name for name, one in trunk.named_parameters() if one is layer.weight), None)
        if weight is None:
            return 1.0  # computed from parameters, so any of it may differ
        if weight not in self.names:
            return 0.0
        return self.supports[self.names.index(weight)].double().mean().item()

    @property
    def size(self) -> int:
        """How many weights differ."""
        return int(sum(one.sum().item() for one in self.supports))


class SparseDeltaNetwork(MultiTaskNetwork):
    """A base task's trunk and head, frozen, and differences and a head for each other task.

    In evaluation, once there is a threshold, an input is passed through the base task's trunk too,
    and a layer gets the base task's activations wherever its own differ by no more than that.

    Args:
        network: A trunk that was trained for the base task, and heads.
        base: The base task.

    Attributes:
        base: See above.
        threshold: See above; None shares no activations.
        difference: After a pass in training with a threshold, the mean absolute difference of its
            activations to the base task's.
    """

    def __init__(self, network: MultiTaskNetwork, base: str) -> None:
        super().__init__(network.trunk, {task: network.head(task) for task in network.tasks})
        self.base = base
        self.deltas = nn.ModuleDict(
            {head_key(task): Deltas(self.trunk) for task in self.tasks if task != base}
        )
        self.threshold: float | None = None
        self.difference: Tensor | None = None
        self.trunk.requires_grad_(False)
        self.head(base).requires_grad_(False)

    def of(self, task: str) -> Deltas:
        """The differences of a task that is not the base."""
        part = self.deltas[head_key(task)]
        assert isinstance(part, Deltas)
        return part

    def forward(self, inputs: Tensor, task: str) -> Any:
        """The output of a task's head for a batch of inputs [N, ...]."""
        return self.head(task)(self._features(inputs, task))

    def counts(self, inputs: Tensor) -> Counts:
        """See `gradsplit.training.model_size.CountsItself`.

        A layer of another task than the base gets x = x_base + dx and has the weights W + dW, so
        that its output is W x_base, which is known, + dW x_base + (W + dW) dx. Its operations are
        those of the layer times the share of dW that is not 0 and the share of dx that is not 0,
        together 1 at most. What else the trunk computes, such as attention, counts once a task.
        """
        with torch.no_grad():
            with FlopCounterMode(display=False) as counter, listened(self.trunk, counter) as calls:
                self.trunk(inputs)
            in_all = counter.get_total_flops()
            besides = in_all - sum(call.flops for call in calls)
            flops, own = in_all + self._head_flops(inputs, self.base), []
            for task in self.tasks:
                if task != self.base:
                    changed, part = self._changed_flops(inputs, task, calls)
                    flops += besides + changed + self._head_flops(inputs, task)
                    own.append(part)
        deltas = [self.of(task) for task in self.tasks if task != self.base]
        dense = sum(value.numel() for one in deltas for value in one.values)
        differ = sum(one.size for one in deltas)
        parts = (self.trunk, *(self.head(task) for task in self.tasks))
        sizes = {id(one): one.numel() for part in parts for one in part.parameters()}
        return Counts(
            sum(sizes.values()) + differ,
            round(flops),
            {
                "own weights [%]": 100 * differ / max(1, dense),
                "own activations [%]": 100 * sum(own) / max(1, len(own)),
            },
        )

    def _features(self, inputs: Tensor, task: str) -> Any:
        if task == self.base:
            return self.trunk(inputs)
        deltas = self.of(task)
        if self.threshold is None:
            return deltas(self.trunk, inputs)
        calls = self._base_calls(inputs)
        if self.training:
            with listened(self.trunk) as own:
                features = deltas(self.trunk, inputs)
            self.difference = mean_difference(own, calls)
            return features
        with taking_over(self.trunk, calls, self.threshold):
            return deltas(self.trunk, inputs)

    @torch.no_grad()
    def _base_calls(self, inputs: Tensor) -> list[LayerCall]:
        """What the layers get in the base task's network, as it is used."""
        self.trunk.eval()
        try:
            with listened(self.trunk) as calls:
                self.trunk(inputs)
        finally:
            self.trunk.train(self.training)
        return calls

    def _changed_flops(
        self, inputs: Tensor, task: str, calls: list[LayerCall]
    ) -> tuple[float, float]:
        """Operations of a task's layers beside the base task's, and the share of own inputs."""
        deltas = self.of(task)
        with taking_over(self.trunk, calls, self.threshold or 0.0) as own:
            deltas(self.trunk, inputs)
        done, numbers, kept = 0.0, 0, 0.0
        for call, part in zip(calls, map(float, own), strict=True):
            done += min(1.0, deltas.share(self.trunk, call.layer) + part) * call.flops
            numbers += call.inputs.numel()
            kept += part * call.inputs.numel()
        return done, kept / max(1, numbers)

    def _head_flops(self, inputs: Tensor, task: str) -> int:
        features = self._features(inputs, task)
        with FlopCounterMode(display=False) as counter:
            self.head(task)(features)
        return counter.get_total_flops()
