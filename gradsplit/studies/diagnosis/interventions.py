"""Interventions: trainings of a pair that each take one possible cause of harm away."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gradsplit.studies.diagnosis.causes import CAPACITY, DATA, SCALE, STAGE, UNFINISHED
from gradsplit.studies.diagnosis.swapped_labels import ForeignData
from gradsplit.training.methods.gradsplit import MaskedTraining
from gradsplit.training.methods.last_stage import LastStage
from gradsplit.training.methods.method import Method
from gradsplit.training.methods.quiet_source import QuietSource
from gradsplit.training.methods.separate_moments import SeparateMoments
from gradsplit.training.taskset import keeping_recipe
from gradsplit.training.trainer import TaskSetTrainer
from relations.mask import GradientMask

if TYPE_CHECKING:
    from gradsplit.training.taskset import TaskSet

LONGER = 2
"""Factor on the steps."""
WIDER = 2.0
"""Factor on the trunk's width; its inverse is a target's share in a trunk for two."""


@dataclass(frozen=True)
class Intervention:
    """A way to train an edge's tasks once more.

    Attributes:
        name: Short, for tables.
        cause: The cause it takes away.
        edge: (source, target).
        steps: Factor on the recipe's steps.
        width: Factor on the trunk's width.
        method: How the pair is trained; multi-head when None.
        single: Whether the target is trained alone in this way, as what the pair is held against;
            otherwise the probe's single-task run is.
        pair: Whether the pair is trained.
        stages: The stages that it withholds the source's gradient from, or gives each task for
            itself.
        foreign: Whether the source has the target's labels, on its own inputs.
    """

    name: str
    cause: str
    edge: tuple[str, str]
    steps: int = 1
    width: float = 1.0
    method: Method | None = None
    single: bool = False
    pair: bool = True
    stages: tuple[str, ...] = ()
    foreign: bool = False

    @property
    def cost(self) -> float:
        """Trainings a seed in pair runs: steps times tasks, one pair run of the probe being 1."""
        return self.steps * (0.5 * self.single + 1.0 * self.pair)

    @property
    def variant(self) -> str:
        """The name of its runs in the ledger; equal trainings of different edges share it."""
        if self.method is not None:
            text = json.dumps(self.method.settings(), sort_keys=True)
            return f"{self.method.name} #{hashlib.sha256(text.encode()).hexdigest()[:8]}"
        if self.foreign:
            return f"diagnosis {self.edge[0]} with the labels of {self.edge[1]}"
        return f"diagnosis steps x{self.steps} width x{self.width:g}"

    @property
    def vectorised(self) -> bool:
        """Whether its runs can be trained as one vectorised program, if the task set's can."""
        return self.method is None or type(self.method).together is not Method.together

    def changed(self, taskset: "TaskSet") -> "TaskSet":
        """The task set that its runs are of.

        Raises:
            TaskSetError: The trunk's width cannot be changed, or there are no such labels.
        """
        changed = taskset
        if self.width != 1:
            changed = keeping_recipe(taskset, changed.with_width(self.width))
        if self.steps != 1:
            changed = changed.with_recipe(steps=self.steps * taskset.recipe.steps)
        return ForeignData(changed, *self.edge) if self.foreign else changed

    def trainer(self, taskset: "TaskSet", device: str) -> TaskSetTrainer:
        """The trainer of its runs; raises what `changed` does."""
        return TaskSetTrainer(self.changed(taskset), device=device, method=self.method)


def longer(edge: tuple[str, str]) -> Intervention:
    """Twice the steps, the target alone and the pair."""
    return Intervention(f"{LONGER}x the steps", UNFINISHED, edge, steps=LONGER, single=True)


def quieter(edge: tuple[str, str]) -> Intervention:
    """The source's loss at the target's loudness."""
    return Intervention("source's loss turned down", SCALE, edge, method=QuietSource(*edge))


def own_moments(edge: tuple[str, str]) -> Intervention:
    """Optimizer moments for each of the two tasks."""
    return Intervention("own optimizer moments", SCALE, edge, method=SeparateMoments())


def narrow(edge: tuple[str, str]) -> Intervention:
    """The target alone in a trunk as narrow as its share: no more than room is taken from it."""
    return Intervention(
        "without the source, half the width",
        CAPACITY,
        edge,
        width=1 / WIDER,
        single=True,
        pair=False,
    )


def wider(edge: tuple[str, str]) -> Intervention:
    """Twice the width, the target alone and the pair."""
    return Intervention(f"{WIDER:g}x the width", CAPACITY, edge, width=WIDER, single=True)


def withheld(
    edge: tuple[str, str], tasks: Sequence[str], stages: Sequence[str], name: str
) -> Intervention:
    """The source's gradient kept from the target's share of some stages.

    Args:
        edge: (source, target).
        tasks: All tasks of the task set.
        stages: Names of the trunk's modules.
        name: Short, for tables.
    """
    may_update = np.ones((len(tasks), len(tasks)), dtype=bool)
    may_update[tasks.index(edge[0]), tasks.index(edge[1])] = False
    method = MaskedTraining(GradientMask(tasks, may_update), tuple(stages))
    return Intervention(name, STAGE, edge, method=method, stages=tuple(stages))


def own_stages(edge: tuple[str, str], stages: Sequence[str]) -> Intervention:
    """Some stages once for each of the two tasks."""
    name = f"{'+'.join(stages)} for each task"
    return Intervention(name, STAGE, edge, method=LastStage(tuple(stages)), stages=tuple(stages))


def other_labels(edge: tuple[str, str]) -> Intervention:
    """The source's inputs with the target's labels: its objective is gone, its data are not."""
    return Intervention("source's data, target's labels", DATA, edge, foreign=True)


def stages_of(taskset: "TaskSet") -> tuple[str, ...]:
    """The trunk's stages from first to last: its direct children that hold parameters.

    Example:
        >>> from gradsplit.tasksets.causes.task_sets import late_stage
        >>> stages_of(late_stage())
        ('early', 'late')
    """
    from gradsplit.training.seeding import seeded

    with seeded(0, "trunk"):
        trunk = taskset.trunk()
    return tuple(
        name
        for name, module in trunk.named_children()
        if any(one.requires_grad for one in module.parameters())
    )
