"""The folder that a program is given for one run, of which nothing stays."""

import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path


def _prefix(process: int) -> str:
    return f"gradsplit-run-{process}-"


def run_folder() -> tempfile.TemporaryDirectory[str]:
    """An empty folder that is gone after its block."""
    return tempfile.TemporaryDirectory(prefix=_prefix(os.getpid()))


def remove_run_folders(processes: Iterable[int]) -> None:
    """Remove what processes have left that were ended within the block of a folder.

    Args:
        processes: Their ids; they have ended, or end now.
    """
    for process in processes:
        for folder in Path(tempfile.gettempdir()).glob(f"{_prefix(process)}*"):
            shutil.rmtree(folder, ignore_errors=True)
