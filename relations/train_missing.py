"""Train the runs of a ledger that are not done, beside others who may be doing the same."""

import sys
import time
from collections.abc import Sequence

from relations.executors import Executor
from relations.ledger.claims import Claimant
from relations.ledger.ledger import Ledger, State
from relations.runs import Run, Trainer

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
        progress: Show finished runs and the time left, if this is a terminal.

    Raises:
        LedgerError: The ledger cannot be written, e.g. because the disk is full.
    """
    from tqdm import tqdm

    wanted = dict.fromkeys(map(ledger.canonical, runs))
    states = _states(ledger, runs)
    waiting = [run for run in wanted if states[run] != "done"]
    silent = not progress or not sys.stderr.isatty()
    with tqdm(
        total=len(wanted), initial=len(wanted) - len(waiting), unit="run", disable=silent
    ) as bar:
        while waiting:
            claimant.recover()
            busy: list[Run] = []
            for outcome in executor.outcomes(train, claimant.claimed(waiting, busy)):
                claimant.record(outcome)
                bar.set_postfix_str(str(outcome.run))
                bar.update()
            if len(busy) == len(waiting):
                time.sleep(POLL_SECONDS)
            waiting = busy
        bar.update(len(wanted) - bar.n)


def _states(ledger: Ledger, runs: Sequence[Run]) -> dict[Run, State]:
    """States of the runs' variants."""
    variants = {run.variant for run in runs}
    return {run: state for variant in variants for run, state in ledger.states(variant).items()}
