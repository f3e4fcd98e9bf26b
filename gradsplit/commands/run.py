"""`gradsplit run TASKSET --tasks a,b --seed N --scores FILE`: one run, for a cluster's queue."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from gradsplit.commands.options.declared import DeclaredOptions
from gradsplit.commands.options.task_set import TaskSetOptions


@dataclass(kw_only=True)
class Run(TaskSetOptions, DeclaredOptions):
    """Train one run and write its scores; `gradsplit plan --commands` prints such commands."""

    POSITION: ClassVar[int] = 440

    tasks: str
    """The tasks to train together, e.g. pose,reid."""
    seed: int
    """The run's seed."""
    scores: str
    """File for the scores, JSON {task: score}, and what they were made with; written at once when
    the run is finished."""

    def run(self) -> int:
        """Train and write."""
        from gradsplit import TaskSetTrainer
        from relations import save_scores
        from relations.identified_training import IdentifiedTraining
        from relations.running.unfinished import FOLDER, keeping_in, settled
        from relations.runs import Run as OneRun

        # Made before training: a folder that cannot be written must not cost a training.
        folder = Path(self.scores).parent
        folder.mkdir(parents=True, exist_ok=True)
        trainer = TaskSetTrainer(self.load(), device=self.device)
        settings = IdentifiedTraining(trainer, "", self.declared()).settings()
        one = OneRun(tuple(self.tasks.split(",")), self.seed)
        training = keeping_in(folder / FOLDER, trainer)
        save_scores(self.scores, training(one.tasks, one.seed), settings)
        settled(training, one)
        print(f"written: {self.scores}")
        return 0
