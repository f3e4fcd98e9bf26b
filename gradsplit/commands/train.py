"""`gradsplit train TASKSET --mask mask.json --out DIR`: train the shared network with a mask."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gradsplit.commands.options import TaskSetOptions

if TYPE_CHECKING:
    from torch import Tensor

    from gradsplit.training.fit import Fitted


@dataclass(kw_only=True)
class Train(TaskSetOptions):
    """Train one network for all tasks with a mask, and keep its weights and scores."""

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
        import torch
        from tqdm import tqdm

        from gradsplit.training.fit import fit
        from relations import GradientMask

        torch.set_num_threads(self.threads)
        taskset = self.load()
        mask = GradientMask.load(self.mask) if self.mask else None
        folder = Path(self.out)
        # Made before training: a folder that cannot be written must not cost a training.
        folder.mkdir(parents=True, exist_ok=True)
        with tqdm(total=taskset.recipe.steps, unit="step", disable=self.quiet or None) as bar:

            def on_step(step: int, losses: "Mapping[str, Tensor]") -> None:  # noqa: ARG001
                bar.update()

            fitted = fit(
                taskset,
                taskset.task_names,
                self.seed,
                mask=mask,
                modules=self.modules or None,
                device=self.device,
                on_step=on_step,
            )
        _write(folder, fitted)
        width = max(len(task) for task in fitted.scores)
        for task, score in fitted.scores.items():
            print(f"{task:{width}}  {score:.4f}")
        print(f"\nwritten: {folder}/weights.safetensors, scores.json, losses.json")
        return 0


def _write(folder: Path, fitted: "Fitted") -> None:
    """Weights without pickle, the rest as JSON."""
    from safetensors.torch import save_model

    save_model(fitted.network, str(folder / "weights.safetensors"))
    (folder / "scores.json").write_text(json.dumps(fitted.scores, indent=2) + "\n")
    (folder / "losses.json").write_text(json.dumps(fitted.losses) + "\n")
