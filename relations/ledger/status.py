"""How a probe stands, read from its ledger while it runs."""

import shlex
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from relations.errors import LedgerError, did_you_mean
from relations.graph import RelationGraph
from relations.ledger.failed_runs import failed_runs, failures_text
from relations.ledger.ledger import Ledger, State
from relations.ledger.never_finished import never_finished_notes
from relations.ledger.pulse import Pulses
from relations.plan import cost_of, duration
from relations.running.failures import show_failures
from relations.running.program_output import telling_line
from relations.runs import Outcome, Run
from relations.statistics.change_matrix import ChangeMatrix
from relations.tables.first_names import first_names
from relations.tables.plain_text import shown

MOST_LISTED = 10


@dataclass(frozen=True)
class Status:
    """A probe at one instant.

    Attributes:
        counts: How many runs are planned, running, done and failed.
        running: The runs under way.
        failures: Failed runs with their errors and outputs.
        seconds_left: Time the planned runs will take, if as many go on at once as now; None when
            nothing runs or no run of their size was finished.
        changes: The change matrix so far.
        accepted: Changes of code since some runs were trained, that were accepted.
        left: Runs that were begun by processes that have ended, counted as planned.
        at_work: How long each of the running ones has been, in seconds.
        last_finish: When a run finished last, in seconds since 1970; None when none did.
        others: Variant -> state -> how many runs, of the other variants.
        path: The ledger's file.
        has_pairs: Whether any pair of tasks is among the runs; else no change can be known.
        variant: Which runs; "" for the probe's own.
    """

    counts: dict[str, int]
    running: tuple[Run, ...]
    failures: tuple[Outcome, ...]
    seconds_left: float | None
    changes: ChangeMatrix
    accepted: tuple[str, ...] = ()
    left: tuple[Run, ...] = ()
    at_work: Mapping[Run, float] = field(default_factory=dict)
    last_finish: float | None = None
    others: Mapping[str, Counter[State]] = field(default_factory=dict)
    path: Path | None = None
    has_pairs: bool = True
    variant: str = ""

    def __str__(self) -> str:
        lines = [", ".join(f"{state} {count}" for state, count in self.counts.items())]
        lines += [*_of_others(self.others), *last_line(self.last_finish)]
        if self.seconds_left is not None:
            lines.append(f"about {duration(self.seconds_left)} left")
        lines += [*running_lines(self.running, self.at_work), *left_lines(self.left)]
        elsewhere = any(states["failed"] for states in self.others.values())
        lines += failed_lines(self.failures, self.path, more=elsewhere)
        lines.extend(f"accepted: {change} since runs were trained" for change in self.accepted)
        return "\n".join([*lines, "", self.relations()])

    def failures_text(self) -> str:
        """Each failed run whole, those of the other variants too unless one was asked for."""
        if self.path is None:
            return failures_text(self.failures)
        return failures_text(failed_runs(self.path, self.variant or None))

    def relations(self) -> str:
        """The relations so far; without pairs of tasks one line, no matrix of question marks."""
        if not self.has_pairs:
            return "no change is known yet: no pair of tasks is among these runs"
        return RelationGraph.from_changes(self.changes).table(self.changes)


def status(path: str | Path, variant: str = "") -> Status:
    """Read how a probe stands; it may be running.

    Args:
        path: The ledger's file.
        variant: Which runs.

    Raises:
        LedgerError: There is no ledger, or it cannot be read; or it has no such variant.
    """
    with Ledger(path, read_only=True) as ledger:
        _check_known(ledger, variant)
        states = ledger.states(variant)
        outcomes = list(ledger.outcomes(variant))
        claims, last = ledger.claims(variant), ledger.last_finish(variant)
        others = {name: found for name, found in ledger.counts().items() if name != variant}
        tasks, looks = ledger.tasks(), ledger.looks(variant)
        accepted = tuple(dict.fromkeys(ledger.accepted(variant)))
        pulses = Pulses(ledger.path)
    left = tuple(run for run, _, claimant in claims if pulses.seems_dead(*claimant))
    states |= dict.fromkeys(left, "planned")
    found = Counter(states.values())
    counts = {state: found[state] for state in ("done", "running", "failed", "planned")}
    running = tuple(run for run, state in states.items() if state == "running")
    now = time.time()
    changes = ChangeMatrix.from_runs(tasks, outcomes, looks=looks, origin=str(path))
    changes.notes = never_finished_notes(states, changes.tasks, changes.notes)
    return Status(
        counts,
        running,
        tuple(outcome for outcome in outcomes if outcome.scores is None),
        _seconds_left(states, outcomes, len(running)),
        changes,
        accepted,
        left,
        {run: max(0.0, now - began) for run, began, _ in claims},
        last,
        others,
        Path(path),
        any(len(run.tasks) == 2 for run in states),
        variant,
    )


