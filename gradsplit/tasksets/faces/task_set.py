"""The faces task set: real photographs with four labels each, every task with its own photographs.

624 photographs of 20 people: who is it (`identity`), which way does the head face (`pose`), which
expression does it show (`expression`), are there sunglasses (`eyes`)? docs/faces.md says how they
are divided and how well the tasks can be learnt.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gradsplit.errors import TaskSetError, all_problems
from gradsplit.tasksets.faces.data import LABELS, SOURCE, Photographs, read_photographs
from gradsplit.tasksets.faces.images import Jitter, jittered, standardised
from gradsplit.tasksets.faces.splits import SPLITS, Split
from gradsplit.tasksets.parts.trunks import SmallResNet
from gradsplit.training.batches import endless_batches
from gradsplit.training.recipe import Recipe
from gradsplit.training.score_with_side import ScoreWithSide, by_name
from gradsplit.training.seeding import generator
from gradsplit.training.taskset import Predict, TaskSet
from relations.tasks import Task, check_known

_RECIPE = Recipe(
    steps=300, batch_size=32, learning_rate=3e-3, weight_decay=1e-2, schedule="cosine", warmup=20
)
_STRIDES = (2, 2, 2, 1)
_SCORED_AT_ONCE = 128


@dataclass(frozen=True)
class Faces(TaskSet):
    """Identity, pose, expression and eyes from grey photographs; the metric is the accuracy.

    By default every seed draws its own division of the photographs, so the uncertainty of a change
    includes which photographs were drawn; `for_seed` gives the task set of one seed, and only that
    has data. All runs of a seed see the same division.

    Attributes:
        data: The npz file of the photographs.
        split: What the test photographs have in common with the training: with "person" pose,
            expression and eyes are tested on people never seen and identity on scenes never seen,
            with "image" every person and nearly every scene is in the training too.
        shared: Every task trains on all training photographs, not on a quarter of its own.
        split_seed: A division for all seeds alike; None draws one for each.
        widths: Channels of the four stages.
        jitter: How far training photographs are moved and their tones changed.
        recipe: How networks are trained.

    Raises:
        TaskSetError: The file is missing or not what it should be, or an option does not exist.
    """

    data: Path | None = None
    split: Literal["person", "image"] = "person"
    shared: bool = False
    split_seed: int | None = None
    widths: tuple[int, ...] = (8, 16, 24, 32)
    jitter: Jitter = field(default=Jitter())
    recipe: Recipe = field(default=_RECIPE)
    name = "faces"
    revision = 1
    tasks = tuple(Task(label) for label in LABELS)
    split_modules = ("layer4",)

    def __post_init__(self) -> None:
        if self.data is None:
            raise TaskSetError(f"The faces task set needs its photographs. {SOURCE}")
        # Worker processes may run in another folder.
        object.__setattr__(self, "data", Path(self.data).absolute())
        problems = []
        if self.split not in SPLITS:
            problems.append(f"`split` must be {' or '.join(SPLITS)}, got {self.split!r}.")
        if self.split_seed is not None and type(self.split_seed) is not int:
            problems.append(f"`split_seed` must be a whole number, got {self.split_seed!r}.")
        if problems:
            raise TaskSetError(all_problems("The faces task set cannot be built", problems))
        self.photographs()

    def for_seed(self, seed: int) -> "Faces":
        """The same with the division of one seed, or itself where the division is fixed."""
        return self if self.split_seed is not None else replace(self, split_seed=int(seed))

    def trunk(self) -> nn.Module:
        """A small ResNet on grey images [N, 1, height, width]."""
        trunk = SmallResNet(1, widths=self.widths, strides=_STRIDES)
        # Channels last: a third faster on a CPU at these sizes.
        return trunk.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]

    def head(self, task: str) -> nn.Module:
        """Global average pooling and one linear layer."""
        return nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(self.widths[-1], len(self.classes(task))),
        )

    def classes(self, task: str) -> tuple[str, ...]:
        """The classes of a task by output; of identity those of the training people."""
        check_known((task,), LABELS)
        classes = self.photographs().classes[task]
        if task != "identity":
            return classes
        # Which people are trained with depends on the seed, how many does not.
        people = self._draw(self.split_seed or 0).people
        return tuple(classes[person] for person in people)

    def batches(self, task: str, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Standardised photographs [batch_size, 1, height, width], jittered, and classes."""
        images, target = self.samples(task, "train")
        stream = generator(seed, "jitter", task)
        for batch, classes in endless_batches(images, target, self.recipe.batch_size, seed, task):
            yield standardised(jittered(batch, self.jitter, stream)), classes

    def loss(self, task: str, output: Tensor, target: Tensor) -> Tensor:  # noqa: ARG002
        """Cross-entropy."""
        return F.cross_entropy(output, target)

    def score(self, task: str, predict: Predict) -> float:
        """The share of test photographs whose largest output is their class; that of each class."""
        images, target = self.samples(task, "test")
        outputs = [predict(standardised(part)) for part in images.split(_SCORED_AT_ONCE)]
        right = (torch.cat(outputs).argmax(1) == target).double()
        classes = self.classes(task)
        of_each = [right[target == number].mean().item() for number in range(len(classes))]
        return ScoreWithSide(right.mean().item(), by_name(classes, of_each))

    def samples(self, task: str, part: Literal["train", "test"]) -> tuple[Tensor, Tensor]:
        """The photographs of a task and their classes.

        Returns:
            Images [N, 1, height, width] in [0, 1] and int64 classes [N].

        Raises:
            TaskSetError: Neither `for_seed` nor `split_seed` says which division.
        """
        split = self.division()
        chosen = (split.train if part == "train" else split.test)[task]
        photographs = self.photographs()
        label = photographs.labels[task][chosen]
        if task == "identity":
            label = np.searchsorted(split.people, label)
        images = torch.from_numpy(photographs.image[chosen]).float().div_(255)
        return images.unsqueeze(1), torch.from_numpy(label)

    def division(self) -> Split:
        """Which photographs are for what.

        Raises:
            TaskSetError: Neither `for_seed` nor `split_seed` says which division.
        """
        if self.split_seed is None:
            raise TaskSetError(
                "Every seed divides the photographs anew: ask `for_seed(seed)` of the faces task "
                "set for data and scores, or fix the division with `split_seed`."
            )
        return self._draw(self.split_seed)

    def photographs(self) -> Photographs:
        """All photographs; read once a process."""
        assert self.data is not None  # refused when it was built
        return read_photographs(self.data)

    def settings(self) -> dict[str, Any]:
        """See `TaskSet.settings`: the photographs by content, wherever their file lies.

        Which photographs the first division takes stands in for the code that divides them.
        """
        settings = super().settings()
        settings["options"]["data"] = self.photographs().digest
        settings["options"]["jitter"] = vars(self.jitter).copy()
        settings["division"] = self._draw(self.split_seed or 0).digest()
        return settings

    def _draw(self, seed: int) -> Split:
        return SPLITS[self.split](self.photographs().labels, seed, shared=self.shared)
