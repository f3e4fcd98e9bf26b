"""What is said of runs that failed: each cause once, and which command shows the runs."""

import shlex
from collections.abc import Iterable
from pathlib import Path

from relations.runs import Outcome, brief_error
from relations.sources import LEDGER_NAME

MOST_NAMED = 3
"""Runs of one cause that are named."""
_MOST_CAUSES = 6


def failure_lines(outcomes: Iterable[Outcome]) -> list[str]:
    """A text for each cause that runs failed of, with the runs; causes in the order of the runs.

    Causes are the same where the first lines of the errors are; the further lines, such as the
    command that was started, are those of the first run. Of many causes the first are told.

    Example:
        >>> from relations.runs import Run
        >>> runs = [Run((task,), 0) for task in ("pose", "reid")]
        >>> failure_lines([Outcome(run, error="exit code 2") for run in runs])
        ['2 runs (pose seed 0, reid seed 0): exit code 2']
    """
    causes: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        if outcome.scores is None:
            first, _, _ = _cause(outcome).partition("\n")
            causes.setdefault(first, []).append(outcome)
    told = list(causes.values())
    # One cause more is said as shortly as that there is one.
    shown = told if len(told) <= _MOST_CAUSES + 1 else told[:_MOST_CAUSES]
    others = sum(map(len, told[len(shown) :]))
    lines = [f"{_runs(failed)}: {_cause(failed[0])}" for failed in shown]
    return (
        [*lines, f"{others} runs more, of {len(told) - len(shown)} other causes"]
        if others
        else lines
    )


def _cause(outcome: Outcome) -> str:
    """Why a run failed, without its name, which stands before it."""
    return brief_error(outcome).removeprefix(f"Scores of {outcome.run}: ")


def where_more(ledger: str | Path | None) -> str:
    """Which command shows all of the runs that failed; nothing where they are in no ledger.

    Example:
        >>> print(where_more("runs/probe.db").strip())
        `gradsplit status runs --failures` shows each whole: its traceback, or what it printed.
    """
    if ledger is None:
        return ""
    return f"\n`{show_failures(ledger)}` shows each whole: its traceback, or what it printed."


def show_failures(ledger: str | Path) -> str:
    """The command that shows the runs that failed, each with all that is kept of why.

    Example:
        >>> show_failures("runs/probe.db"), show_failures("other.db")
        ('gradsplit status runs --failures', 'gradsplit status other.db --failures')
    """
    path = Path(ledger)
    # A folder stands for the ledger of the usual name in it; another one is named itself.
    source = path.parent if path.name == LEDGER_NAME else path
    return f"gradsplit status {shlex.quote(str(source))} --failures"


def _runs(failed: list[Outcome]) -> str:
    """The runs of one cause, the first of them by name."""
    if len(failed) == 1:
        return str(failed[0].run)
    more = ", ..." if len(failed) > MOST_NAMED else ""
    named = ", ".join(str(one.run) for one in failed[:MOST_NAMED])
    return f"{len(failed)} runs ({named}{more})"
