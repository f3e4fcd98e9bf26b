"""What a training program printed, of which the end mostly says why it failed."""

import os
import shlex
from dataclasses import replace
from pathlib import Path

from relations.runs import Outcome

MOST_OUTPUT = 64 * 1024  # bytes of a run's output that are kept: its end tells why it failed
_LAST_LINE = 200
"""Characters of a program's last line that its failure is told with."""
_OF_SHELLS = ("|", "||", "&", "&&", ";", "<", ">", ">>", "2>", "2>&1", "&>")


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
    told = f"{outcome.error}{last}\nIts command line: {command}{_shell_note(command)}"
    return replace(outcome, error=told)


def _shell_note(command: str) -> str:
    """Whom words of a shell in a command were given to; a guess at why it failed, no refusal.

    A program may well take `|` as a separator, so commands that succeed are never asked.
    """
    found = dict.fromkeys(word for word in shlex.split(command) if word in _OF_SHELLS)
    if not found:
        return ""
    said = " and ".join(f"`{word}`" for word in found)
    return f"\nNo shell read it: {said} went to the program. A shell does in sh -c '...'."
