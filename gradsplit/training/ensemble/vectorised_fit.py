"""Many runs as one vectorised program: stacked parameters, one forward a task, one optimizer.

A small network leaves a processor idle between its many small operations. Runs do not depend on
each other, so their parameters are stacked along a new first axis and every operation is done for
all of them at once. The gradient of the sum of all losses with respect to a member's slice is the
gradient of that member's own loss, and the optimizers act on every number alone, so each member is
trained exactly as `gradsplit.training.fit.fit` trains it, up to rounding.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence

import torch
from torch import Tensor
from torch.func import vmap

from gradsplit.errors import GradSplitError
from gradsplit.training.device import check_device
from gradsplit.training.ensemble.diverged_members import DivergedMembers
from gradsplit.training.ensemble.stacked_modules import StackedModules, State
from gradsplit.training.ensemble.task_members import TaskMembers, member_loss, members_by_task
from gradsplit.training.ensemble.vectorising import (
    Runs,
    check_vectorisable,
    initial_networks,
    vectorised,
)
from gradsplit.training.fit import Fitted, check_run
from gradsplit.training.methods.method import Method, TaskGradients
from gradsplit.training.network import MultiTaskNetwork
from gradsplit.training.optimizers import learning_rate, make_optimizer, set_own_rate
from gradsplit.training.precision import forward_precision
from gradsplit.training.recent_losses import LOOK_EVERY, finite_histories
from gradsplit.training.recipe import Recipe
from gradsplit.training.scoring import scores_with_side
from gradsplit.training.taskset import TaskSet, keeping_recipe
from gradsplit.training.watched_learning import LearningWatch, earlier_step


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
        whose loss was not finite; the others are not disturbed by it, and a note tells of it as
        soon as it is seen.

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
    check_device(device, here=True)
    place = torch.device(device)
    sets = {seed: keeping_recipe(taskset, taskset.for_seed(seed)) for _, seed in runs}
    networks = initial_networks(sets, runs, place)
    for module in networks[0].modules():
        check_vectorisable(module)
    by_task = members_by_task(taskset, networks, [seed for _, seed in runs], place)
    trunk = StackedModules.of([network.trunk for network in networks])
    act = None
    if method is not None:
        if len({frozenset(tasks) for tasks, _ in runs}) > 1:
            raise GradSplitError("Runs of a method are trained together only with the same tasks.")
        act = method.together(networks[0], taskset)
    make = make_optimizer if method is None else method.optimizer
    watches = {} if method is not None else _watches(sets, runs)

    def look() -> None:
        _write_back(trunk, by_task, networks)
        for member, watch in watches.items():
            watch.look(networks[member])

    _train(taskset, trunk, by_task, sets, act, make, look if watches else None)
    _write_back(trunk, by_task, networks)
    share = (time.perf_counter() - started) / len(runs)
    histories = {members.task: torch.stack(members.history) for members in by_task}
    losses = [_losses_of(member, by_task, histories) for member in range(len(runs))]
    return [
        _fitted(network, losses[member], sets[seed], share, watches.get(member))
        for member, (network, (_, seed)) in enumerate(zip(networks, runs, strict=True))
    ]


def _watches(sets: Mapping[int, TaskSet], runs: Runs) -> dict[int, LearningWatch]:
    """Member -> who watches it, of the single-task runs."""
    return {
        member: LearningWatch(sets[seed])
        for member, (tasks, seed) in enumerate(runs)
        if len(tasks) == 1
    }


def _train(
    taskset: TaskSet,
    trunk: StackedModules,
    by_task: Sequence[TaskMembers],
    sets: dict[int, TaskSet],
    act: Callable[[TaskGradients], None] | None,
    make: Callable[[Recipe, Iterable[Tensor]], torch.optim.Optimizer],
    look: Callable[[], None] | None,
) -> None:
    """Train in place, and have someone look when half of the steps are done.

    It ends early when all members have diverged.
    """
    recipe = taskset.recipe
    diverged = DivergedMembers(by_task, 1 + max(max(members.numbers) for members in by_task))
    stacks = [trunk, *(members.heads for members in by_task)]
    optimizer = make(recipe, [value for stack in stacks for value in stack.parameters.values()])
    if recipe.head_rate != 1:
        heads = [value for stack in stacks[1:] for value in stack.parameters.values()]
        set_own_rate(optimizer, heads, recipe.head_rate)
    sources = [
        [iter(sets[seed].batches(members.task, seed)) for seed in members.seeds]
        for members in by_task
    ]
    losses_at = next(iter(trunk.parameters.values())).device
    computed = [vmap(member_loss(taskset, trunk, members)) for members in by_task]
    for step in range(recipe.steps):
        if look is not None and step == earlier_step(recipe.steps):
            look()
        for options in optimizer.param_groups:
            options["lr"] = learning_rate(recipe, step) * options.get("rate", 1.0)
        optimizer.zero_grad()
        totals: dict[str, Tensor] = {}
        for members, source, compute in zip(by_task, sources, computed, strict=True):
            batch = members.batch(source)
            shared = {name: value[members.index] for name, value in trunk.state().items()}
            with forward_precision(taskset, losses_at):
                losses = vectorised(compute, shared, members.heads.state(), *batch)
            members.history.append(losses.detach())
            totals[members.task] = recipe.weights.get(members.task, 1.0) * losses.sum()
        if act is None:
            torch.stack(list(totals.values())).sum().backward()
        else:
            _backward(totals, trunk, by_task, act)
        optimizer.step()
        if (step + 1) % LOOK_EVERY == 0 and diverged.all_have(recipe.steps):
            return


def _backward(
    totals: Mapping[str, Tensor],
    trunk: StackedModules,
    by_task: Sequence[TaskMembers],
    act: Callable[[TaskGradients], None],
) -> None:
    """Each task's gradients by themselves, changed by a method, then summed."""
    gradients: dict[str, State] = {}
    for members in by_task:
        trained = _trained(trunk, members)
        values = torch.autograd.grad(totals[members.task], list(trained.values()))
        gradients[members.task] = dict(zip(trained, values, strict=True))
    act(gradients)
    for members in by_task:
        trained = _trained(trunk, members)
        for name, gradient in gradients[members.task].items():
            parameter = trained[name]
            # Fused optimizers read memory in the parameter's order, whatever the gradient's.
            gradient = gradient.contiguous()
            summed = gradient if parameter.grad is None else parameter.grad + gradient
            parameter.grad = summed


