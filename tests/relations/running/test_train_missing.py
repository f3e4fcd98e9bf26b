from types import SimpleNamespace

import pytest

from relations.errors import LedgerNote
from relations.executors.in_process import InProcess
from relations.ledger.claims import Claimant
from relations.ledger.ledger import Ledger
from relations.running import train_missing as module
from relations.running.train_missing import train_missing
from relations.runs import Outcome, Run
from relations.tasks import Task

RUNS = [Run(("a",), seed) for seed in range(2)]


def test_who_waits_for_another_probe_is_told_once(tmp_path, monkeypatch):
    waits: list[float] = []
    with Ledger(tmp_path / "probe.db") as ledger:
        ledger.register([Task("a")], {})
        ledger.add(RUNS)
        with Claimant(ledger) as other, Claimant(ledger) as waiting:
            for run in RUNS:
                other.claim(run)

            def sleep(seconds):
                waits.append(seconds)
                if sum(waits) > 2 * module.TELL_SECONDS:
                    for run in RUNS:
                        other.record(Outcome(run, {"a": 1.0}))

            monkeypatch.setattr(module, "time", SimpleNamespace(sleep=sleep))
            with pytest.warns(LedgerNote, match="trains a seed 0 and 1 more on") as told:
                train_missing(lambda *_: {}, RUNS, InProcess(), ledger, waiting, progress=False)
    assert len(told) == 1
    assert len(waits) > module.TELL_SECONDS / module.POLL_SECONDS
