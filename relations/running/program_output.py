"""What a training program printed, of which the end mostly says why it failed."""

import os
import re
import shlex
from dataclasses import replace
from pathlib import Path

from relations.runs import Outcome

MOST_OUTPUT = 64 * 1024  # bytes of a run's output that are kept: its end tells why it failed
_LAST_LINE = 200
"""Characters of a program's line that its failure is told with."""
_LOOKED_AT = 20
"""Last lines among which one that names an error is looked for."""
_ERROR = re.compile(r"^[\w.]*(?:Error|Exception)(?::|$)|\b(?i:error):(?!\s*[-+.\d])")
"""`torch.OutOfMemoryError: ...`, `train.py: error: ...`; not `test error: 0.3`."""
_VARIABLE = re.compile(r"[A-Za-z_]\w*=")
_WORDS_OF_SHELLS = (".", "cd", "eval", "export", "set", "source", "ulimit", "unset")
_OF_SHELLS = ("|", "||", "&", "&&", ";", "<", ">", ">>", "2>", "2>&1", "&>")


def end_of(log: Path) -> str:
    """The last part of what a program printed."""
    with log.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - MOST_OUTPUT))
        return file.read().decode("utf-8", errors="replace")


def telling_line(printed: str) -> tuple[str, str]:
    r"""What is said of the line that best tells why a program failed, and the line, cut.

    Some explain their error after it, so the last line that looks like one goes before the last.

    Example:
        >>> telling_line("RuntimeError: CUDA error: launch failure\nCompile with `DSA`.\n")
        ('printed', 'RuntimeError: CUDA error: launch failure')
        >>> telling_line("loading\nKilled")
        ('printed last', 'Killed')
    """
    lines = [line.strip() for line in printed.splitlines() if line.strip()][-_LOOKED_AT:]
    found = next((line for line in reversed(lines) if _ERROR.search(line)), None)
    last = lines[-1] if lines else ""
    told = last if found is None else found
    return "printed last" if told == last else "printed", told[:_LAST_LINE]


def with_cause(outcome: Outcome, printed: str, command: str) -> Outcome:
    """A failure with the most telling line that the program printed, and with what started it.

    The command stands on a line of its own: it is another one for every run, where the first lines
    of many failures are the same.
    """
    if outcome.error is None:
        return outcome
    how, line = telling_line(printed)
    last = f" It {how}: {line}" if line else ""
    told = f"{outcome.error}{last}\nIts command line: {command}{_shell_note(command)}"
    return replace(outcome, error=told)


def hint_of_start(program: str) -> str:
    """What to do where a command begins with what only a shell knows; nothing where it does not.

    Example:
        >>> hint_of_start("cd")
        " No shell reads the command; one does in sh -c '...'."
    """
    if _VARIABLE.match(program):
        return f" No shell reads the command; `env {program} ...` sets a variable."
    if program in _WORDS_OF_SHELLS:
        return " No shell reads the command; one does in sh -c '...'."
    return ""


def _shell_note(command: str) -> str:
    """Whom words of a shell in a command were given to; a guess at why it failed, no refusal.

    A program may well take `|` as a separator, so commands that succeed are never asked.
    """
    found = dict.fromkeys(word for word in shlex.split(command) if word in _OF_SHELLS)
    if not found:
        return ""
    said = " and ".join(f"`{word}`" for word in found)
    return f"\nNo shell read it: {said} went to the program. A shell does in sh -c '...'."
