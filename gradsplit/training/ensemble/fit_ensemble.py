"""Many runs as one vectorised program: stacked parameters, one forward a task, one optimizer.

A small network leaves a processor idle between its many small operations. Runs do not depend on
each other, so their parameters are stacked along a new first axis and every operation is done for
all of them at once. The gradient of the sum of all losses with respect to a member's slice is the
gradient of that member's own loss, and the optimizers act on every number alone, so each member is
trained exactly as `gradsplit.training.fit.fit` trains it, up to rounding.
"""

import copy
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import vmap

from gradsplit.errors import GradSplitError
from gradsplit.training.ensemble.members import Group, groups_of, member_loss
from gradsplit.training.ensemble.stacked_parameters import Stack, State
from gradsplit.training.fit import Fitted, check_run, score
from gradsplit.training.loop import finite_losses
from gradsplit.training.memory import out_of_memory
from gradsplit.training.methods.method import Method, TaskGradients
from gradsplit.training.network import MultiTaskNetwork, build_network
from gradsplit.training.optimizers import learning_rate, make_optimizer
from gradsplit.training.taskset import Recipe, TaskSet, keeping_recipe

Runs = Sequence[tuple[Sequence[str], int]]
"""(tasks, seed) of each run."""


def fit_ensemble(
    taskset: TaskSet,
    runs: Runs,
    *,
    method: Method | None = None,
    device: str | torch.device = "cpu",
) -> list[Fitted | GradSplitError]:
    """Train many runs of a task set at once, and score each.

    Each run is that of `fit(taskset, tasks, seed)` up to rounding: same initial weights, batches,
    steps and learning rates. Data of a task and seed are drawn once for all runs that see them.
    Memory grows with the number of runs; a run's time falls with it until the processor is full.

    Args:
        taskset: Tasks, data and networks. Its losses must be made of tensor operations (no
            `.item()`, no branches on values), its networks without batch statistics and dropout.
        runs: (tasks, seed) of each run.
        method: A method that has a form for many runs (`Method.together`), all of the same tasks;
            multi-head when None.
        device: Where to train.

    Returns:
        For each run what `fit` returns (its seconds: an equal share of all), or the error of a run
        whose loss was not finite; the others are not disturbed by it.

    Raises:
        TaskError: A task is unknown or doubled.
        GradSplitError: The task set or the method cannot be vectorised; says why.

    Example:
        >>> from gradsplit.tasksets.registry import load_taskset
        >>> runs = [(("loud",), 0), (("loud", "quiet"), 0)]
        >>> [list(one.scores) for one in fit_ensemble(load_taskset("planted", {"steps": 2}), runs)]
        [['loud'], ['loud', 'quiet']]
    """
    started = time.perf_counter()
    if not runs:
        return []
    for tasks, _ in runs:
        check_run(tuple(tasks), taskset)
    place = torch.device(device)
    sets = {seed: keeping_recipe(taskset, taskset.for_seed(seed)) for _, seed in runs}
    networks = initial_networks(sets, runs, place)
    for module in networks[0].modules():
        check_vectorisable(module)
    groups = groups_of(taskset, networks, [seed for _, seed in runs], place)
    trunk = Stack.of([network.trunk for network in networks])
    act = None
    if method is not None:
        if len({frozenset(tasks) for tasks, _ in runs}) > 1:
            raise GradSplitError("Runs of a method are trained together only with the same tasks.")
        act = method.together(networks[0], taskset)
    make = make_optimizer if method is None else method.optimizer
    _train(taskset, trunk, groups, sets, act, make)
    _write_back(trunk, groups, networks)
    share = (time.perf_counter() - started) / len(runs)
    histories = {group.task: torch.stack(group.history) for group in groups}
    return [
        _fitted(network, _losses_of(member, groups, histories), sets[seed], share)
        for member, (network, (_, seed)) in enumerate(zip(networks, runs, strict=True))
    ]


def initial_networks(
    sets: Mapping[int, TaskSet], runs: Runs, place: torch.device
) -> list[MultiTaskNetwork]:
    """The initial network of each run; those of one seed are copies, drawn once."""
    drawn = {seed: build_network(one, one.task_names, seed).to(place) for seed, one in sets.items()}
    return [
        MultiTaskNetwork(
            copy.deepcopy(drawn[seed].trunk),
            {task: copy.deepcopy(drawn[seed].head(task)) for task in tasks},
        )
        for tasks, seed in runs
    ]