def _check_known(ledger: Ledger, variant: str) -> None:
    """Refuse a variant that was never registered; that of the probe may have none yet."""
    known = [name for name in ledger.variants() if name]
    if not variant or variant in known:
        return
    named = "; ".join([f"`{name}`" for name in known[:MOST_LISTED]] + _more(known))
    raise LedgerError(
        f"The ledger `{ledger.path}` has no variant `{variant}`.{did_you_mean(variant, known)} "
        f"It has {named or 'none beside the probe itself'}."
    )


def _seconds_left(
    states: Mapping[Run, State], outcomes: list[Outcome], at_once: int
) -> float | None:
    """Time that the planned runs take, so many at once; None when it is not known."""
    cost = cost_of(outcomes)
    if cost is None or not at_once:
        return None
    total = cost.total_seconds([run for run, state in states.items() if state == "planned"])
    return None if total is None else total / at_once


def _of_others(others: Mapping[str, Counter[State]]) -> list[str]:
    """A line on the runs of the other variants, and how to see one of these."""
    if not others:
        return []
    total = sum(others.values(), Counter[State]())
    told = ", ".join(f"{state} {total[state]}" for state in total)
    named = next(iter(others))
    hint = f"--variant {shlex.quote(named)}" if named else "no --variant"
    several = f"{len(others)} other variants" if len(others) > 1 else "the other variant"
    return [f"{several}: {told} (one of them: {hint})"]


def last_line(at: float | None) -> list[str]:
    """When a run finished last."""
    if at is None:
        return []
    clock = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))
    return [f"last finish {clock}, {duration(max(0.0, time.time() - at))} ago"]


def running_lines(runs: Sequence[Run], at_work: Mapping[Run, float]) -> list[str]:
    """A line for each of the first runs under way, with how long it has been."""
    lines = []
    for run in runs[:MOST_LISTED]:
        since = f", for {duration(at_work[run])}" if run in at_work else ""
        lines.append(f"running: {run}{since}")
    return [*lines, *_more(runs)]


def failed_lines(
    failures: Sequence[Outcome], path: Path | None, *, more: bool = False
) -> list[str]:
    """Each cause that runs failed of once, with the runs, and the command that shows all of it.

    Args:
        failures: The failed runs.
        path: The ledger's file.
        more: Whether runs failed beside these.
    """
    causes: dict[tuple[str, str], list[Run]] = {}
    for outcome in failures:
        first = (outcome.error or "").partition("\n")[0]
        how, line = telling_line(outcome.output or "")
        further = "" if line in first else f"  it {how}: {shown(line)}"
        causes.setdefault((first, further), []).append(outcome.run)
    lines = []
    for (first, further), runs in [*causes.items()][:MOST_LISTED]:
        named = str(runs[0]) if len(runs) == 1 else f"{len(runs)} runs ({first_names(runs)})"
        lines += [f"failed: {named}: {first}", *([further] if further else [])]
    untold = [run for runs in [*causes.values()][MOST_LISTED:] for run in runs]
    lines += [f"and {len(untold)} more"] if untold else []
    if path is not None and (failures or more):
        lines.append(f"all that is kept of why: {show_failures(path)}")
    return lines


def left_lines(runs: Sequence[Run]) -> list[str]:
    """A line on runs that nobody is at any more."""
    if runs:
        again = f"calling the command again trains {'them' if len(runs) > 1 else 'it'}"
        return [f"{first_names(runs, 1)}: left by a process that has ended; {again}"]
    return []


def _more(things: Sequence[object]) -> list[str]:
    """A line that says how many are not listed."""
    return [f"and {len(things) - MOST_LISTED} more"] if len(things) > MOST_LISTED else []
