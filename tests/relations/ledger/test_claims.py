import sqlite3
import subprocess
import sys
import time

import pytest

from relations.errors import LedgerError
from relations.ledger import claims, pulse
from relations.ledger.claims import Claimant
from relations.ledger.companion import companion
from relations.ledger.fingerprint import recorded_versions
from relations.ledger.ledger import Ledger
from relations.ledger.pulse import place_of_claims, start_of
from relations.runs import Outcome, Run
from relations.tasks import Task

RUNS = [Run(("a",), seed) for seed in range(3)]


@pytest.fixture
def ledger(tmp_path):
    with Ledger(tmp_path / "probe.db") as opened:
        opened.register([Task("a")], {})
        opened.add(RUNS)
        yield opened


def test_a_run_is_claimed_once(ledger):
    with Claimant(ledger) as first, Claimant(ledger) as second:
        assert first.claim(RUNS[0]) == "claimed"
        assert second.claim(RUNS[0]) == "busy"
        first.record(Outcome(RUNS[0], {"a": 1.0}))
        assert second.claim(RUNS[0]) == "settled"


def test_runs_are_claimed_only_when_asked_for(ledger):
    with Claimant(ledger) as claimant:
        busy: list[Run] = []
        runs = claimant.claimed(RUNS, busy)
        assert next(runs) == RUNS[0]
        assert list(ledger.states().values()) == ["running", "planned", "planned"]


def test_unfinished_claims_are_given_back(ledger):
    with Claimant(ledger) as claimant:
        claimant.claim(RUNS[0])
    assert ledger.states()[RUNS[0]] == "planned"


def test_failed_runs_are_tried_once_a_probe(ledger):
    with Claimant(ledger) as claimant:
        claimant.claim(RUNS[0])
        claimant.record(Outcome(RUNS[0], error="boom"))
        assert claimant.claim(RUNS[0]) == "settled"
    with Claimant(ledger, retry_failed=False) as claimant:
        assert claimant.claim(RUNS[0]) == "settled"
    with Claimant(ledger) as claimant:
        assert claimant.claim(RUNS[0]) == "claimed"


def insert_claimant(ledger, place, pid, start, heartbeat):
    row = (place, pid, start, heartbeat)
    ledger._execute("INSERT INTO claimants VALUES ('x', ?, ?, ?, ?)", row)
    ledger._execute("UPDATE runs SET state = 'running', claimed_by = 'x' WHERE seed = 0")


def test_claims_of_a_process_that_ended_are_recovered(ledger):
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    insert_claimant(ledger, place_of_claims(ledger.path), child.pid, start_of(child.pid), 0.0)
    with Claimant(ledger) as claimant:
        assert claimant.recover() == 0  # it lives, however old its heartbeat
        child.kill()
        child.communicate()
        assert claimant.recover() == 1
        assert claimant.claim(RUNS[0]) == "claimed"


def test_one_who_was_taken_for_dead_claims_on_and_is_known_again(ledger):
    with Claimant(ledger) as paused, Claimant(ledger) as other:
        paused.claim(RUNS[0])
        claims._release(ledger._connection, paused._id)
        assert other.claim(RUNS[0]) == "claimed"
        paused.claim(RUNS[1])
        assert other.recover() == 0  # its process is there
        paused.record(Outcome(RUNS[0], {"a": 0.5}))
        assert not other.record(Outcome(RUNS[0], {"a": 0.6}))  # the first scores stay


def test_what_a_full_disk_kept_from_being_given_back_is_recovered_by_the_same_process(
    ledger, monkeypatch
):
    def full(*_):
        raise sqlite3.OperationalError("database or disk is full")

    with (
        monkeypatch.context() as disk,
        pytest.raises(LedgerError, match="Free space"),
        Claimant(ledger) as claimant,
    ):
        claimant.claim(RUNS[0])
        disk.setattr(claims, "_release", full)
    with Claimant(ledger) as again, Claimant(ledger) as beside:
        beside.claim(RUNS[1])
        assert again.recover() == 1
        assert again.claim(RUNS[0]) == "claimed"
        assert again.claim(RUNS[1]) == "busy"


def test_runs_of_a_claimant_that_nobody_knows_are_recovered(ledger, later):
    ledger._execute("UPDATE runs SET state = 'running', claimed_by = 'gone' WHERE seed = 0")
    with Claimant(ledger) as claimant:
        assert claimant.recover() == 0
        later(pulse.WATCHED_SECONDS + 1)
        assert claimant.recover() == 1


def test_the_heart_beats(ledger, monkeypatch):
    monkeypatch.setattr(claims, "HEARTBEAT_SECONDS", 0.02)

    def beat():
        return ledger._execute("SELECT heartbeat FROM claimants").fetchone()[0]

    with Claimant(ledger):
        first = beat()
        deadline = time.monotonic() + 10
        while beat() == first and time.monotonic() < deadline:
            time.sleep(0.02)
        assert beat() > first


def test_the_versions_a_run_was_trained_with_are_recorded_beside_it(tmp_path):
    with Ledger(tmp_path / "probe.db") as ledger:
        ledger.register([Task("a")], {})
        assert ledger.versions() == []
        ledger.add([Run(("a",), 0), Run(("a",), 1)])
        with Claimant(ledger) as claimant:
            claimant.claim(Run(("a",), 0))
            claimant.record(Outcome(Run(("a",), 0), {"a": 1.0}))
        ledger.record(Outcome(Run(("a",), 1), {"a": 1.0}))  # trained elsewhere, with who knows what
        assert ledger.versions() == [recorded_versions()]


def test_another_program_that_ends_leaves_the_companion_of_a_probe_at_work(tmp_path):
    """A process that closes any handle of a file loses all its locks on it, SQLite's too."""
    path = tmp_path / "probe.db"
    visit = (
        "import sqlite3, sys; other = sqlite3.connect(sys.argv[1]); "
        "other.execute('BEGIN IMMEDIATE'); other.execute('ROLLBACK'); other.close()"
    )
    with Ledger(path) as ledger, Claimant(ledger):
        before = companion(path).stat().st_ino
        subprocess.run([sys.executable, "-c", visit, str(path)], check=True)
        assert companion(path).stat().st_ino == before
