"""KD-MTL: shared features stay near to those of each task's own network."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from torch import Tensor

from gradsplit.errors import GradSplitError
from gradsplit.training.loop import Training
from gradsplit.training.methods.distilled.feature_distance import FeatureDistance
from gradsplit.training.methods.distilled.heard_features import HeardFeatures
from gradsplit.training.methods.distilled.teacher import Teacher
from gradsplit.training.methods.multi_head import PlainSum
from gradsplit.training.methods.registry import Cost, register_method
from gradsplit.training.seeding import seeded
from gradsplit.training.step import Backward, Batch


@register_method(
    "kd-mtl",
    "multi-head, its features held near to those of each task's single-task network",
    group="one network",
    cost=Cost(
        passes="2 T forward, T backward; before, T single-task trainings, or none of kept teachers",
        memory="T networks",
    ),
)
@dataclass(frozen=True)
class KdMtl(PlainSum):
    """The network of each task alone is trained first, and then teaches its features to the shared.

    Source: Li and Bilen, "Knowledge Distillation for Multi-task Learning" (ECCV 2020 workshops,
    arXiv 2007.06889), as in the authors' code (github.com/VICO-UoE/KD4MTL). To task t's
    loss comes lambda_t |A_t f / |A_t f| - f_t / |f_t||^2, the mean over samples and positions of
    the squared distance between vectors of channels at length 1. f are the shared features of the
    task's batch, f_t those of its frozen teacher, A_t a matrix of channels (a 1 x 1 convolution
    without bias) that is trained along; 0.000001 is added to squared lengths.
    Our choices: lambda_t is `strength` times the recipe's weight of the task, where the authors set
    1, 1 and 2 by hand; features are what the trunk gives its heads, where they take two layers of a
    SegNet (`modules` names others); A_t is trained by the recipe's optimizer and schedule, where
    they have Adam at a constant rate; teachers are in evaluation mode, where theirs are not.
    Channels are the second dimension of four or more, else the last. What goes on top of the method
    weighs the distance with the loss. One task alone is ordinary training.
    The teachers are the single-task runs of the same seed. They are trained anew for every run, or
    read from the networks that a probe has kept (`teachers`); scores are the same to the last bit.
    What is known of its worth: its authors compare it with loss weights (DWA, GradNorm, MGDA,
    uncertainty) on NYUv2 and report it above them, with teachers chosen among 200 epochs by their
    losses.
    Cost: T single-task trainings first, unless teachers are kept; then T frozen networks in memory
    and T passes through their trunks a step.

    Attributes:
        strength: Factor of the distances, 0 or more; with 0 it is multi-head training.
        rate: Learning rate of A_t at the schedule's peak.
        weight_decay: Of A_t.
        modules: Names of the trunk's modules whose outputs are features; the trunk where None.
        teachers: The folder `networks` of a probe or a comparison that trained these tasks alone
            with these seeds and `--keep-networks`; where None they are trained. Networks of another
            task set, other options or kind of device are refused; those of another number of steps
            are not used.

    Raises:
        GradSplitError: An option is out of range.
    """

    strength: float = 1.0
    rate: float = 0.1
    weight_decay: float = 5e-4
    modules: tuple[str, ...] | None = None
    teachers: str | None = None
    name: ClassVar[str] = "kd-mtl"
    goes_on: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not (self.strength >= 0 and self.rate > 0 and self.weight_decay >= 0):
            raise GradSplitError(
                "kd-mtl needs strength >= 0, rate > 0 and weight_decay >= 0, got "
                f"{self.strength}, {self.rate} and {self.weight_decay}."
            )
        if self.modules == ():
            raise GradSplitError("kd-mtl needs at least one module, or none named for the trunk.")
        if self.teachers is not None and not Path(self.teachers).is_dir():
            raise GradSplitError(
                f"kd-mtl's teachers must be a folder, and `{self.teachers}` is none. Give the "
                "folder `networks` of a probe that was called with `--keep-networks`."
            )

    def settings(self) -> dict[str, Any]:
        """See `Method.settings`; where its teachers come from changes no score."""
        return {key: value for key, value in super().settings().items() if key != "teachers"}

    @contextmanager
    def training(self, run: Training) -> Iterator[Backward]:
        """See `Method.training`.

        Raises:
            DivergedError: The training of a teacher diverged.
            GradSplitError: A kept teacher is missing, or was trained in another way.
            ModuleNameError: The trunk has no such module.
        """
        with super().training(run) as backward:
            if len(run.tasks) == 1:
                yield backward
                return
            with HeardFeatures(run.network.trunk, self.modules) as heard:
                self._teach(run, heard)
                yield backward

    def _teach(self, run: Training, heard: HeardFeatures) -> None:
        """Train the teachers, and add the distances from them to the losses."""
        kept = None if self.teachers is None else Path(self.teachers)
        teachers = {task: Teacher(run, task, self.modules, kept) for task in run.tasks}
        distances = {}
        for task, teacher in teachers.items():
            with seeded(run.seed, "kd-mtl", task):
                distances[task] = FeatureDistance(teacher.examples)
            run.own_rate(
                distances[task].parameters(),
                self.rate / run.recipe.learning_rate,
                weight_decay=self.weight_decay,
            )

        def term(task: str, batch: Batch) -> Tensor:
            inputs, _ = batch
            theirs = teachers[task].features(inputs)
            return self.strength * distances[task](heard.take(), theirs)

        run.add_to_losses(term)
