"""The human task set: the method's own job on the published data sets of people.

Which folders are needed, what is chosen and what it costs: docs/human.md.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from gradsplit.errors import TaskSetError, all_problems
from gradsplit.tasksets.human import scores, sources
from gradsplit.tasksets.human.crops import Size
from gradsplit.tasksets.human.faults import faults, pictures_of
from gradsplit.tasksets.human.loading import endless
from gradsplit.tasksets.human.mirrored import with_mirror
from gradsplit.tasksets.human.normalise import normalised
from gradsplit.tasksets.human.option_rules import NAMES, option_problems
from gradsplit.tasksets.human.records import (
    AttributeRecords,
    Parts,
    PoseRecords,
    ReidRecords,
)
from gradsplit.tasksets.human.samples import Samples
from gradsplit.tasksets.human.sampling import by_identity, passes
from gradsplit.tasksets.human.wording import places_of, worded
from gradsplit.tasksets.parts.heads import AttributeHead, ParsingHead, PoseHead, ReidHead
from gradsplit.tasksets.parts.judged import retrieval_judged
from gradsplit.tasksets.parts.losses import (
    heat_map_error,
    pixel_cross_entropy,
    reid_loss,
    weighted_cross_entropy,
)
from gradsplit.tasksets.parts.metrics import KeyPoints, Retrieval
from gradsplit.tasksets.parts.trunks import backbone, form, full_name
from gradsplit.tasksets.trained_trunk import digest
from gradsplit.training.data_check import DataCheck
from gradsplit.training.recipe import Recipe
from gradsplit.training.score_with_side import ScoreWithSide
from gradsplit.training.taskset import Predict, TaskSet
from relations.tasks import Task, check_known

_RECIPE = Recipe(
    steps=40_000,
    batch_size=32,
    optimizer="adam",
    learning_rate=3e-4,
    weight_decay=5e-4,
    warmup=1000,
)


@dataclass(frozen=True, kw_only=True)
class Human(TaskSet):
    """Attributes (mA), re-identification (mAP), pose (PCKh) and part labels (mIoU) of people.

    Every task has a data set of its own, labelled for that task alone; there are the tasks whose
    folder is given. Pictures are opened when a batch needs them.

    Attributes:
        market1501: Folder of Market-1501, for reid.
        market1501_attributes: Folder of Market-1501 with its attributes, for attribute.
        pa100k: Folder of PA-100K, for attribute.
        rap: Folder of RAP, for attribute.
        peta: Folder of PETA, for attribute.
        mpii: Folder of MPII, for pose.
        lip: Folder of LIP, for parsing.
        lip_pose: Folder of LIP with its joints, for pose.
        height: Of the inputs, in pixels.
        width: Of the inputs, in pixels.
        sizes: Height and width of the inputs of single tasks, where they differ.
        backbone: The trunk, as `gradsplit.tasksets.parts.trunks.backbone` names it.
        pretrained: Start from the library's ImageNet weights.
        weights: Instead, from a file of weights for the library's network.
        last_stride: 1 leaves the last stage's map as large as that before it.
        flip_test: Judge the mean of a picture's and its mirror image's output.
        neck: Normalisation of the pooled features of attribute and reid: BatchNorm over the task's
            own samples, or GroupNorm.
        judge: What scores are taken on: "validation", a part of the training data that is not
            trained with, or "test", and then all training data are trained with. Relations and
            settings are choices and are made on the validation part; a table of methods is made on
            the test.
        held_out: Share of the training data that is the validation part.
        skip_bad: Leave out samples whose picture or labels cannot be decoded, instead of ending
            with an error at the first; how many is a side score of the task. All files are decoded
            once before.
        workers: Processes that load, of all tasks of a run together, but at least one of each; 0
            loads in the training process. Changes no score.
        recipe: How networks are trained.

    Raises:
        TaskSetError: A folder or an option is not what it should be; all problems at once.
    """

    market1501: Path | None = None
    market1501_attributes: Path | None = None
    pa100k: Path | None = None
    rap: Path | None = None
    peta: Path | None = None
    mpii: Path | None = None
    lip: Path | None = None
    lip_pose: Path | None = None
    height: int = 256
    width: int = 128
    sizes: Mapping[str, Sequence[int]] = field(default_factory=dict)
    backbone: str = "resnet50"
    pretrained: bool = False
    weights: Path | None = None
    last_stride: Literal[1, 2] = 2
    flip_test: bool = False
    neck: Literal["batch", "group"] = "batch"
    judge: Literal["validation", "test"] = "validation"
    held_out: float = 0.1
    skip_bad: bool = False
    workers: int = 2
    recipe: Recipe = field(default=_RECIPE)
    name = "human"
    revision = 3

    def __post_init__(self) -> None:
        for option, folder in self.folders.items():
            # Worker processes may run in another folder.
            object.__setattr__(self, option, Path(folder).expanduser().absolute())
        if self.weights is not None:
            object.__setattr__(self, "weights", Path(self.weights).expanduser().absolute())
        problems = option_problems(self)
        for option, folder in self.folders.items():
            try:
                (sources.listed if self.skip_bad else sources.read)(option, folder)
            except TaskSetError as wrong:
                problems.append(str(wrong))
        if problems:
            raise TaskSetError(all_problems("The human task set cannot be built", problems))

    @property
    def folders(self) -> dict[str, Path]:
        """The folders that are given, by option."""
        given = {option: getattr(self, option) for option in sources.SOURCES}
        return {option: folder for option, folder in given.items() if folder is not None}

    @property
    def tasks(self) -> tuple[Task, ...]:  # type: ignore[override]
        """Those of the given folders."""
        given = {sources.SOURCES[option].task for option in self.folders}
        return tuple(Task(name) for name in NAMES if name in given)

    @property
    def split_modules(self) -> tuple[str, ...]:  # type: ignore[override]
        """The backbone's last stage."""
        return (form(self.backbone)[1],)

    @property
    def judged_on_test(self) -> bool:  # type: ignore[override]
        """See `TaskSet`; with `judge="test"`."""
        return self.judge == "test"

    def on_test(self) -> "Human | None":
        """See `TaskSet`: trained with all training data, as `judge="test"` is."""
        return None if self.judged_on_test else replace(self, judge="test")

    def trunk(self) -> nn.Module:
        """The backbone with GroupNorm; it takes pictures as bytes, or as floats if normalised."""
        trunk = backbone(
            self.backbone,
            pretrained=self.pretrained,
            weights=self.weights,
            last_stride=self.last_stride,
        )
        trunk.register_forward_pre_hook(normalised)
        return trunk.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]

    def head(self, task: str) -> nn.Module:
        """See docs/human.md."""
        check_known((task,), self.task_names)
        channels = form(self.backbone)[0]
        records = self.parts(task).train
        if isinstance(records, AttributeRecords):
            return AttributeHead(channels, len(records.names), norm=self.neck)
        if isinstance(records, ReidRecords):
            return ReidHead(channels, len(np.unique(records.identities)), norm=self.neck)
        kind = PoseHead if isinstance(records, PoseRecords) else ParsingHead
        return kind(channels, len(records.names))

    def batches(self, task: str, seed: int) -> Iterator[tuple[Tensor, Any]]:
        """Pictures as bytes [batch_size, 3, height, width], changed at random, and labels.

        attribute: [N, attributes] of 0 and 1. reid: [N] identities from 0, four pictures of
        each. pose: joints [N, joints, 2] in pixels of the input, pixel centres, and weights
        [N, joints]. parsing: classes [N, height, width], bytes, 255 where there is none.
        """
        records = self.parts(task).train
        if isinstance(records, ReidRecords):
            order = partial(by_identity, records.identities, self.recipe.batch_size)
            # The classifier's numbers.
            numbers = np.unique(records.identities, return_inverse=True)[1]
            records = replace(records, identities=numbers)
        else:
            order = partial(passes, len(records.images), self.recipe.batch_size)
        samples = Samples(records, self.size(task))
        return endless(samples, order, seed, task, workers=self.workers)

    def loss(self, task: str, output: Any, target: Any) -> Tensor:
        """See docs/human.md."""
        if task == "attribute":
            shares = sources.attribute_shares(self._part("attribute"))
            return weighted_cross_entropy(output, target, shares.to(output.device))
        if task == "reid":
            return reid_loss(output, target)
        if task == "pose":
            return heat_map_error(output, *target, size=self.size(task))
        return pixel_cross_entropy(output, target)

    def score(self, task: str, predict: Predict) -> float:
        """mA, mAP, PCKh at half a head, or mIoU on people never trained with, with side scores."""
        return self.score_outputs(task, predict, self.outputs(task))

    def score_outputs(self, task: str, predict: Predict, outputs: Sequence[str]) -> float:
        """See `TaskSet`; of parsing, pixels of other classes do not count."""
        test = self.parts(task).test
        kept = places_of(outputs, self.outputs(task))
        if self.flip_test:
            predict = with_mirror(predict, test, kept)
        if task == "reid":
            judged = retrieval_judged(self.find_again(predict))
        else:
            judged = scores.judged(task, self._test(task), predict, kept, workers=self.workers)
        if not self.skip_bad:
            return judged
        left_out = sources.decodable(*self._part(task)[:2])[1]
        return ScoreWithSide(judged, {**judged.side, "samples left out": left_out})

    def outputs(self, task: str) -> tuple[str, ...]:
        """Attributes, joints or classes in one wording for all data sets; none of reid."""
        return worded(self.parts(task).train)

    def find_again(self, predict: Predict) -> Retrieval:
        """The score of reid, with Rank-k beside the mAP."""
        query = Samples(_known(self.parts("reid").query), self.size("reid"))
        return scores.find_again(query, self._test("reid"), predict, workers=self.workers)

    def find_joints(self, predict: Predict) -> KeyPoints:
        """PCKh by joint and over all joints; the score of pose leaves pelvis and thorax out."""
        return scores.pose_score(self._test("pose"), predict, workers=self.workers)

    def data_check(self) -> DataCheck:
        """Every picture with all that is labelled on it, of the training and the test data."""
        pictures = [
            picture
            for option, folder in self.folders.items()
            for picture in pictures_of(sources.listed(option, folder), sources.SOURCES[option].task)
        ]
        return DataCheck(pictures, faults)

    def parts(self, task: str) -> Parts:
        """The records of a task: to learn from, and to be judged on."""
        return sources.parts(self._part(task))

    def size(self, task: str) -> Size:
        """Height and width of a task's inputs."""
        height, width = self.sizes.get(task, (self.height, self.width))
        return height, width

    def settings(self) -> dict[str, Any]:
        """See `TaskSet.settings`: the data by names and labels, wherever their folders lie."""
        settings = super().settings()
        options = settings["options"]
        for option, folder in self.folders.items():
            options[option] = sources.digest(option, folder, skip_bad=self.skip_bad)
        for name in ("workers", "skip_bad"):  # what is left out is not among the labels
            del options[name]
        if self.judge == "test":
            del options["held_out"]
        options["backbone"] = full_name(self.backbone)
        options["weights"] = None if self.weights is None else digest(self.weights)
        options["sizes"] = {task: list(self.size(task)) for task in self.sizes}
        return settings

    def _test(self, task: str) -> Samples[Any]:
        return Samples(self.parts(task).test, self.size(task))

    def _part(self, task: str) -> sources.Part:
        """Where a task's data come from."""
        check_known((task,), self.task_names)
        option = next(one for one in self.folders if sources.SOURCES[one].task == task)
        share = self.held_out if self.judge == "validation" else None
        return sources.Part(option, self.folders[option], share, self.skip_bad)


def _known(query: ReidRecords | None) -> ReidRecords:
    """The queries, which every reader of re-identification gives."""
    assert query is not None
    return query
