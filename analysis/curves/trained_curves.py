"""Loss curves of trainings, from where they were trained: a ledger, or the folder of one."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from relations.errors import RelationsError, TableError
from relations.ledger.ledger import Ledger
from relations.loss_curves import LossCurve
from relations.runs import Run
from relations.sources import LEDGER_NAME, ledger_of
from relations.tables.json_text import read_json

LOSSES = "losses.json"
"""What `gradsplit train` writes: {"pose": [0.7, ...]}, a loss a step."""

NETWORKS = "network-*"
"""The folders of a grouping that was trained, in its folder."""


@dataclass(frozen=True)
class TrainedCurves:
    """How trainings went.

    Attributes:
        tasks: All tasks, in their order.
        runs: Run -> task -> its training loss.
        ledger: Whether they are of a ledger; else of one training.
    """

    tasks: tuple[str, ...]
    runs: Mapping[Run, Mapping[str, LossCurve]]
    ledger: bool = True


def read_curves(source: str | Path) -> TrainedCurves:
    """The loss curves of a source.

    Args:
        source: The folder of a probe or a study, its ledger, or what `gradsplit train` wrote: its
            folder, or `losses.json` in it.

    Raises:
        RelationsError: There is nothing of that kind, it holds no curves, or it cannot be read.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = Path(folder, LOSSES).write_text('{"pose": [2.0, 1.0]}')
        ...     read_curves(folder).runs
        {Run(tasks=('pose',), seed=0, variant=''): {'pose': LossCurve(steps=2, every=1, \
means=(2.0, 1.0))}}
    """
    path = Path(source)
    files = _losses_files(path)
    if files:
        return _of_trainings(files)
    ledger = path / LEDGER_NAME if path.is_dir() else path
    if not ledger.is_file() or ledger_of(ledger) is None:
        raise RelationsError(
            f"`{source}` holds no trainings. Expected the folder of a probe or a study (with "
            f"`{LEDGER_NAME}`), a ledger, or a folder of `gradsplit train` (with `{LOSSES}`)."
        )
    found = ledger_curves(ledger)
    if not found.runs:
        raise RelationsError(
            f"`{ledger}` has no loss curves: no run is finished, or they were trained by a program "
            "of one's own, or by a release of before there were any."
        )
    return found


def ledger_curves(ledger: Path) -> TrainedCurves:
    """The loss curves of a ledger; none where it has none.

    Raises:
        LedgerError: It cannot be read.
    """
    with Ledger(ledger, read_only=True) as book:
        tasks = tuple(task.name for task in book.tasks())
        runs = {
            run: curves
            for variant in book.variants()
            for run, curves in book.loss_curves(variant).items()
        }
    return TrainedCurves(tasks, runs)


def _losses_files(path: Path) -> list[Path]:
    """The files of one training, or of the networks of a grouping; none of anything else."""
    if path.name == LOSSES and path.is_file():
        return [path]
    return [
        file
        for file in (path / LOSSES, *sorted(path.glob(f"{NETWORKS}/{LOSSES}")))
        if file.is_file()
    ]


def _of_trainings(files: list[Path]) -> TrainedCurves:
    of_runs: dict[Run, Mapping[str, LossCurve]] = {}
    for file in files:
        losses = _losses(file)
        run = Run(tuple(losses), 0)
        of_runs[run] = {task: LossCurve.of(seen) for task, seen in losses.items()}
    tasks = dict.fromkeys(task for run in of_runs for task in run.tasks)
    return TrainedCurves(tuple(tasks), of_runs, ledger=False)


def _losses(file: Path) -> dict[str, list[float]]:
    """Task -> its losses.

    Raises:
        TableError: The file holds something else.
    """
    try:
        content = read_json(file.read_text(encoding="utf-8-sig"))
        if not isinstance(content, dict) or not content:
            raise ValueError("no task")
        losses = {task: [_number(one) for one in seen] for task, seen in content.items()}
        if empty := [task for task, seen in losses.items() if not seen]:
            raise ValueError(f"no losses of {', '.join(empty)}")
    except (OSError, OverflowError, TypeError, ValueError) as wrong:
        raise TableError(
            f"`{file}` must be JSON of losses, a list of numbers for each task, such as "
            f"{json.dumps({'pose': [0.7, 0.4]})}: {wrong}. Train again, or give another folder."
        ) from wrong
    return losses


def _number(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ValueError(f"{str(value)[:40]!r} is no number")
    return float(value)
