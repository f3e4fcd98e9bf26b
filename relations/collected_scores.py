"""Runs trained elsewhere, one command each: their scores are collected from files."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote

from relations.command_trainer import read_scores
from relations.errors import ScoreError
from relations.ledger.ledger import Ledger
from relations.runs import Outcome, Run, checked_scores


def scores_file(folder: str | Path, run: Run) -> Path:
    """Where the scores of a run are expected: JSON `{task: score}`.

    Example:
        >>> scores_file("scores", Run(("pose", "reid"), 3)).as_posix()
        'scores/pose+reid.seed3.json'
    """
    name = f"{'+'.join(quote(task, safe=' ') for task in run.tasks)}.seed{run.seed}.json"
    return Path(folder) / (quote(run.variant, safe=" =") or ".") / name


def save_scores(path: str | Path, scores: Mapping[str, float]) -> None:
    """Write a run's scores at once, so that whoever collects meanwhile never sees half a file.

    Args:
        path: The file, such as `scores_file` names it; folders are made.
        scores: By task.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f"{path.name}.part")
    half.write_text(json.dumps(scores) + "\n")
    half.replace(path)


def collect(ledger: Ledger, runs: Iterable[Run], folder: str | Path) -> list[Run]:
    """Write the scores that have arrived into the ledger.

    Args:
        ledger: The ledger; the runs were added to it.
        runs: Runs that may have been trained elsewhere.
        folder: The folder of their files, see `scores_file`.

    Returns:
        Runs whose file was there; one whose scores are unsound is recorded as failed.
    """
    arrived = []
    for run in runs:
        path = scores_file(folder, run)
        if not path.is_file() or ledger.state(run) == "done":
            continue
        try:
            outcome = Outcome(run, checked_scores(run, read_scores(path)))
        except ScoreError as error:
            outcome = Outcome(run, error=str(error))
        ledger.record(outcome)
        arrived.append(run)
    return arrived
