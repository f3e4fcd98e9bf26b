"""The figures task set: drawn people, the four tasks of the method's paper.

What is drawn, why it is set as it is, and the levels it reaches: docs/figures.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gradsplit.errors import TaskSetError, all_problems
from gradsplit.tasksets.figures.data import (
    PARSED,
    POSED,
    Album,
    Sizes,
    album,
    studios,
    training_batches,
)
from gradsplit.tasksets.figures.drawing import ATTRIBUTES
from gradsplit.tasksets.figures.light import LIGHTS, Light
from gradsplit.tasksets.figures.losses import (
    contrastive,
    heat_map_cross_entropy,
    part_cross_entropy,
)
from gradsplit.tasksets.figures.scores import (
    attribute_score,
    find_again,
    parsing_score,
    pose_score,
)
from gradsplit.tasksets.parts.heads import BandHead, DenseHead, EmbeddingHead
from gradsplit.tasksets.parts.judged import retrieval_judged
from gradsplit.tasksets.parts.metrics import Retrieval
from gradsplit.tasksets.parts.trunks import SmallResNet
from gradsplit.tasksets.trained_trunk import digest, load_trunk
from gradsplit.training.recipe import Recipe
from gradsplit.training.taskset import Predict, TaskSet
from relations.tasks import Task, check_known

_NAMES = ("attribute", "reid", "pose", "parsing")
_RECIPES = {
    "default": Recipe(steps=600, learning_rate=5e-3, weight_decay=1e-2, warmup=40),
    "quick": Recipe(steps=400, batch_size=24, learning_rate=3.5e-3, weight_decay=1e-2, warmup=40),
}
_OUTPUTS = {"attribute": ATTRIBUTES, "reid": (), "pose": POSED, "parsing": PARSED}
_TEMPERATURE = 0.1
_SPREAD = 1.0
# mIoU counts every class alike; without weights most of the loss would be background.
_PART_WEIGHTS = (0.4, 1.5, 1.0, 1.0, 1.5)
_SCORED_AT_ONCE = 100


@dataclass(frozen=True)
class Figures(TaskSet):
    """Attributes (mA), re-identification (mAP), pose (PCK) and part labels (mIoU) of drawn people.

    Every task has people, cameras and pictures of its own, labelled for that task alone. The data
    are the same for all seeds of a run; `data_seed` draws others. They are drawn when first needed,
    once a process.

    Attributes:
        preset: "default", or "quick" for half the training; it only sets the recipe, and only where
            none is given.
        height: Of the pictures, in pixels.
        width: Of the pictures, in pixels.
        pictures: Training pictures of each task.
        identities: Training identities of reid, each with `pictures / identities` pictures.
        hardness: Factor on colour casts, noise, clutter, occluders, changes of size and place.
        light: "day", or "night" for a second data set that networks trained by day have not seen:
            the same places in bluish light, darker and noisier, people a sixth smaller; with
            another `data_seed` other people and places as well.
        widths: Channels of the trunk's four stages.
        bands: Horizontal bands that the attribute and reid heads tell apart.
        embedding: Size of the reid embedding.
        dense: Channels of the pose and parsing heads after each doubling.
        data_seed: Of people, cameras and pictures.
        start: Weights that the trunk starts from, as `gradsplit train` writes them; the split
            modules start fresh all the same. None: everything starts fresh.
        recipe: How networks are trained.

    Raises:
        TaskSetError: An option is out of range; all problems at once.

    Example:
        >>> figures = Figures(height=32, width=16, pictures=60, identities=10)
        >>> images, labels = next(figures.batches("attribute", seed=0))
        >>> images.shape, labels.shape
        (torch.Size([32, 3, 32, 16]), torch.Size([32, 22]))
    """

    preset: Literal["default", "quick"] = "default"
    height: int = 64
    width: int = 32
    pictures: int = 3000
    identities: int = 150
    hardness: float = 1.0
    light: Light = "day"
    widths: tuple[int, ...] = (32, 48, 64, 64)
    bands: int = 8
    embedding: int = 64
    dense: tuple[int, ...] = (32, 32)
    data_seed: int = 0
    start: Path | None = None
    recipe: Recipe = field(default=_RECIPES["default"])
    name = "figures"
    revision = 1
    tasks = tuple(Task(name) for name in _NAMES)
    split_modules = ("layer4",)

    def __post_init__(self) -> None:
        problems = self._problems()
        if problems:
            raise TaskSetError(all_problems("The figures task set cannot be built", problems))
        if self.recipe == _RECIPES["default"]:
            object.__setattr__(self, "recipe", _RECIPES[self.preset])

    def trunk(self) -> nn.Module:
        """A small ResNet; its last map is an eighth of the picture, 8x4 for 64x32."""
        trunk = SmallResNet(
            3, widths=self.widths, strides=(1, 2, 1, 1), stem_kernel=7, stem_stride=4
        )
        if self.start is not None:
            load_trunk(trunk, self.start, fresh=self.split_modules)
        # Channels last: a third faster on a CPU at these sizes.
        return trunk.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]

    def head(self, task: str) -> nn.Module:
        """Bands for attribute and reid, transposed convolutions for pose and parsing."""
        check_known((task,), _NAMES)
        channels = self.widths[-1]
        if task == "attribute":
            return BandHead(channels, len(ATTRIBUTES), bands=self.bands)
        if task == "reid":
            return EmbeddingHead(channels, self.embedding, bands=self.bands)
        head = DenseHead(channels, len(_OUTPUTS[task]), self.dense)
        return head.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]

    def outputs(self, task: str) -> tuple[str, ...]:
        """Attributes, joints or classes by name; the embedding of reid has none."""
        check_known((task,), _NAMES)
        return _OUTPUTS[task]

    def batches(self, task: str, seed: int) -> Iterator[tuple[Tensor, Any]]:
        """Pictures [batch_size, 3, height, width], each standardised by channel, and labels.

        attribute: [N, attributes] of 0 and 1. reid: [N] identities, four pictures of each. pose:
        joints [N, 14, 2] in pixels and which are seen, [N, 14]. parsing: [N, height, width].
        """
        check_known((task,), _NAMES)
        return training_batches(self.album(task, "train"), task, self.recipe.batch_size, seed)

    def labelled_as(self, task: str, source: str, seed: int) -> Iterator[tuple[Tensor, Any]]:
        """The people, cameras and pictures of one task with the labels of another.

        Raises:
            TaskSetError: Of reid.
        """
        check_known((task, source), _NAMES)
        if task == "reid":
            raise TaskSetError(
                f"The pictures of `{source}` have no labels of `reid`, which needs four pictures "
                "of a person: there are two."
            )
        pictures = self.album(source, "train")
        return training_batches(pictures, task, self.recipe.batch_size, seed)

    def loss(self, task: str, output: Any, target: Any) -> Tensor:
        """Weighted cross-entropies; for reid the supervised contrastive loss."""
        if task == "attribute":
            weight = torch.from_numpy(self.album(task, "train").rarity).to(output.device)
            return F.binary_cross_entropy_with_logits(output, target, pos_weight=weight)
        if task == "reid":
            return contrastive(output, target, _TEMPERATURE)
        if task == "pose":
            size = (self.height, self.width)
            return heat_map_cross_entropy(output, *target, size=size, spread=_SPREAD)
        weights = torch.tensor(_PART_WEIGHTS, device=output.device)
        return part_cross_entropy(output, target, weights)

    def score(self, task: str, predict: Predict) -> float:
        """mA, mAP, PCKh at half a head, or mIoU on people never trained with; 0..1."""
        check_known((task,), _NAMES)
        if task == "reid":
            return retrieval_judged(self.find_again(predict))
        test = self.album(task, "test")
        judge = {"attribute": attribute_score, "pose": pose_score, "parsing": parsing_score}[task]
        return judge(test, self._outputs(test, predict))

    def find_again(self, predict: Predict) -> Retrieval:
        """The test of reid, with Rank-k beside the mAP."""
        test = self.album("reid", "test")
        return find_again(test, self._outputs(test, predict))

    def album(self, task: str, part: Literal["train", "test"]) -> Album:
        """The pictures and labels of one task."""
        size = (self.height, self.width, self.pictures, self.identities)
        sizes = Sizes(*size, self.hardness, self.light)
        return album(studios(task, sizes, self.data_seed)[part])

    def settings(self) -> dict[str, Any]:
        """See `TaskSet.settings`."""
        settings = super().settings()
        # The preset is a name for a recipe, and the recipe is there.
        del settings["options"]["preset"]
        if self.light == "day":  # so that runs from before there was a choice are the same
            del settings["options"]["light"]
        if self.start is not None:
            settings["options"]["start"] = digest(self.start)
        return settings

    def _outputs(self, test: Album, predict: Predict) -> Tensor:
        rows = torch.arange(len(test)).split(_SCORED_AT_ONCE)
        return torch.cat([predict(test.pixels(some)) for some in rows])

    def _problems(self) -> list[str]:
        least = {"height": 16, "width": 8, "identities": 8, "bands": 1, "embedding": 1}
        problems = [
            f"`{name}` must be a whole number of at least {low}, got {getattr(self, name)!r}."
            for name, low in least.items()
            if type(getattr(self, name)) is not int or getattr(self, name) < low
        ]
        if self.preset not in _RECIPES:
            problems.append(f"`preset` must be {' or '.join(_RECIPES)}, got {self.preset!r}.")
        if self.light not in LIGHTS:
            problems.append(f"`light` must be {' or '.join(LIGHTS)}, got {self.light!r}.")
        if not 0 <= self.hardness <= 3:
            problems.append(f"`hardness` must be in 0..3, got {self.hardness!r}.")
        if not problems and self.pictures < 4 * self.identities:
            problems.append(
                f"`pictures` must be at least 4 an identity ({4 * self.identities}), got "
                f"{self.pictures!r}."
            )
        return problems
