"""A task's loss around a trained network as a quadratic in a few directions of its trunk."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call

from gradsplit.errors import GradSplitError
from gradsplit.studies.estimates.estimator import Matrix
from gradsplit.training.network import MultiTaskNetwork
from gradsplit.training.seeding import generator
from gradsplit.training.step import Batch
from gradsplit.training.taskset import TaskSet


@dataclass(frozen=True)
class Quadratic:
    """q(u) = level + slope . u + u' curvature u / 2.

    Attributes:
        level: The loss at u = 0.
        slope: [d].
        curvature: [d, d].
    """

    level: float
    slope: Matrix
    curvature: Matrix

    def at(self, u: Matrix) -> float:
        """Its value at u [d].

        Example:
            >>> Quadratic(1.0, np.array([2.0]), np.array([[4.0]])).at(np.array([0.5]))
            2.5
        """
        return float(self.level + self.slope @ u + u @ self.curvature @ u / 2)


@dataclass(frozen=True)
class Directions:
    """Directions in the trained parameters of a trunk.

    Attributes:
        parameters: Name in the network -> value at u = 0.
        seed: Of the random directions.
        count: How many, d. When there are no more parameters than that, the parameters themselves.
    """

    parameters: Mapping[str, Tensor]
    seed: int
    count: int

    @classmethod
    def draw(cls, trunk: nn.Module, count: int, seed: int) -> Self:
        """`count` random directions of a trunk, or all of its parameters if they are no more."""
        parameters = {
            f"trunk.{name}": value.detach()
            for name, value in trunk.named_parameters()
            if value.requires_grad
        }
        return cls(
            parameters, seed, min(count, sum(value.numel() for value in parameters.values()))
        )

    def __iter__(self) -> Iterator[dict[str, Tensor]]:
        """One direction after the other, drawn anew each time so that none needs to be kept."""
        sizes = [value.numel() for value in self.parameters.values()]
        stream = generator(self.seed, "directions")
        for number in range(self.count):
            if self.count == sum(sizes):
                whole = torch.zeros(sum(sizes))
                whole[number] = 1.0
            else:
                signs = torch.randint(0, 2, (sum(sizes),), generator=stream)
                whole = (2.0 * signs - 1) / self.count**0.5
            yield {
                name: part.to(value).view_as(value)
                for (name, value), part in zip(
                    self.parameters.items(), whole.split(sizes), strict=True
                )
            }

    def moved(self, network: MultiTaskNetwork, u: Matrix) -> Callable[[Tensor, str], Any]:
        """The network's outputs at u [d]."""
        values = {name: value.clone() for name, value in self.parameters.items()}
        for length, direction in zip(u, self, strict=True):
            for name, part in direction.items():
                values[name] += float(length) * part
        return lambda inputs, task: functional_call(network, values, (inputs, task))


def quadratic_around(
    network: MultiTaskNetwork,
    taskset: TaskSet,
    task: str,
    batches: Sequence[Batch],
    directions: Directions,
) -> Quadratic:
    """The mean loss of some batches with outputs linear in u (Gauss-Newton).

    Args:
        network: In evaluation mode.
        taskset: Whose loss.
        task: The task.
        batches: On the network's device.
        directions: d directions.

    Raises:
        GradSplitError: The network has an operation without a second derivative.
    """
    fits = [_of_batch(network, taskset, task, batch, directions) for batch in batches]
    return Quadratic(
        float(np.mean([fit.level for fit in fits])),
        np.mean([fit.slope for fit in fits], axis=0),
        np.mean([fit.curvature for fit in fits], axis=0),
    )


def _of_batch(
    network: MultiTaskNetwork,
    taskset: TaskSet,
    task: str,
    batch: Batch,
    directions: Directions,
) -> Quadratic:
    inputs, target = batch
    values = {name: value.clone().requires_grad_() for name, value in directions.parameters.items()}
    output = functional_call(network, values, (inputs, task))
    outputs = _tensors(output)
    moves = _moves(outputs, values, directions, task)
    leaves = [tensor.detach().requires_grad_() for tensor in outputs]
    rebuilt = iter(leaves)
    loss = taskset.loss(task, _mapped(output, lambda _: next(rebuilt)), target)
    slopes = [
        torch.zeros_like(leaf) if slope is None else slope
        for leaf, slope in zip(
            leaves,
            torch.autograd.grad(loss, leaves, create_graph=True, allow_unused=True),
            strict=True,
        )
    ]
    together = torch.stack([_flat(move) for move in moves])
    bent = torch.stack([_flat(_bent(slopes, leaves, move)) for move in moves])
    slope = (together @ _flat([slope.detach() for slope in slopes])).double().cpu().numpy()
    curvature = (bent @ together.T).double().cpu().numpy()
    return Quadratic(float(loss.detach()), slope, (curvature + curvature.T) / 2)


def _moves(
    outputs: list[Tensor], values: Mapping[str, Tensor], directions: Directions, task: str
) -> list[list[Tensor]]:
    """How the outputs move along each direction, to first order.

    J v is the gradient in w of (J' w) . v, which needs backward passes only: forward derivatives
    do not exist for all of torch's operations.
    """
    names = list(values)
    weights = [torch.zeros_like(tensor, requires_grad=True) for tensor in outputs]
    try:
        pulled = torch.autograd.grad(
            outputs, [values[name] for name in names], weights, create_graph=True, allow_unused=True
        )
        kept = [number for number, pull in enumerate(pulled) if pull is not None]
        moves = [
            torch.autograd.grad(
                [pull for pull in pulled if pull is not None],
                weights,
                [direction[names[number]] for number in kept],
                retain_graph=True,
                allow_unused=True,
            )
            for direction in directions
        ]
    except RuntimeError as wrong:
        raise GradSplitError(
            f"`linear` needs second derivatives of the network, which fail for `{task}`: "
            f"{str(wrong).splitlines()[0]} Use another estimator."
        ) from wrong
    return [
        [
            torch.zeros_like(weight) if part is None else part.detach()
            for weight, part in zip(weights, move, strict=True)
        ]
        for move in moves
    ]


def _bent(slopes: Sequence[Tensor], leaves: list[Tensor], move: list[Tensor]) -> list[Tensor]:
    """The loss's second derivative in its outputs, along a move of them."""
    if not any(slope.requires_grad for slope in slopes):
        return [torch.zeros_like(leaf) for leaf in leaves]  # a loss linear in the outputs
    kept = [number for number, slope in enumerate(slopes) if slope.requires_grad]
    bends = torch.autograd.grad(
        [slopes[number] for number in kept],
        leaves,
        [move[number] for number in kept],
        retain_graph=True,
        allow_unused=True,
    )
    return [
        torch.zeros_like(leaf) if bend is None else bend
        for leaf, bend in zip(leaves, bends, strict=True)
    ]


def _flat(tensors: Sequence[Tensor]) -> Tensor:
    return torch.cat([tensor.flatten() for tensor in tensors])


def _tensors(output: Any) -> list[Tensor]:
    """The tensors of a head's output in a fixed order."""
    tensors: list[Tensor] = []
    _mapped(output, lambda tensor: tensors.append(tensor) or tensor)
    return tensors


def _mapped(output: Any, change: Callable[[Tensor], Tensor]) -> Any:
    """A head's output with every tensor replaced."""
    if isinstance(output, Tensor):
        return change(output)
    if isinstance(output, Mapping):
        return {key: _mapped(value, change) for key, value in output.items()}
    if isinstance(output, list | tuple):
        return type(output)(_mapped(value, change) for value in output)
    return output
