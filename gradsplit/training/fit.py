"""The reference training: any subset of a task set's tasks, with or without a gradient mask."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import torch

from gradsplit.errors import GradSplitError
from gradsplit.training.checkpoint import Checkpoint
from gradsplit.training.device import check_device
from gradsplit.training.loop import Training
from gradsplit.training.methods.masked.gradsplit import MaskedTraining
from gradsplit.training.methods.method import Method
from gradsplit.training.methods.multi_head import MultiHead
from gradsplit.training.network import MultiTaskNetwork
from gradsplit.training.recent_losses import check_finite
from gradsplit.training.scoring import scores_with_side
from gradsplit.training.seeding import seeded
from gradsplit.training.step import Observe, OnStep
from gradsplit.training.taskset import TaskSet, keeping_recipe
from gradsplit.training.team.refused import check_method, for_team
from gradsplit.training.team.team import Team
from gradsplit.training.team.workers import workers_of
from gradsplit.training.watched_learning import LearningWatch
from relations.loss_curves import LossCurve
from relations.running.stopping import ending_on_request
from relations.runs import Outcome, Run
from relations.side_scores import scored
from relations.tasks import check_known, check_unique

if TYPE_CHECKING:
    from relations.mask import GradientMask


@dataclass(frozen=True)
class Fitted:
    """A finished training.

    Attributes:
        network: The trained network, in evaluation mode.
        scores: The metric of each task on held-out data.
        losses: The unweighted training loss of each task, one value a step.
        seconds: Wall time of set-up, training and scoring.
        side: Side scores of the task set's metrics, by names such as "reid@rank-1", NaN where one
            is not known; with `watch` those too that tell whether the tasks were learnt, "pose@1/2"
            (after half of the steps) and "pose@constant" (of an answer that is the same for every
            sample).
    """

    network: MultiTaskNetwork = field(repr=False)
    scores: dict[str, float]
    losses: dict[str, list[float]] = field(repr=False)
    seconds: float
    side: dict[str, float] = field(default_factory=dict)

    def outcome(self, run: Run) -> Outcome:
        """What a ledger keeps of it: scores, side scores and loss curves."""
        curves = {task: LossCurve.of(losses) for task, losses in self.losses.items()}
        return replace(scored(run, self.scores | self.side), curves=curves)

    def __str__(self) -> str:
        """The scores and the last losses, a line a task."""
        width = max(map(len, ("task", *self.scores)))
        lines = [f"{'task':{width}}  {'score':>10}  {'last loss':>10}"]
        lines += [
            f"{task:{width}}  {score:10.4g}  {self.losses[task][-1]:10.4g}"
            for task, score in self.scores.items()
        ]
        steps = max(map(len, self.losses.values()))
        return "\n".join([*lines, f"{steps} steps, {self.seconds:.1f} s"])


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
    watch: bool = False,
    checkpoint: Checkpoint | None = None,
    team: Team | None = None,
) -> Fitted:
    """Train one network for some tasks of a task set and score it on held-out data.

    A step takes one batch of every task, adds up the weighted losses' gradients and makes one
    optimizer step. The number of steps is the recipe's whatever the tasks, so single-task, pair and
    joint runs see the same number of batches of each task. Runs of one seed share the initial
    trunk, the heads of their common tasks and the order of those tasks' data. On a CPU, with one
    version of torch, the result is the same for the same seed. On CUDA it need not be: convolutions
    add up in any order there, and the difference grows with the steps. What torch has against it is
    `torch.use_deterministic_algorithms(True)`, which raises at an operation that has no ordered
    way. The caller's random state is left alone. Cost: the recipe's steps, one forward and backward
    of every task each.

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
        watch: Score the tasks once before the end as well, and a constant answer; the training
            itself stays the same.
        checkpoint: What the run goes on from to the same bits, and where it is kept now and then;
            the caller removes it. With an observer, or a method whose `can_go_on` is false, nothing
            is kept, which is said when it would be for the first time.
        team: The processes that train the run together, each a part of every batch, to the result
            of one process up to rounding. All of them call this alike, on their own devices; the
            leader alone has a checkpoint, draws the data and scores. See `docs/clusters.md`.

    Raises:
        TaskError: A task is unknown or doubled.
        TaskSetError: The task set breaks its contract during the run.
        MaskMismatchError: The mask lacks a task of the run.
        GradSplitError: There is no such device, options exclude each other, or a team would not
            come to the result of one process.
        DivergedError: A loss or a weight is not finite.

    Example:
        >>> from gradsplit.tasksets.registry import load_taskset
        >>> fitted = fit(load_taskset("planted", {"steps": 3}), ("quiet",), seed=0)
        >>> list(fitted.scores), len(fitted.losses["quiet"])
        (['quiet'], 3)
    """
    started = time.perf_counter()
    tasks = tuple(tasks)
    check_run(tasks, taskset)
    check_device(device, here=True)
    method = _method(method, mask, modules)
    workers = workers_of(team)
    taskset = keeping_recipe(taskset, taskset.for_seed(seed))
    watched = LearningWatch(taskset) if watch else None
    run = Training(
        taskset,
        _network(method, taskset, tasks, seed, team).to(device),
        seed,
        method.optimizer,
        on_step=on_step,
        observe=observe if watched is None else watched.observing(observe),
        checkpoint=checkpoint,
        goes_on=observe is None and method.can_go_on,
        workers=workers,
    )
    if watched is not None:
        run.keep(watched, "earlier")
    try:
        softly = checkpoint is not None or team is not None
        with ending_on_request(softly=softly), seeded(seed, "training"):
            method.train(run)
    finally:
        run.end_batches()
    losses = run.losses()
    check_finite(run.network)
    around = None if watched is None else watched.around
    scores = workers.from_leader(lambda: scores_with_side(run.network, taskset, around))
    run.network.eval()
    side = scores.side if watched is None else scores.side | watched.side_scores()
    return Fitted(run.network, scores.judged, losses, time.perf_counter() - started, side)


def _network(
    method: Method, taskset: TaskSet, tasks: tuple[str, ...], seed: int, team: Team | None
) -> MultiTaskNetwork:
    """The initial network, as one process or a team trains it."""
    if team is None:
        return method.network(taskset, tasks, seed)
    check_method(method)
    return for_team(method.network(taskset, tasks, seed), team)


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
