"""Train the runs of a ledger that are not done, beside others who may be doing the same."""

import time
import warnings
from collections.abc import Collection, Sequence

from relations.change_kinds import RELATIVE
from relations.errors import LedgerNote, ScoreNote
from relations.executors import Executor, check_here
from relations.ledger.claims import Claimant
from relations.ledger.ledger import Ledger, State
from relations.running.stopping import ending_on_request, saying_what_is_kept
from relations.running.unfinished import can_go_on, has_unfinished, keeping, settled
from relations.runs import Outcome, Run, Trainer
from relations.tables.first_names import first_names

TELL_SECONDS = 5.0  # after which one who waits is told what for
POLL_SECONDS = 1.0  # how often to look whether another probe has finished what we wait for


def train_missing(
    train: Trainer,
    runs: Sequence[Run],
    executor: Executor,
    ledger: Ledger,
    claimant: Claimant,
    *,
    progress: bool,
) -> None:
    """Train the runs that are not done, and wait for those another probe is at.

    Args:
        train: The trainer.
        runs: Runs that were added to the ledger.
        executor: Where to train.
        ledger: The ledger.
        claimant: This probe's claims on it.
        progress: Show finished runs and the time left, see `relations.running.progress`.

    Raises:
        LedgerError: The ledger cannot be written, e.g. because the disk is full.
        Stopped: SIGTERM has ended it; what was begun is kept and claims are given back.
        Exception: What the trainer raises when it cannot train on this machine.

    Warns:
        LedgerNote: Only runs are left that another probe is at.
    """
    from relations.running.progress import run_progress

    wanted = dict.fromkeys(map(ledger.canonical, runs))
    states = _states(ledger, runs)
    waiting = [run for run in wanted if states[run] != "done"]
    done = wanted.keys() - set(waiting)
    if waiting:
        check_here(train, executor)  # once, before each of them is recorded as failed
    if waiting or has_unfinished(ledger):
        train = keeping(train, ledger)
    if has_unfinished(ledger):
        for run in done:  # a kill may have come between the ledger's record and this
            settled(train, run)
    relative = {task.name for task in ledger.tasks() if task.change == RELATIVE}
    first_scores = _FirstScores(relative)
    waited = 0.0
    softly = can_go_on(train) and getattr(executor, "ends_softly", False)
    with (
        saying_what_is_kept(),
        ending_on_request(softly=softly),
        run_progress(wanted, shown=progress) as seen,
    ):
        seen.held(done)
        while waiting:
            claimant.recover()
            busy: list[Run] = []
            for outcome in executor.outcomes(train, claimant.claimed(waiting, busy)):
                claimant.record(outcome)
                settled(train, outcome.run)
                first_scores.look_at(outcome)
                seen.finished(outcome)
            if len(busy) == len(waiting):
                time.sleep(POLL_SECONDS)
                waited += POLL_SECONDS
                if waited - POLL_SECONDS < TELL_SECONDS <= waited:
                    _tell_of_waiting(busy)
            waiting = busy
        seen.held(wanted)


def _tell_of_waiting(busy: Sequence[Run]) -> None:
    """Say what is waited for, so that it does not look like a hang.

    Warns:
        LedgerNote: Once a call.
    """
    warnings.warn(
        f"Another probe trains {first_names(busy, 1)} on this ledger; waiting for it. "
        "What a probe that was killed held is free at once, or within two minutes if it ran on "
        "another machine or in another container.",
        LedgerNote,
        stacklevel=3,
    )


class _FirstScores:
    """Tells of a metric without relative changes as soon as single-task scores show it."""

    def __init__(self, relative: Collection[str]) -> None:
        self._relative = relative
        self._first: dict[str, float] = {}
        self._told: set[str] = set()

    def look_at(self, outcome: Outcome) -> None:
        """Look at a run that has ended.

        Warns:
            ScoreNote: Its single-task score is zero, or of another sign than the first one.
        """
        if outcome.scores is None or len(outcome.run.tasks) > 1:
            return
        ((task, score),) = outcome.scores.items()
        first = self._first.setdefault(task, score)
        if task not in self._relative or task in self._told or (score != 0 and score * first > 0):
            return
        self._told.add(task)
        seen = f"{score:g}" if score == 0 else f"{first:g} and {score:g}"
        warnings.warn(
            f"`{task}` alone scores {seen}: a metric that is zero or changes its sign has no "
            "relative change, so its edges will be unknown. The training goes on, and its scores "
            f"serve an absolute change just as well: give --absolute {task}=-0.02 (0.02 worse is "
            f'harm) when you read them, or Task({task!r}, change="absolute", threshold=-0.02).',
            ScoreNote,
            stacklevel=2,
        )


def _states(ledger: Ledger, runs: Sequence[Run]) -> dict[Run, State]:
    """States of the runs' variants."""
    variants = {run.variant for run in runs}
    return {run: state for variant in variants for run, state in ledger.states(variant).items()}
