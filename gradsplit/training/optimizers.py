"""Optimizer and learning rate of a recipe."""

import math
from collections.abc import Iterable

import torch
from torch import Tensor

from gradsplit.training.recipe import Recipe


def make_optimizer(recipe: Recipe, parameters: Iterable[Tensor]) -> torch.optim.Optimizer:
    """The recipe's optimizer over all parameters that are trained.

    The fused implementations are used: for small networks a step is otherwise mostly Python.
    """
    trained = [parameter for parameter in parameters if parameter.requires_grad]
    rate, decay = recipe.learning_rate, recipe.weight_decay
    if recipe.optimizer == "adamw":
        return torch.optim.AdamW(trained, lr=rate, weight_decay=decay, fused=True)
    if recipe.optimizer == "adam":
        return torch.optim.Adam(trained, lr=rate, weight_decay=decay, fused=True)
    return torch.optim.SGD(trained, lr=rate, weight_decay=decay, momentum=0.9, fused=True)


def step_with(optimizer: torch.optim.Optimizer) -> None:
    """Step an optimizer, whoever has set the gradients.

    Torch's fused implementations pair a gradient's elements with its parameter's in the order of
    memory. What `backward` accumulates lies as the parameter does; a gradient that was assigned,
    e.g. from `torch.autograd.grad`, may not (convolutions in channels_last), and would train wrong
    elements without a word. Such gradients are laid out anew.

    Example:
        >>> zeros = torch.zeros(1, 2, 1, 2).to(memory_format=torch.channels_last)
        >>> kernel = torch.nn.Parameter(zeros)
        >>> kernel.grad = torch.tensor([[[[1.0, 2.0]], [[3.0, 4.0]]]])
        >>> step_with(torch.optim.SGD([kernel], lr=1.0, fused=True))
        >>> kernel.flatten().tolist()
        [-1.0, -2.0, -3.0, -4.0]
    """
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            gradient = parameter.grad
            if gradient is None or gradient.is_sparse:
                continue
            if gradient.stride() != parameter.stride():
                parameter.grad = torch.empty_like(parameter).copy_(gradient)
        if group.get("momentum"):
            _begin_momenta(optimizer, group["params"])
    optimizer.step()


def _begin_momenta(optimizer: torch.optim.Optimizer, parameters: Iterable[Tensor]) -> None:
    """Momenta of zero for parameters that have their first gradient later than others.

    Torch's fused SGD fails on those; from zero their first step is that of a first step.
    """
    moving = [value for value in parameters if value.grad is not None]
    begun = [value for value in moving if optimizer.state[value].get("momentum_buffer") is not None]
    if 0 < len(begun) < len(moving):
        known = {id(value) for value in begun}
        for value in moving:
            if id(value) not in known:
                optimizer.state[value]["momentum_buffer"] = torch.zeros_like(value)


def set_own_rate(
    optimizer: torch.optim.Optimizer,
    parameters: Iterable[Tensor],
    factor: float,
    weight_decay: float | None = None,
) -> None:
    """Put parameters, known to the optimizer or new, into a group with a factor on the rate.

    Example:
        >>> known, new = (torch.nn.Parameter(torch.ones(1)) for _ in range(2))
        >>> optimizer = torch.optim.SGD([known], lr=0.1)
        >>> set_own_rate(optimizer, [new], 100.0)
        >>> [group.get("rate", 1.0) for group in optimizer.param_groups]
        [1.0, 100.0]
    """
    moved = list(parameters)
    places = {id(one) for one in moved}
    for group in optimizer.param_groups:
        group["params"] = [one for one in group["params"] if id(one) not in places]
    own = {} if weight_decay is None else {"weight_decay": weight_decay}
    optimizer.add_param_group({"params": moved, "rate": factor, **own})


def learning_rate(recipe: Recipe, step: int) -> float:
    """The learning rate of a step: linear warm-up, then as the recipe's schedule says.

    Args:
        recipe: Steps, warm-up, peak, schedule and milestones.
        step: 0 <= step < recipe.steps.

    Example:
        >>> recipe = Recipe(steps=4, learning_rate=1.0, warmup=2)
        >>> [round(learning_rate(recipe, step), 3) for step in range(4)]
        [0.5, 1.0, 1.0, 0.5]
    """
    if step < recipe.warmup:
        return recipe.learning_rate * (step + 1) / recipe.warmup
    if recipe.schedule == "constant":
        return recipe.learning_rate
    if recipe.schedule == "step":
        passed = sum(step >= round(share * recipe.steps) for share in recipe.milestones)
        return recipe.learning_rate * 0.1**passed
    done = (step - recipe.warmup) / max(1, recipe.steps - recipe.warmup)
    return recipe.learning_rate * 0.5 * (1 + math.cos(math.pi * done))
