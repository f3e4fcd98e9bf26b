"""`gradsplit run TASKSET --tasks a,b --seed N --scores FILE`: one run, for a cluster's queue."""

import json
from dataclasses import dataclass
from pathlib import Path

from gradsplit.commands.options import TaskSetOptions


@dataclass(kw_only=True)
class Run(TaskSetOptions):
    """Train one run and write its scores; `gradsplit plan --commands` prints such commands."""

    tasks: str
    """The tasks to train together, e.g. pose,reid."""
    seed: int
    """The run's seed."""
    scores: str
    """File for the scores, JSON {task: score}; written at once when the run is finished."""

    def run(self) -> int:
        """Train and write."""
        from gradsplit.training.trainer import TaskSetTrainer

        out = Path(self.scores)
        out.parent.mkdir(parents=True, exist_ok=True)
        trainer = TaskSetTrainer(self.load(), device=self.device)
        scores = trainer(tuple(self.tasks.split(",")), self.seed)
        # Renamed into place: whoever collects meanwhile never sees half a file.
        half = out.with_name(f"{out.name}.part")
        half.write_text(json.dumps(scores) + "\n")
        half.replace(out)
        print(f"written: {out}")
        return 0
