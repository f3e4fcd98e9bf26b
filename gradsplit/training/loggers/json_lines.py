"""A file of JSON lines for each run."""

import json
from collections.abc import Mapping
from pathlib import Path

from gradsplit.training.loggers.logger import RunLogger, register_logger
from relations.run_files import run_file
from relations.runs import Run


@register_logger("jsonl")
class JsonLines(RunLogger):
    """`{"step": 20, "rate": 0.001, "losses": {"pose": 0.4}}`, and at last `{"scores": {...}}`."""

    def __init__(self, folder: Path, run: Run) -> None:
        path = run_file(folder, run, ".jsonl")
        path.parent.mkdir(parents=True, exist_ok=True)
        # A line at a time: whoever follows the file sees whole ones.
        self._file = path.open("a", encoding="utf-8", buffering=1)

    def losses(self, step: int, losses: Mapping[str, float], rate: float) -> None:
        """See `RunLogger.losses`."""
        self._write({"step": step, "rate": rate, "losses": dict(losses)})

    def scores(self, scores: Mapping[str, float]) -> None:
        """See `RunLogger.scores`."""
        self._write({"scores": dict(scores)})

    def close(self) -> None:
        """See `RunLogger.close`."""
        self._file.close()

    def _write(self, content: Mapping[str, object]) -> None:
        self._file.write(json.dumps(content) + "\n")
