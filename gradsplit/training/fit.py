"""The reference training: any subset of a task set's tasks, with or without a gradient mask."""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from gradsplit.errors import GradSplitError, TaskSetError
from gradsplit.training.batches import next_batch, to_device
from gradsplit.training.methods.gradsplit import MaskedTraining
from gradsplit.training.methods.method import Losses, Method
from gradsplit.training.methods.multi_head import MultiHead
from gradsplit.training.network import MultiTaskNetwork
from gradsplit.training.optimizers import learning_rate, step_with
from gradsplit.training.seeding import seeded
from gradsplit.training.step import Batch, Observe, Step
from gradsplit.training.taskset import TaskSet, keeping_recipe
from relations.tasks import check_known, check_unique

if TYPE_CHECKING:
    from relations.mask import GradientMask

OnStep = Callable[[int, Mapping[str, Tensor]], None]
"""Called after every step with the number of steps done and each task's loss, detached."""


@dataclass(frozen=True)
class Fitted:
    """A finished training.

    Attributes:
        network: The trained network, in evaluation mode.
        scores: The metric of each task on held-out data.
        losses: The unweighted training loss of each task, one value a step.
        seconds: Wall time of set-up, training and scoring.
    """

    network: MultiTaskNetwork
    scores: dict[str, float]
    losses: dict[str, list[float]]
    seconds: float


def fit(
    taskset: TaskSet,
    tasks: Sequence[str],
    seed: int,
    *,
    mask: "GradientMask | None" = None,
    modules: Sequence[str] | None = None,
    method: Method | None = None,
    device: str | torch.device = "cpu",
    on_step: OnStep | None = None,
    observe: Observe | None = None,
) -> Fitted:
    """Train one network for some tasks of a task set and score it on held-out data.

    A step takes one batch of every task, adds up the weighted losses' gradients and makes one
    optimizer step. The number of steps is the recipe's whatever the tasks, so single-task, pair and
    joint runs see the same number of batches of each task. Runs of one seed share the initial
    trunk, the heads of their common tasks and the order of those tasks' data. On one device and
    one version of torch the result is the same for the same seed; the caller's random state is left
    alone. Cost: the recipe's steps, one forward and backward of every task each.

    Args:
        taskset: Tasks, data and networks.
        tasks: Names of the tasks to train together, one or more.
        seed: Any integer.
        mask: A gradient mask; the trunk's split modules are then trained by GradSplit.
        modules: With a mask, the trunk's modules to split instead of `taskset.split_modules`.
        method: Another way of training instead of a mask; multi-head by default.
        device: Where to train.
        on_step: Called after every step, e.g. to show progress.
        observe: Called in every step between the gradients and the optimizer's move, to measure
            without taking part; see `gradsplit.training.step.Step`.

    Raises:
        TaskError: A task is unknown or doubled.
        TaskSetError: The task set breaks its contract during the run.
        MaskMismatchError: The mask lacks a task of the run.
        GradSplitError: Options that exclude each other, or a loss that is not finite.

    Example:
        >>> from gradsplit.tasksets.registry import load_taskset
        >>> fitted = fit(load_taskset("planted", {"steps": 3}), ("quiet",), seed=0)
        >>> list(fitted.scores), len(fitted.losses["quiet"])
        (['quiet'], 3)
    """
    started = time.perf_counter()
    tasks = tuple(tasks)
    check_run(tasks, taskset)
    method = _method(method, mask, modules)
    taskset = keeping_recipe(taskset, taskset.for_seed(seed))
    place = torch.device(device)
    network = method.network(taskset, tasks, seed).to(place)
    optimizer = method.optimizer(taskset.recipe, network.parameters())
    with seeded(seed, "training"), method.training(network, taskset, seed) as backward:
        losses = _train(network, taskset, seed, backward, on_step, observe, optimizer=optimizer)
    return Fitted(network, score(network, taskset), losses, time.perf_counter() - started)


