"""Efficient Computation Sharing: sparse differences to a network of one of the tasks."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from gradsplit.errors import GradSplitError
from gradsplit.training.loop import Training
from gradsplit.training.methods.multi_head import PlainSum
from gradsplit.training.methods.own_parts.sparse_deltas.gates import Gates
from gradsplit.training.methods.own_parts.sparse_deltas.sparse_network import SparseDeltaNetwork
from gradsplit.training.methods.registry import Cost, register_method
from gradsplit.training.network import MultiTaskNetwork
from gradsplit.training.optimizers import learning_rate
from gradsplit.training.step import Step
from gradsplit.training.taskset import TaskSet


@register_method(
    "sparse-deltas",
    "one task's network, and few weights that differ from it for every other task",
    group="own parts for each task",
    cost=Cost(
        passes="T forward, T backward; T - 1 forward more in the last quarter",
        memory="5 (T - 1) trunks",
        parameters="one network and T - 1 sparse differences",
    ),
)
@dataclass(frozen=True)
class SparseDeltas(PlainSum):
    """One task is trained alone; every other task's trunk is that trunk and a sparse difference.

    In use, the other tasks compute only what differs by more than a threshold from the base task's
    activations. Source: Shoouri et al., "Efficient Computation Sharing for Multi-Task Visual Scene
    Understanding" (ICCV 2023), for single images; the formulas of the gates are those of the
    authors' code. After the base task's training, each other task k, with a head of its own, goes
    through three phases:
    1. W_k = W_base + z2 z dW_k, z a hard-concrete gate for each number and z2 one for each tensor,
       drawn in every step; its loss is L_k and a price of open gates.
    2. What is not 0 without chance stays what may differ, and is trained on.
    3. The same with the mean |x_k - x_base| of the activations x added to the loss. From then on
       x_k is x_base wherever they differ by no more than the threshold.
    Our choices: every task sees as many of its batches as in other trainings: the base task has the
    recipe's steps for itself, then the others have them together, 1/2, 1/4 and 1/4 for the phases,
    each with the recipe's schedule from its beginning (the authors train 120,000 iterations with a
    polynomial one). No clipping of gradients. Both penalties are means, so that they do not depend
    on the size of a network: the authors' 5e-8 for each gate and 2.5e-10 for each activation, with
    their ViT and a loss that counts twice, are about 2 and 0.1. Phase 2 starts with what the
    settled gates let through, where the authors' code lets all of dW through. Activations are the
    inputs of linear and convolution layers, not the outputs of some, so that the operations that
    are saved can be counted. One task alone is ordinary training.
    Known of its worth: the authors report better scores at fewer operations than multi-task
    transformers on NYUD-v2 and PASCAL-Context. It needs a base task whose features serve the
    others; nothing flows back to it, so no task can help it, or harm it. The other tasks' trunks
    have had the base task's steps before their own, twice the updates of a single-task network,
    which in short trainings makes them look better than they are. On `planted`, +14.0 +- 0.5 points
    over multi-head (5 seeds), nearly all of them of the task that a shared trunk starves. A
    comparison counts parameters, operations and what is sparse after a whole training, which is one
    more.
    Cost: T - 1 forward passes more a step in the last quarter; 5 (T - 1) trunks in memory.

    Attributes:
        base: The task that is trained alone; the run's first where None.
        penalty: Price of open gates, in units of a loss: what all of them open cost. 0 or more.
        gate_rate: Learning rate of the gates' AdamW at its peak, above 0.
        pull: Weight of the mean difference of activations, 0 or more.
        threshold: In units of the activations, 0 or more.

    Raises:
        GradSplitError: An option is out of range.
    """

    base: str | None = None
    penalty: float = 2.0
    gate_rate: float = 0.1
    pull: float = 0.1
    threshold: float = 0.15
    name: ClassVar[str] = "sparse-deltas"
    size_is_learned: ClassVar[bool] = True

    @property
    def steps_of_all(self) -> bool:
        """See `Method.steps_of_all`."""
        return False

    def __post_init__(self) -> None:
        at_least_0 = (self.penalty, self.pull, self.threshold)
        if not (
            all(value >= 0 for value in at_least_0)
            and self.gate_rate > 0
            and math.isfinite(self.gate_rate)
        ):
            raise GradSplitError(
                "Sparse deltas need penalty, pull and threshold of 0 or more and a gate_rate above "
                f"0, got {self.penalty}, {self.pull}, {self.threshold} and {self.gate_rate}."
            )

    def finished_network(
        self, taskset: TaskSet, tasks: Sequence[str], seed: int
    ) -> MultiTaskNetwork:
        """See `Method.finished_network`: the support is frozen, what differs is in the weights."""
        network, base = self.network(taskset, tasks, seed), self._base(tasks)
        if len(tasks) == 1:
            return network
        sparse = SparseDeltaNetwork(network, base)
        sparse.threshold = self.threshold
        for task in tasks:
            if task != base:
                sparse.of(task).freeze_support()
        return sparse

    def train(self, run: Training) -> None:
        """See `Method.train`.

        Raises:
            GradSplitError: The base task is not among the run's.
        """
        base = self._base(run.tasks)
        steps, others = run.recipe.steps, tuple(task for task in run.tasks if task != base)
        alone = _phase(run, steps)
        with self.training(alone) as backward:
            alone.take_steps(backward, tasks=(base,))
        run.network = alone.network
        if not others:
            return
        run.network = SparseDeltaNetwork(alone.network, base)
        gated, tuned, shared = _parts(steps)
        self._learn_gates(run, gated, others)
        self._train_on(run, tuned, others)
        _network_of(run).threshold = self.threshold
        self._train_on(run, shared, others)

    def _base(self, tasks: Sequence[str]) -> str:
        base = tasks[0] if self.base is None else self.base
        if base not in tasks:
            raise GradSplitError(
                f"The base task `{base}` must be one of the run's, which has {', '.join(tasks)}."
            )
        return base

    def _learn_gates(self, run: Training, steps: int, others: Sequence[str]) -> None:
        """Phase 1, and in its end the support."""
        phase = _phase(run, steps)
        gates = {task: _gates(phase, task) for task in others}
        alphas = [alpha for one in gates.values() for alpha in one.parameters()]
        optimizer = torch.optim.AdamW(alphas, lr=self.gate_rate)

        def move_gates(step: Step) -> None:
            share = learning_rate(phase.recipe, step.number) / phase.recipe.learning_rate
            optimizer.param_groups[0]["lr"] = self.gate_rate * share
            optimizer.step()
            optimizer.zero_grad()

        phase.add_to_losses(lambda task, _: self.penalty * gates[task].price())
        phase.after_step(move_gates)
        with self.training(phase) as backward:
            phase.take_steps(backward, tasks=others)
        run.network = phase.network
        for task in others:
            _network_of(run).of(task).freeze_support()

    def _train_on(self, run: Training, steps: int, others: Sequence[str]) -> None:
        """Phase 2, or 3 once there is a threshold."""
        phase = _phase(run, steps)
        if _network_of(phase).threshold is not None:
            phase.add_to_losses(lambda *_: self.pull * _difference(phase))
        with self.training(phase) as backward:
            phase.take_steps(backward, tasks=others)
        _network_of(phase).difference = None
        run.network = phase.network


def _phase(run: Training, steps: int) -> Training:
    """A part of the run with a schedule of its own."""
    phase = run.branch()
    phase.steps, phase.done = steps, 0
    return phase


def _parts(steps: int) -> tuple[int, int, int]:
    """Steps of the three phases.

    Example:
        >>> _parts(800), _parts(3)
        ((400, 200, 200), (2, 0, 1))
    """
    gated = math.ceil(steps / 2)
    tuned = (steps - gated) // 2
    return gated, tuned, steps - gated - tuned


def _network_of(run: Training) -> SparseDeltaNetwork:
    assert isinstance(run.network, SparseDeltaNetwork)
    return run.network


def _difference(run: Training) -> Tensor:
    difference = _network_of(run).difference
    assert difference is not None
    return difference


def _gates(run: Training, task: str) -> Gates:
    gates = _network_of(run).of(task).gates
    assert gates is not None
    return gates
