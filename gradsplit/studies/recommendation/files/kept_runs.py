"""How many trainings some hours were taken for, kept so that a call after a stop has as many."""

import json
from pathlib import Path

from analysis.text_file import write_text
from gradsplit.studies.arguments import is_whole

FILE = "recommendation-hours.json"


def kept_runs(folder: Path, hours: float, workers: int | None) -> int | None:
    """The trainings that the same hours and workers were taken for in this folder before.

    Timing a few steps comes out a little different each time, and another number of trainings would
    ask for other runs. None where there were none, or the file is not what was written.
    """
    try:
        said = json.loads((folder / FILE).read_text(encoding="utf-8"))
        same = said["hours"] == hours and said["workers"] == workers
        return said["runs"] if same and is_whole(said["runs"]) else None
    except (OSError, ValueError, LookupError, TypeError):
        return None


def runs_of_file(folder: Path) -> int | None:
    """The trainings that any hours were taken for in this folder; None where it says none."""
    try:
        runs = json.loads((folder / FILE).read_text(encoding="utf-8"))["runs"]
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return runs if is_whole(runs) else None


def keep_runs(folder: Path, hours: float, workers: int | None, runs: int) -> None:
    """Keep it.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as name:
        ...     keep_runs(Path(name), 1.0, 2, 138)
        ...     kept_runs(Path(name), 1.0, 2), kept_runs(Path(name), 2.0, 2)
        (138, None)
    """
    said = {"hours": hours, "workers": workers, "runs": runs}
    write_text(folder / FILE, json.dumps(said) + "\n")
