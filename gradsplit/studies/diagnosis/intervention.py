"""Interventions: trainings of a pair that each take one possible cause of harm away."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gradsplit.errors import GradSplitError
from gradsplit.studies.variant_runs import options_digest
from gradsplit.training.trail import NO_TRAIL, Trail

if TYPE_CHECKING:
    from gradsplit.training.methods.method import Method
    from gradsplit.training.taskset import TaskSet
    from gradsplit.training.trainer import TaskSetTrainer

Edge = tuple[str, str]
"""(source, target)."""


@dataclass(frozen=True)
class Intervention:
    """A way to train an edge's tasks once more.

    Attributes:
        name: Short, for tables.
        cause: Name of the cause that it takes away.
        edge: (source, target).
        method: How the pair is trained; multi-head when None.
        steps: Factor on the recipe's steps.
        change: Task set -> the task set that is trained instead, e.g. one with a wider trunk or
            another recipe. It starts from the recipe that it is given.
        label: What steps and change make of the task set, in the name of its runs in the ledger:
            equal for equal trainings of different edges, so that these are trained once. Needed
            where there is no method.
        alone_too: Whether the target is trained alone in this way as well, as what the pair is
            held against; otherwise that is the probe's single-task run.
        pair: Whether the pair is trained; otherwise the target alone, against the probe's
            single-task run.
        source_stays: Whether the source is trained as itself; its score says nothing otherwise.
        stages: Stages that it withholds the source's gradient from, or gives each task for itself.

    Raises:
        GradSplitError: There is neither a label nor a method.

    Example:
        >>> wide = Intervention(
        ...     "2x the width", "capacity", ("reid", "pose"), label="width x2", alone_too=True,
        ...     change=lambda taskset: taskset.with_width(2.0))
        >>> wide.variant, wide.cost
        ('diagnosis width x2', 1.5)
    """

    name: str
    cause: str
    edge: Edge
    method: "Method | None" = None
    steps: int = 1
    change: "Callable[[TaskSet], TaskSet] | None" = field(default=None, compare=False)
    label: str = ""
    alone_too: bool = False
    pair: bool = True
    source_stays: bool = True
    stages: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.method is None and not self.label:
            raise GradSplitError(
                f"The intervention {self.name!r} needs a `label` for its runs in the ledger, as it "
                'has no method, such as label="width x2": others would be taken for it.'
            )

    @property
    def runs(self) -> list[tuple[str, ...]]:
        """The tasks of each of its runs, for one seed."""
        alone = [self.edge[1:]] if self.alone_too or not self.pair else []
        return [*alone, self.edge] if self.pair else alone

    @property
    def cost(self) -> float:
        """Trainings a seed in pair runs: steps times tasks, one pair run of the probe being 1."""
        return self.steps * sum(len(tasks) for tasks in self.runs) / 2

    @property
    def variant(self) -> str:
        """The name of its runs in the ledger; equal trainings of different edges share it."""
        if self.method is None:
            return f"diagnosis {self.label}"
        return f"{self.method.name} #{options_digest(self.method)} {self.label}".strip()

    @property
    def vectorised(self) -> bool:
        """Whether its runs can be trained as one vectorised program, if the task set's can."""
        from gradsplit.training.methods.method import Method

        return self.method is None or type(self.method).together is not Method.together

    def changed(self, taskset: "TaskSet") -> "TaskSet":
        """The task set that its runs are of.

        Raises:
            TaskSetError: It cannot be changed in this way.
        """
        from gradsplit.training.taskset import keeping_recipe

        if self.steps != 1:
            taskset = taskset.with_recipe(steps=self.steps * taskset.recipe.steps)
        if self.change is None:
            return taskset
        changed = self.change(taskset)
        # `with_recipe` leaves a recipe in the object; without one, making it lost the original's.
        return changed if "recipe" in vars(changed) else keeping_recipe(taskset, changed)

    def trainer(self, taskset: "TaskSet", device: str, trail: Trail = NO_TRAIL) -> "TaskSetTrainer":
        """The trainer of its runs; raises what `changed` does."""
        from gradsplit.training.trainer import TaskSetTrainer

        return TaskSetTrainer(self.changed(taskset), device=device, method=self.method, trail=trail)
