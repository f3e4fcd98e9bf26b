"""TensorBoard: a folder of events for each run."""

from collections.abc import Mapping
from pathlib import Path

from gradsplit.errors import GradSplitError
from gradsplit.training.loggers.logger import RunLogger, register_logger
from relations.run_files import run_file
from relations.runs import Run


@register_logger("tensorboard")
class TensorBoard(RunLogger):
    """Scalars `loss/TASK`, `rate` and, at last, `score/NAME`; `tensorboard --logdir FOLDER`.

    Raises:
        GradSplitError: TensorBoard is not installed.
    """

    def __init__(self, folder: Path, run: Run) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as missing:
            raise GradSplitError(
                'The logger `tensorboard` needs TensorBoard: pip install ".[loggers]".'
            ) from missing
        self._writer, self._step = SummaryWriter(str(run_file(folder, run))), 0

    def losses(self, step: int, losses: Mapping[str, float], rate: float) -> None:
        """See `RunLogger.losses`."""
        self._step = step
        for task, loss in losses.items():
            self._writer.add_scalar(f"loss/{task}", loss, step)
        self._writer.add_scalar("rate", rate, step)

    def scores(self, scores: Mapping[str, float]) -> None:
        """See `RunLogger.scores`."""
        for name, score in scores.items():
            self._writer.add_scalar(f"score/{name}", score, self._step)

    def close(self) -> None:
        """See `RunLogger.close`."""
        self._writer.close()
