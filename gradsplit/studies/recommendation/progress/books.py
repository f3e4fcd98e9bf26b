"""The ledgers of a recommendation's folder: that of all runs, and of a judgement on test data."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gradsplit.studies.recommendation.progress.progress_file import Key, key_of
from relations.ledger.ledger import Ledger, State
from relations.ledger.pulse import Pulses
from relations.ledger.status import Status, status
from relations.runs import Outcome, Run
from relations.sources import LEDGER_NAME

TEST_LEDGER = "test.db"


@dataclass(frozen=True)
class Books:
    """All runs of a recommendation's folder.

    Attributes:
        probe: How the probe in it stands.
        states: Run of a ledger -> state.
        outcomes: Of the runs that have ended, of all variants.
        at_work: Run under way -> for how many seconds it has been.
        left: Runs that were begun by processes that have ended.
        last_finish: When a run finished last, in seconds since 1970; None when none did.
    """

    probe: Status
    states: Mapping[Key, State]
    outcomes: Sequence[Outcome]
    at_work: Mapping[Run, float]
    left: tuple[Run, ...]
    last_finish: float | None

    @property
    def running(self) -> tuple[Run, ...]:
        """The runs under way."""
        return tuple(self.at_work)

    @classmethod
    def read(cls, folder: Path) -> "Books":
        """Read them.

        Raises:
            LedgerError: The first is not there, or one cannot be read.
        """
        probe = status(folder / LEDGER_NAME)
        states: dict[Key, State] = {}
        outcomes: list[Outcome] = []
        at_work: dict[Run, float] = {}
        left: list[Run] = []
        ends: list[float] = []
        for name in (LEDGER_NAME, TEST_LEDGER):
            if not (folder / name).is_file():
                continue
            with Ledger(folder / name, read_only=True) as book:
                pulses = Pulses(book.path)
                for variant in book.variants():
                    seen = book.states(variant).items()
                    states |= {key_of(name, run): state for run, state in seen}
                    outcomes += book.outcomes(variant)
                    ends += [at for at in [book.last_finish(variant)] if at is not None]
                    for run, began, claimant in book.claims(variant):
                        if pulses.seems_dead(*claimant):
                            states[key_of(name, run)] = "planned"
                            left.append(run)
                        else:
                            at_work[run] = max(0.0, time.time() - began)
        last = max(ends, default=None)
        return cls(probe, states, outcomes, at_work, tuple(left), last)