def score(network: MultiTaskNetwork, taskset: TaskSet) -> dict[str, float]:
    """The metric of each of a network's tasks on held-out data.

    The network is left in evaluation mode. Outputs are handed to the task set on the CPU.

    Args:
        network: A trained network.
        taskset: What it was trained on; `taskset.for_seed(seed)` of the run's seed where the task
            set draws its data anew for every seed.

    Raises:
        TaskSetError: A task set's `score` does not give a number.
    """
    network.eval()
    device = next(network.parameters()).device
    scores: dict[str, float] = {}
    for task in network.tasks:

        def predict(inputs: Tensor, task: str = task) -> Any:
            with torch.no_grad():
                return to_device(network(to_device(inputs, device), task), torch.device("cpu"))

        value = taskset.score(task, predict)
        try:
            scores[task] = float(value)
        except (TypeError, ValueError) as wrong:
            raise TaskSetError(
                f"`{type(taskset).__name__}.score` must give a number, gave {value!r} for `{task}`."
            ) from wrong
    return scores


def _train(
    network: MultiTaskNetwork,
    taskset: TaskSet,
    seed: int,
    backward: Callable[[Losses], None],
    on_step: OnStep | None,
    observe: Observe | None,
    *,
    optimizer: torch.optim.Optimizer,
) -> dict[str, list[float]]:
    """Train in place; the losses of each task, one value a step."""
    recipe = taskset.recipe
    device = next(network.parameters()).device
    batches = {task: iter(taskset.batches(task, seed)) for task in network.tasks}
    history: dict[str, list[Tensor]] = {task: [] for task in network.tasks}
    seen: dict[str, Batch] = {}

    def losses() -> Iterator[tuple[str, Tensor]]:
        for task, source in batches.items():
            inputs, target = to_device(next_batch(source, task), device)
            if observe is not None:
                seen[task] = inputs, target
            loss = taskset.loss(task, network(inputs, task), target)
            history[task].append(loss.detach())
            weight = recipe.weights.get(task, 1.0)
            yield task, loss if weight == 1.0 else loss * weight

    network.train()
    for number in range(recipe.steps):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(recipe, number)
        optimizer.zero_grad()
        backward(losses())
        if observe is not None:
            observe(Step(number, taskset, network, optimizer, seen))
        step_with(optimizer)
        if on_step is not None:
            on_step(number + 1, {task: values[-1] for task, values in history.items()})
    return {task: finite_losses(torch.stack(values), task) for task, values in history.items()}


def finite_losses(losses: Tensor, task: str) -> list[float]:
    """The losses [steps] of a task as numbers.

    Raises:
        GradSplitError: One is not finite.
    """
    values = losses.tolist()
    for step, value in enumerate(values):
        if not math.isfinite(value):
            raise GradSplitError(
                f"The training loss of `{task}` is {value} at step {step + 1} of {len(values)}. "
                "Lower the recipe's learning rate, warm up, or check the loss."
            )
    return values


def _method(
    method: Method | None, mask: "GradientMask | None", modules: Sequence[str] | None
) -> Method:
    if mask is not None and method is not None:
        raise GradSplitError("Give a mask or a method, not both: a mask means GradSplit.")
    if modules is not None and mask is None:
        raise GradSplitError("`modules` says what a mask splits, but there is no mask.")
    if mask is not None:
        return MaskedTraining(mask, None if modules is None else tuple(modules))
    return method or MultiHead()


def check_run(tasks: tuple[str, ...], taskset: TaskSet) -> None:
    """Refuse tasks that cannot be trained.

    Raises:
        TaskError: A task is unknown or doubled.
        GradSplitError: There is none.
    """
    if not tasks:
        raise GradSplitError(f"A run needs a task; `{taskset.name}` has {taskset.task_names}.")
    check_known(tasks, taskset.task_names)
    check_unique(tasks)
