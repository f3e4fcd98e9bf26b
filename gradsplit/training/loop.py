"""The training of one run: what a method is given and may change, and the loop over steps."""

import copy
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from gradsplit.training.batches import end, to_device
from gradsplit.training.checkpoint import Checkpoint
from gradsplit.training.loss_history import LossHistory
from gradsplit.training.network import MultiTaskNetwork
from gradsplit.training.optimizers import learning_rate, set_own_rate, step_with
from gradsplit.training.precision import forward_precision
from gradsplit.training.recent_losses import LOOK_EVERY, RecentLosses, finite_losses
from gradsplit.training.recipe import Recipe
from gradsplit.training.snapshot import Kept, put_back, taken
from gradsplit.training.step import Backward, Batch, Losses, Observe, OnStep, Step
from gradsplit.training.taskset import TaskSet
from gradsplit.training.team.workers import Alone
from relations.running.stopping import Stopped

MakeOptimizer = Callable[[Recipe, Iterable[Tensor]], torch.optim.Optimizer]
Around = Callable[[Backward, Losses], None]
"""A step of something on top of a method: the method's own backward, and the step's losses."""
Term = Callable[[str, Batch], Tensor | None]
"""What is added to a task's loss of a batch, right after that was computed; None adds nothing."""


class Training:
    """One run in training.

    Args:
        taskset: Tasks, data and recipe, as the run's seed sees them.
        network: The initial network, on its device, with the run's tasks in `network.tasks`.
        seed: The run's seed.
        make_optimizer: Makes the optimizer, here and of every branch.
        on_step: See `gradsplit.training.fit.fit`.
        observe: See `gradsplit.training.fit.fit`.
        checkpoint: What the training goes on from, and where it is kept until it is finished.
        goes_on: Whether that can be: all that it changes is known, see `keep`.
        workers: Who does a step: this process, or every process of a team a part.
        rehearsal: It is only begun, to see whether it can be: nothing is trained beforehand.

    Attributes:
        taskset: See above.
        seed: See above.
        tasks: The run's tasks.
        device: Where the network is.
        network: What is trained, and in the end what is kept and scored. A method that uses other
            parts in training than afterwards puts another network here after its last step.
        optimizer: Of the network's parameters.
        steps: Steps of the whole training, over which the learning rate is scheduled: the recipe's,
            unless a method whose steps train some of the tasks only sets more.
        done: Steps that are done.
        batches: The current step's batch of each task that was reached; filled after
            `keep_batches`.
        history: The unweighted losses of each task so far.
        sources: Where each task's batches come from; empty where another process has them.
        drawn: Each task's last batch as it came, where the training can go on.
    """

    def __init__(
        self,
        taskset: TaskSet,
        network: MultiTaskNetwork,
        seed: int,
        make_optimizer: MakeOptimizer,
        *,
        on_step: OnStep | None = None,
        observe: Observe | None = None,
        checkpoint: Checkpoint | None = None,
        goes_on: bool = True,
        workers: Alone | None = None,
        rehearsal: bool = False,
    ) -> None:
        self._workers, self.rehearsal = workers or Alone(), rehearsal
        self.taskset, self.network, self.seed = taskset, network, seed
        self.tasks, self.device = network.tasks, next(network.parameters()).device
        self.optimizer = make_optimizer(taskset.recipe, network.parameters())
        self.steps, self.done = taskset.recipe.steps, 0
        self.batches: dict[str, Batch] = {}
        if taskset.recipe.head_rate != 1:
            self.own_rate(network.heads.parameters(), taskset.recipe.head_rate)
        self._make_optimizer = make_optimizer
        self.sources = self._opened()
        self.history = {task: LossHistory() for task in self.tasks}
        self.drawn: dict[str, Batch] = {}
        self._checkpoint = checkpoint if goes_on else None
        self._unkept, self._kept = None if goes_on else checkpoint, list[Kept]()
        self._recent, self._around = RecentLosses(), list[Around]()
        self._terms: list[Term] = []
        self._after: list[Observe] = []
        self._on_step, self._observe = on_step, observe
        self._keeps_batches = observe is not None

    @property
    def recipe(self) -> Recipe:
        """How the network is trained, with the steps of this training."""
        recipe = self.taskset.recipe
        if self.steps == recipe.steps:
            return recipe
        warmup = round(recipe.warmup * self.steps / recipe.steps)
        return replace(recipe, steps=self.steps, warmup=warmup)

    @property
    def trunk_parameters(self) -> list[nn.Parameter]:
        """The parameters of the trunk that are trained: those that tasks share."""
        return [one for one in self.network.trunk.parameters() if one.requires_grad]

    @property
    def trained_parameters(self) -> list[nn.Parameter]:
        """All that the optimizer moves: of the network, and what a method trains besides it."""
        return [one for group in self.optimizer.param_groups for one in group["params"]]

    def keep_batches(self) -> None:
        """Keep each step's batches until the next, in `batches`."""
        self._keeps_batches = True

    def after_step(self, act: Observe) -> None:
        """Have something done after every move of the optimizer, on the batches of the step."""
        self.keep_batches()
        self._after.append(act)

    def wrap(self, act: Around) -> None:
        """Have every step done by something on top of a method; what comes first is outermost."""
        self._around.append(act)

    def add_to_losses(self, term: Term) -> None:
        """Have a term added to a task's loss in every step, before anything weighs the loss.

        The history of losses is without it.
        """
        self._terms.append(term)

    def keep(self, of: object, *names: str) -> None:
        """Have attributes of something in the checkpoints, as they change from step to step.

        Args:
            of: Something that a method uses, such as running means.
            names: Which of its attributes; see `gradsplit.training.snapshot.Kept`.
        """
        self._kept.append(Kept(of, names))

    def own_rate(
        self,
        parameters: Iterable[nn.Parameter],
        factor: float = 1.0,
        *,
        weight_decay: float | None = None,
    ) -> None:
        """Train parameters, of the network or besides it, at `factor` times the learning rate.

        Args:
            parameters: Which.
            factor: Times the scheduled rate.
            weight_decay: The recipe's when None.
        """
        set_own_rate(self.optimizer, parameters, factor, weight_decay)

    def branch(self) -> "Training":
        """The same run on a copy of the network, from here on.

        Data and history go on in common; the optimizer and what was set up by `after_step`,
        `add_to_losses` and `own_rate` starts anew.
        """
        network = copy.deepcopy(self.network)
        branch = Training(
            self.taskset, network, self.seed, self._make_optimizer, on_step=self._on_step
        )
        branch.steps, branch.done = self.steps, self.done
        branch.sources, branch.history = self.sources, self.history
        branch._recent = self._recent
        branch._around, branch.batches = self._around, self.batches
        branch._keeps_batches = self._keeps_batches
        return branch

    def take_steps(
        self, backward: Backward, count: int | None = None, tasks: Sequence[str] | None = None
    ) -> None:
        """Train the network in place.

        Args:
            backward: Makes gradients of the losses of a step.
            count: How many steps, those of a checkpoint among them; all that are left when None.
            tasks: Whose losses these steps have; those of all tasks when None.
        """
        for act in reversed(self._around):
            backward = _inside(act, backward)
        chosen = self.tasks if tasks is None else tuple(tasks)
        self.network.train()
        last = self.steps if count is None else self.done + count
        if not self.done:
            self._go_on()
        while self.done < last:
            self._take_step(backward, chosen)
            self._keep()

    def end_batches(self) -> None:
        """End what makes batches, when nothing is trained any more."""
        end(self.sources.values())

    def losses(self) -> dict[str, list[float]]:
        """The unweighted losses of each task, one value for each step that had it.

        Raises:
            DivergedError: One is not finite.
        """
        self._recent.look(self.steps)
        history = {task: seen.all() for task, seen in self.history.items() if seen}
        return {task: finite_losses(values, task) for task, values in history.items()}

    def last_losses(self) -> dict[str, Tensor]:
        """The unweighted loss of each task in the last step that had it, detached."""
        return {task: seen.last for task, seen in self.history.items() if seen}

    def _opened(self) -> dict[str, Iterator[Batch]]:
        if not self._workers.leads:
            return {}
        return {task: iter(self.taskset.batches(task, self.seed)) for task in self.tasks}

    def _go_on(self) -> None:
        """Go on from the checkpoint, if there is one of this run; all processes from the same."""
        content = self._workers.state_from_leader(self._put_back)
        if content is not None and not self._workers.leads:
            put_back(self, self._kept, content)

    def _put_back(self) -> dict[str, Any] | None:
        """What was gone on from; None where the run begins."""
        content = None if self._checkpoint is None else self._checkpoint.read()
        if self._checkpoint is None or content is None or put_back(self, self._kept, content):
            return content
        self._checkpoint.refuse("is of data that this task set does not give again")
        self.end_batches()
        self.sources = self._opened()
        return None

    def _keep(self) -> None:
        """Write the checkpoint when it is time.

        Raises:
            Stopped: The process was asked to end.
        """
        stopping = self._workers.is_stopping()
        ends = self.done == self.steps
        if self._checkpoint is not None and (stopping or self._checkpoint.is_due(ends=ends)):
            self._checkpoint.write(taken(self, self._kept))
        if self._unkept is not None and self._unkept.is_due():
            self._unkept.cannot_be_kept()
            self._unkept = None
        if stopping:
            self._workers.wait()  # who ends early has torchrun end the one that writes
            raise Stopped

    def _take_step(self, backward: Backward, tasks: Sequence[str]) -> None:
        rate = learning_rate(self.recipe, self.done)
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group.get("rate", 1.0)
        self.optimizer.zero_grad()
        backward(self._losses(tasks))
        if self._observe is not None:
            self._observe(self._now())
        step_with(self.optimizer)
        for act in self._after:
            act(self._now())
        self.done += 1
        if self.done % LOOK_EVERY == 0:
            self._recent.look(self.steps)
        if self._on_step is not None:
            self._on_step(self.done, self.last_losses())

    def _losses(self, tasks: Sequence[str]) -> Iterator[tuple[str, Tensor]]:
        self.batches.clear()
        for task in tasks:
            batch = self._workers.batch(self.sources, task)
            if self._checkpoint is not None:
                self.drawn[task] = batch
            inputs, target = to_device(batch, self.device)
            if self._keeps_batches:
                self.batches[task] = inputs, target
            with forward_precision(self.taskset, self.device):
                output = self._workers.output(self.network, inputs, task)
                loss = self.taskset.loss(task, output, target)
            self.history[task].append(loss.detach())
            self._recent.note(task, self.done + 1, self.history[task].last)
            for term in self._terms:
                with forward_precision(self.taskset, self.device):
                    more = term(task, (inputs, target))
                loss = loss if more is None else loss + more
            weight = self.taskset.recipe.weights.get(task, 1.0)
            yield task, loss if weight == 1.0 else loss * weight

    def _now(self) -> Step:
        return Step(self.done, self.taskset, self.network, self.optimizer, self.batches)


def _inside(act: Around, backward: Backward) -> Backward:
    return lambda losses: act(backward, losses)
