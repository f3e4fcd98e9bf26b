"""`gradsplit train TASKSET --mask mask.json --out DIR`: by a mask, a method, or a grouping."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from gradsplit.commands.options.task_set import TaskSetOptions
from gradsplit.commands.options.trail import TrailOptions
from gradsplit.errors import GradSplitError
from gradsplit.launched import speaks

if TYPE_CHECKING:
    from gradsplit.studies.recommendation.files.recommended_file import RecommendedTraining


@dataclass(kw_only=True)
class Train(TaskSetOptions, TrailOptions):
    """Train the network of all tasks, or the networks of a grouping, and keep them.

    On several GPUs: torchrun --nproc-per-node GPUS -m gradsplit train ... --device cuda
    """

    POSITION: ClassVar[int] = 420
    IN_TEAMS: ClassVar[bool] = True

    mask: str | None = None
    """The mask file; without one the network is trained plainly (multi-head)."""
    method: str | None = None
    """Another way of training, in the words of `gradsplit compare --methods list`, such as db-mtl
    or gradsplit:mask=mask.json,balance=db-mtl."""
    grouping: str | None = None
    """The file of a grouping, as `gradsplit group` writes it: its networks are trained instead,
    each into a folder network-1, network-2, ..."""
    recommended: str | None = None
    """The file recommended.toml of `gradsplit recommend`; where TASKSET is such a file, it is taken
    by itself."""
    out: str
    """Folder for weights.safetensors, scores.json and losses.json, and for side_scores.json where
    the task set gives side scores."""
    seed: int = 0
    """Seed of the initial weights and the data order."""
    modules: tuple[str, ...] = ()
    """The trunk's modules to split; the task set's own choice when not given."""
    threads: int = 1
    """CPU threads; small networks gain nothing from more, and the probe's runs use one."""
    sync_batch_norm: bool = False
    """Under torchrun: BatchNorm takes its statistics over all GPUs' parts of a batch; without it
    such a network is refused."""
    quiet: bool = False
    """Show no progress."""

    def run(self) -> int:
        """Train, print the scores, write the files."""
        from gradsplit.training.team.joined import joined

        with joined(self.device):
            return self._train()

    def _train(self) -> int:
        recommended = self._recommended()
        if self.grouping is not None or (recommended and recommended.grouping):
            return self._train_grouping(recommended)
        from gradsplit import train

        fitted = train(
            self.load(),
            out=self.out,
            mask=self.mask,
            method=self.method,
            recommended=recommended,
            seed=self.seed,
            modules=self.modules,
            device=self.device,
            threads=self.threads,
            sync_batch_norm=self.sync_batch_norm,
            progress=not self.quiet,
            **self.trail(),
        )
        if not speaks():
            return 0
        _print_scores(fitted.scores)
        side = ", side_scores.json" if fitted.side else ""
        print(f"\nwritten: {self.out}/weights.safetensors, scores.json, losses.json{side}")
        return 0

    def _recommended(self) -> "RecommendedTraining | None":
        """What is recommended, where a file in either place says it."""
        from gradsplit.studies.recommendation.files.recommended_file import (
            read_recommended,
            the_recommended,
        )

        if self.recommended is not None:
            return the_recommended(self.recommended)
        return read_recommended(self.taskset) if self.taskset.endswith(".toml") else None

    def _train_grouping(self, recommended: "RecommendedTraining | None") -> int:
        from gradsplit import train_grouping

        if self.mask is not None or self.modules:
            raise GradSplitError(
                "A mask is of all tasks in one network: with a grouping leave --mask and --modules "
                "out."
            )
        if recommended is not None and self.method is not None:
            raise GradSplitError("A recommendation says itself how to train: leave --method out.")
        served = train_grouping(
            self.load(),
            self.grouping,
            out=self.out,
            method=self.method,
            recommended=recommended,
            seed=self.seed,
            device=self.device,
            threads=self.threads,
            sync_batch_norm=self.sync_batch_norm,
            progress=not self.quiet,
            **self.trail(),
        )
        if not speaks():
            return 0
        _print_scores({task: fitted.scores[task] for task, fitted in served.items()})
        print(f"\nwritten: {self.out}/network-1/ ..., grouping.json, scores.json")
        return 0


def _print_scores(scores: Mapping[str, float]) -> None:
    width = max(len(task) for task in scores)
    for task, score in scores.items():
        print(f"{task:{width}}  {score:.4f}")
