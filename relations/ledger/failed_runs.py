"""The runs that failed, each with all that is kept of why."""

import re
from collections.abc import Iterable
from pathlib import Path

from relations.ledger.ledger import Ledger
from relations.plan import duration
from relations.running.program_output import MOST_OUTPUT
from relations.runs import Outcome
from relations.tables.plain_text import shown

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_INDENT = "    "


def failed_runs(path: str | Path, variant: str | None = None) -> tuple[Outcome, ...]:
    """The runs of a ledger that failed, with their whole errors and outputs.

    Args:
        path: The ledger's file.
        variant: Which runs; those of all variants when None.

    Raises:
        LedgerError: There is no ledger, or it cannot be read.
    """
    with Ledger(path, read_only=True) as ledger:
        variants = ledger.variants() if variant is None else [variant]
        found = [outcome for name in variants for outcome in ledger.outcomes(name)]
    return tuple(outcome for outcome in found if outcome.scores is None)


def failures_text(outcomes: Iterable[Outcome]) -> str:
    r"""Failed runs for people: of each its whole error, and all of its output that is kept.

    Example:
        >>> from relations.runs import Run
        >>> lost = Outcome(Run(("pose",), 0), error="exit code 1", output="loading\nno data\n")
        >>> print(failures_text([lost]))
        1 run failed
        <BLANKLINE>
        pose seed 0
          exit code 1
          it printed:
            loading
            no data
    """
    failed = [outcome for outcome in outcomes if outcome.scores is None]
    if not failed:
        return "no run failed"
    many = "1 run failed" if len(failed) == 1 else f"{len(failed)} runs failed"
    return "\n\n".join([many, *map(_text, failed)])


def _text(outcome: Outcome) -> str:
    took = outcome.wall_seconds
    where = f" on {shown(outcome.host)}" if outcome.host else ""
    after = f", after {duration(took)}{where}" if took is not None else ""
    lines = [f"{outcome.run}{after}"]
    lines += _lines((outcome.error or "no reason is known").strip(), "  ")
    if outcome.output is not None:
        lines += _printed(outcome.output)
    return "\n".join(lines)


def _printed(output: str) -> list[str]:
    """What a program printed; only the end of much is kept."""
    if not output.strip():
        return ["  it printed nothing"]
    # A character or two more or less: the cut may go through one.
    ended = len(output.encode()) >= MOST_OUTPUT - 8
    heading = f"  it printed, of which the last {MOST_OUTPUT // 1024} KiB are kept:"
    return [heading if ended else "  it printed:", *_lines(output.strip("\n"), _INDENT)]


def _lines(text: str, indent: str) -> list[str]:
    """A text indented; what a bar of progress wrote over itself stands one below the other."""
    plain = _COLOURS.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return [f"{indent}{shown(line)}".rstrip() for line in plain.split("\n")]
