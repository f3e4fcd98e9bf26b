"""`gradsplit score WEIGHTS TASKSET`: a trained network on another task set, or the same again."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

import tyro

from gradsplit.commands.options.task_set import TaskSetOptions
from gradsplit.errors import GradSplitError

_ENDINGS = (".json", ".csv")


@dataclass(kw_only=True)
class _Weights:
    """Which network; a class of its own, so that it stands before the task set."""

    weights: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="WEIGHTS")] = ""
    """The folder that `gradsplit train` wrote, or its weights.safetensors."""


@dataclass(kw_only=True)
class Score(TaskSetOptions, _Weights):
    """Score a trained network on a task set that it need not have been trained on.

    Tasks, attributes, joints and classes are matched by name; what has no match is left out and
    said.
    """

    POSITION: ClassVar[int] = 430

    side: bool = False
    """Print the side scores too, such as reid@rank-1."""
    out: str | None = None
    """File for scores, side scores and what was left out, .json; or without the latter, .csv."""
    threads: int = 1
    """CPU threads."""

    def run(self) -> int:
        """Score, print, write."""
        self._check()
        import torch

        from gradsplit import score
        from gradsplit.studies.arguments import check_number
        from gradsplit.studies.scored_file import write_scored

        check_number("threads", self.threads)
        torch.set_num_threads(self.threads)
        scored = score(self.weights, self.load(), device=self.device)
        print(scored)
        if self.side:
            print(*(f"{name}  {value:.4f}" for name, value in scored.side.items()), sep="\n")
        if self.out is not None:
            write_scored(scored, Path(self.out), self.weights, self.taskset)
            print(f"\nwritten: {self.out}")
        return 0

    def _check(self) -> None:
        """Refuse what can be seen to be wrong before anything is loaded.

        Raises:
            GradSplitError: Weights are not named, options change nothing, or the file's ending says
                no form.
        """
        if not self.weights or not self.taskset:
            raise GradSplitError(
                "Name the weights and a task set, e.g. `gradsplit score trained figures`."
            )
        if self.steps is not None or self.batch_size is not None:
            raise GradSplitError(
                "Nothing is trained: leave --steps and --batch-size out, they would change nothing."
            )
        if self.out is not None and Path(self.out).suffix not in _ENDINGS:
            raise GradSplitError(f"`--out` must end in {' or '.join(_ENDINGS)}, got {self.out!r}.")
