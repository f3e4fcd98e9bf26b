"""Ledgers that are copied while a probe is at work, with and without their companion file."""

import contextlib
import os
import shutil
import sqlite3
import time
import warnings
from collections import Counter
from pathlib import Path

import pytest

from relations.errors import LedgerError, LedgerNote
from relations.ledger.claims import Claimant
from relations.ledger.companion import has_companion
from relations.ledger.ledger import Ledger
from relations.runs import Outcome, Run
from relations.tasks import Task

RUNS = [Run(("a",), seed) for seed in range(4)]


@pytest.fixture
def at_work(tmp_path):
    """The path of a ledger whose probe has finished two of four runs and is at the third."""
    path = tmp_path / "probe.db"
    with Ledger(path) as ledger:
        ledger.register([Task("a")], {})
        with Claimant(ledger) as claimant:
            ledger.add(RUNS)
            for run in RUNS[:2]:
                claimant.claim(run)
                claimant.record(Outcome(run, {"a": 0.5}))
            claimant.claim(RUNS[2])
            yield path


def copied(path, folder):
    folder.mkdir()
    return shutil.copy(path, folder / path.name)


def written_back(path):
    """Wait until the main file has what the companion holds, as it has between two readers."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        for _ in range(100):
            _, written, moved = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            if written == moved:
                return
            time.sleep(0.05)


def counts(path):
    with Ledger(path, read_only=True) as ledger:
        return Counter(ledger.states().values())


def test_a_copy_of_the_main_file_alone_says_what_may_be_missing(at_work, tmp_path):
    written_back(at_work)
    copy = copied(at_work, tmp_path / "copied")
    with pytest.warns(LedgerNote, match=r"no `probe.db-wal` beside it: runs that ended after 20"):
        assert counts(copy).total() == 4  # what was planned is in the main file


def test_going_on_with_such_a_copy_says_so_too(at_work, tmp_path):
    copy = copied(at_work, tmp_path / "copied")
    with pytest.warns(LedgerNote, match=r'sqlite3 probe.db "\.backup copy\.db"'):
        Ledger(copy).close()


def test_a_main_file_with_nothing_in_it_names_its_companion(tmp_path):
    live = sqlite3.connect(tmp_path / "probe.db", isolation_level=None)
    live.execute("PRAGMA journal_mode = WAL")
    live.execute("CREATE TABLE meta (key TEXT, value TEXT)")
    copy = copied(tmp_path / "probe.db", tmp_path / "copied")
    live.close()
    with pytest.raises(
        LedgerError, match=r"companion `probe.db-wal`.*copied without it\?.* full disk"
    ):
        Ledger(copy, read_only=True)
    with pytest.warns(LedgerNote, match="companion `probe.db-wal`.* A new ledger begins"):
        Ledger(copy).close()


def test_right_copies_have_all_that_had_ended(at_work, tmp_path):
    source = sqlite3.connect(at_work)
    with sqlite3.connect(tmp_path / "backup.db") as target:
        source.backup(target)
    both = copied(at_work, tmp_path / "both")
    shutil.copy(f"{at_work}-wal", f"{both}-wal")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LedgerNote)  # a backup is of its moment, too
        for copy in (tmp_path / "backup.db", both):
            assert counts(copy) == {"done": 2, "running": 1, "planned": 1}


def test_nothing_is_said_of_a_ledger_in_use_nor_of_one_that_was_left_in_peace(at_work):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert counts(at_work)["running"] == 1


def test_nothing_is_said_of_one_whose_probe_was_killed(at_work):
    other = sqlite3.connect(at_work)
    with contextlib.closing(other), warnings.catch_warnings():
        warnings.simplefilter("error")
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # as a program does that was last to close
        assert not has_companion(at_work)
        assert counts(at_work)["running"] == 1


def test_nothing_is_said_after_a_probe_has_ended(tmp_path):
    with Ledger(tmp_path / "probe.db") as ledger:
        ledger.register([Task("a")], {})
        with Claimant(ledger):
            ledger.add(RUNS)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert counts(copied(tmp_path / "probe.db", tmp_path / "copied"))["planned"] == 4


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root may be another user")
def test_a_companion_that_may_not_be_read_is_not_left_out(at_work, tmp_path):
    folder = tmp_path.parent
    both = copied(at_work, tmp_path / "both")
    shutil.copy(f"{at_work}-wal", f"{both}-wal")
    Path(f"{both}-wal").chmod(0o600)
    opened = [each for each in (folder, *folder.parents) if each.stat().st_mode & 0o055 != 0o055]
    modes = {each: each.stat().st_mode for each in (tmp_path, *opened)}
    try:
        for each in modes:
            each.chmod(0o755)
        os.seteuid(65534)
        with pytest.raises(LedgerError, match="cannot be used"):
            Ledger(both, read_only=True)
    finally:
        os.seteuid(0)
        for each, mode in modes.items():
            each.chmod(mode)
