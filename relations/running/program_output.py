"""What a training program printed, of which the end mostly says why it failed."""

import os
from dataclasses import replace
from pathlib import Path

from relations.runs import Outcome

MOST_OUTPUT = 64 * 1024  # bytes of a run's output that are kept: its end tells why it failed
_LAST_LINE = 200
"""Characters of a program's last line that its failure is told with."""


def end_of(log: Path) -> str:
    """The last part of what a program printed."""
    with log.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - MOST_OUTPUT))
        return file.read().decode("utf-8", errors="replace")


def with_cause(outcome: Outcome, printed: str, command: str) -> Outcome:
    """A failure with the last line that the program printed, and with what started it.

    The command stands on a line of its own: it is another one for every run, where the first lines
    of many failures are the same.
    """
    if outcome.error is None:
        return outcome
    lines = [line.strip() for line in printed.splitlines() if line.strip()]
    last = f" It printed last: {lines[-1][:_LAST_LINE]}" if lines else ""
    return replace(outcome, error=f"{outcome.error}{last}\nIts command line: {command}")
