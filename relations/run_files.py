"""Where the files of a run lie, in a folder of many runs."""

from pathlib import Path
from urllib.parse import quote

from relations.digests import digest
from relations.runs import Run

_MOST_LETTERS = 200  # of the tasks in the name of a file


def run_file(folder: str | Path, run: Run, suffix: str = "") -> Path:
    """A run's file or folder, different for every run; those of a variant have a folder of its own.

    Example:
        >>> run_file("scores", Run(("pose", "reid"), 3), ".json").as_posix()
        'scores/pose+reid.seed3.json'
        >>> run_file("scores", Run(("pose",), 0, "weights a/b")).as_posix()
        'scores/weights a%2Fb/pose.seed0'
    """
    tasks = "+".join(quote(task, safe=" ") for task in run.tasks)
    if len(tasks) > _MOST_LETTERS:  # no file system takes longer names
        tasks = f"{tasks[:100]}...{digest(tasks)}"
    variant = quote(run.variant, safe=" =")
    if not variant.strip("."):  # a folder of dots is this one, or the one above
        variant = variant.replace(".", "%2E") or "."
    return Path(folder) / variant / f"{tasks}.seed{run.seed}{suffix}"
