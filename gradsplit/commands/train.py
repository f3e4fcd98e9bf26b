"""`gradsplit train TASKSET --mask mask.json --out DIR`: train the shared network with a mask."""

from dataclasses import dataclass
from typing import ClassVar

from gradsplit.commands.options.task_set import TaskSetOptions


@dataclass(kw_only=True)
class Train(TaskSetOptions):
    """Train one network for all tasks with a mask, and keep its weights and scores."""

    POSITION: ClassVar[int] = 100

    mask: str | None = None
    """The mask file; without one the network is trained plainly (multi-head)."""
    out: str
    """Folder for weights.safetensors, scores.json and losses.json."""
    seed: int = 0
    """Seed of the initial weights and the data order."""
    modules: tuple[str, ...] = ()
    """The trunk's modules to split; the task set's own choice when not given."""
    threads: int = 1
    """CPU threads; small networks gain nothing from more, and the probe's runs use one."""
    quiet: bool = False
    """Show no progress."""

    def run(self) -> int:
        """Train, print the scores, write the files."""
        from gradsplit import train

        fitted = train(
            self.load(),
            out=self.out,
            mask=self.mask,
            seed=self.seed,
            modules=self.modules,
            device=self.device,
            threads=self.threads,
            progress=not self.quiet,
        )
        width = max(len(task) for task in fitted.scores)
        for task, score in fitted.scores.items():
            print(f"{task:{width}}  {score:.4f}")
        print(f"\nwritten: {self.out}/weights.safetensors, scores.json, losses.json")
        return 0