def _train(
    taskset: TaskSet,
    trunk: Stack,
    groups: Sequence[Group],
    sets: dict[int, TaskSet],
    act: Callable[[TaskGradients], None] | None,
    make: Callable[[Recipe, Iterable[Tensor]], torch.optim.Optimizer],
) -> None:
    """Train in place."""
    recipe = taskset.recipe
    stacks = [trunk, *(group.heads for group in groups)]
    optimizer = make(recipe, [p for one in stacks for p in one.parameters.values()])
    sources = [
        [iter(sets[seed].batches(group.task, seed)) for seed in group.seeds] for group in groups
    ]
    computed = [vmap(member_loss(taskset, trunk, group)) for group in groups]
    for step in range(recipe.steps):
        for options in optimizer.param_groups:
            options["lr"] = learning_rate(recipe, step)
        optimizer.zero_grad()
        totals: dict[str, Tensor] = {}
        for group, source, losses in zip(groups, sources, computed, strict=True):
            batch = group.batch(source)
            shared = {name: value[group.index] for name, value in trunk.state().items()}
            found = vectorised(losses, shared, group.heads.state(), *batch)
            group.history.append(found.detach())
            totals[group.task] = recipe.weights.get(group.task, 1.0) * found.sum()
        if act is None:
            torch.stack(list(totals.values())).sum().backward()
        else:
            _backward(totals, trunk, groups, act)
        optimizer.step()


def _backward(
    totals: Mapping[str, Tensor],
    trunk: Stack,
    groups: Sequence[Group],
    act: Callable[[TaskGradients], None],
) -> None:
    """Each task's gradients by themselves, changed by a method, then summed."""
    found: dict[str, State] = {}
    for group in groups:
        trained = _trained(trunk, group)
        values = torch.autograd.grad(totals[group.task], list(trained.values()))
        found[group.task] = dict(zip(trained, values, strict=True))
    act(found)
    for group in groups:
        trained = _trained(trunk, group)
        for name, gradient in found[group.task].items():
            one = trained[name]
            # Fused optimizers read memory in the parameter's order, whatever the gradient's.
            gradient = gradient.contiguous()
            one.grad = gradient if one.grad is None else one.grad + gradient


def _trained(trunk: Stack, group: Group) -> State:
    """The parameters that a task's loss trains, by the names a method knows."""
    every = {f"trunk.{name}": one for name, one in trunk.parameters.items()}
    every |= {f"head.{name}": one for name, one in group.heads.parameters.items()}
    return {name: one for name, one in every.items() if one.requires_grad}


def vectorised(losses: Callable[..., Tensor], *arguments: Any) -> Tensor:
    """Every member's loss [m].

    Raises:
        GradSplitError: The networks or losses cannot be vectorised.
    """
    try:
        return losses(*arguments)
    except RuntimeError as wrong:
        if out_of_memory(wrong):
            raise
        raise GradSplitError(
            "This task set's networks or losses cannot be computed for many runs at once: "
            f"{str(wrong).splitlines()[0]} Train its runs one by one (executor in-process or "
            "processes), or write them with tensor operations only."
        ) from wrong


def check_vectorisable(module: nn.Module) -> None:
    """Refuse layers that would make members differ from runs of their own."""
    kind = type(module).__name__
    if isinstance(module, nn.modules.batchnorm._NormBase) and module.track_running_stats:
        raise GradSplitError(
            f"The network has a {kind}, whose running statistics cannot be trained for many runs "
            "at once. Use GroupNorm, or train the runs one by one."
        )
    if isinstance(module, nn.modules.dropout._DropoutNd) and module.p > 0:
        raise GradSplitError(
            f"The network has a {kind}, which would draw other numbers than a run of its own. "
            "Take it out, or train the runs one by one."
        )


def _write_back(
    trunk: Stack, groups: Sequence[Group], networks: Sequence[MultiTaskNetwork]
) -> None:
    """Put the trained slices into the members' networks."""
    trunk.write_to([network.trunk for network in networks])
    for group in groups:
        group.heads.write_to([networks[member].head(group.task) for member in group.members])


def _losses_of(
    member: int, groups: Sequence[Group], histories: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """A member's losses by task, [steps] each."""
    numbers = {group.task: group.number(member) for group in groups}
    return {
        task: histories[task][:, number] for task, number in numbers.items() if number is not None
    }


def _fitted(
    network: MultiTaskNetwork, losses: Mapping[str, Tensor], taskset: TaskSet, seconds: float
) -> Fitted | GradSplitError:
    """One member's result."""
    try:
        values = {task: finite_losses(found, task) for task, found in losses.items()}
    except GradSplitError as wrong:
        return wrong
    return Fitted(network, score(network, taskset), values, seconds)
