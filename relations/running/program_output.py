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


def with_last_line(outcome: Outcome, printed: str) -> Outcome:
    """A failure with the last line that the program printed, which mostly says why."""
    lines = [line.strip() for line in printed.splitlines() if line.strip()]
    if outcome.error is None or not lines:
        return outcome
    return replace(outcome, error=f"{outcome.error} It printed last: {lines[-1][:_LAST_LINE]}")
