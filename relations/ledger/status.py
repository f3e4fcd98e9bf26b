"""How a probe stands, read from its ledger while it runs."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from relations.graph import RelationGraph
from relations.ledger.ledger import Ledger
from relations.plan import cost_of, duration
from relations.runs import Outcome, Run
from relations.statistics.change_matrix import ChangeMatrix
from relations.tables.plain_text import shown

MOST_LISTED = 10
_MOST_PRINTED = 200


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
    """

    counts: dict[str, int]
    running: tuple[Run, ...]
    failures: tuple[Outcome, ...]
    seconds_left: float | None
    changes: ChangeMatrix
    accepted: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [", ".join(f"{state} {count}" for state, count in self.counts.items())]
        if self.seconds_left is not None:
            lines.append(f"about {duration(self.seconds_left)} left")
        lines.extend(f"running: {run}" for run in self.running[:MOST_LISTED])
        lines.extend(_more(self.running))
        for outcome in self.failures[:MOST_LISTED]:
            first = (outcome.error or "").partition("\n")[0]
            lines.append(f"failed: {outcome.run}: {first}")
            last = (outcome.output or "").strip().rpartition("\n")[2].strip()[:_MOST_PRINTED]
            if last not in first:
                lines.append(f"  it printed last: {shown(last)}")
        lines.extend(_more(self.failures))
        lines.extend(f"accepted: {change} since runs were trained" for change in self.accepted)
        lines += ["", RelationGraph.from_changes(self.changes).table(self.changes)]
        return "\n".join(lines)


def status(path: str | Path, variant: str = "") -> Status:
    """Read how a probe stands; it may be running.

    Args:
        path: The ledger's file.
        variant: Which runs.

    Raises:
        LedgerError: There is no ledger, or it cannot be read.
    """
    with Ledger(path, read_only=True) as ledger:
        states = ledger.states(variant)
        outcomes = list(ledger.outcomes(variant))
        tasks, looks = ledger.tasks(), ledger.looks(variant)
        accepted = tuple(dict.fromkeys(ledger.accepted(variant)))
    found = Counter(states.values())
    counts = {state: found[state] for state in ("done", "running", "failed", "planned")}
    running = tuple(run for run, state in states.items() if state == "running")
    changes = ChangeMatrix.from_runs(tasks, outcomes, looks=looks, origin=str(path))
    cost = cost_of(outcomes)
    left = None
    if cost is not None and running:
        waiting = [run for run, state in states.items() if state == "planned"]
        total = cost.total_seconds(waiting)
        left = None if total is None else total / len(running)
    failures = tuple(outcome for outcome in outcomes if outcome.scores is None)
    return Status(counts, running, failures, left, changes, accepted)


def _more(things: tuple[object, ...]) -> list[str]:
    """A line that says how many are not listed."""
    return [f"and {len(things) - MOST_LISTED} more"] if len(things) > MOST_LISTED else []
