"""Weights & Biases: a run of it for each run, in one group."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

from gradsplit.errors import GradSplitError
from gradsplit.training.loggers.logger import RunLogger, register_logger
from relations.digests import digest
from relations.runs import Run


@register_logger("wandb")
class WeightsAndBiases(RunLogger):
    """`loss/TASK` and `rate` by step, `score/NAME` in the summary; as its own variables say where.

    The project is that of WANDB_PROJECT, the group the name of the folder of the runs.

    Raises:
        GradSplitError: Weights & Biases is not installed.
    """

    def __init__(self, folder: Path, run: Run) -> None:
        try:
            library = import_module("wandb")
        except ImportError as missing:
            raise GradSplitError(
                'The logger `wandb` needs Weights & Biases: pip install ".[loggers]".'
            ) from missing
        folder.mkdir(parents=True, exist_ok=True)
        group = folder.absolute().parent.name
        # The same in a second call, which goes on with it.
        own = digest(str(folder.absolute()), str(run))
        self._run = library.init(
            dir=str(folder), group=group, name=str(run), id=own, resume="allow"
        )

    def losses(self, step: int, losses: Mapping[str, float], rate: float) -> None:
        """See `RunLogger.losses`."""
        named = {f"loss/{task}": loss for task, loss in losses.items()}
        self._run.log({**named, "rate": rate}, step=step)

    def scores(self, scores: Mapping[str, float]) -> None:
        """See `RunLogger.scores`."""
        self._run.summary.update({f"score/{name}": score for name, score in scores.items()})

    def close(self) -> None:
        """See `RunLogger.close`."""
        self._run.finish()