def _trained(trunk: StackedModules, members: TaskMembers) -> State:
    """The parameters that a task's loss trains, by the names a method knows."""
    every = {f"trunk.{name}": value for name, value in trunk.parameters.items()}
    every |= {f"head.{name}": value for name, value in members.heads.parameters.items()}
    return {name: value for name, value in every.items() if value.requires_grad}


def _write_back(
    trunk: StackedModules, by_task: Sequence[TaskMembers], networks: Sequence[MultiTaskNetwork]
) -> None:
    """Put the trained slices into the members' networks."""
    trunk.write_to([network.trunk for network in networks])
    for members in by_task:
        members.heads.write_to([networks[number].head(members.task) for number in members.numbers])


def _losses_of(
    member: int, by_task: Sequence[TaskMembers], histories: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """A member's losses by task, [steps] each."""
    return {
        members.task: histories[members.task][:, members.numbers.index(member)]
        for members in by_task
        if member in members.numbers
    }


def _fitted(
    network: MultiTaskNetwork,
    losses: Mapping[str, Tensor],
    taskset: TaskSet,
    seconds: float,
    watch: LearningWatch | None,
) -> Fitted | GradSplitError:
    """One member's result."""
    try:
        values = finite_histories(losses, taskset.recipe.steps)
    except GradSplitError as wrong:
        return wrong
    scores = scores_with_side(network, taskset, None if watch is None else watch.around)
    side = scores.side if watch is None else scores.side | watch.side_scores()
    return Fitted(network, scores.judged, values, seconds, side)
