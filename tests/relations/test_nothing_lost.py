"""Kills, two probes at once, readers, a full disk: no finished run is lost or trained again."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from relations import ChangeMatrix, PairwiseProbe
from relations.errors import LedgerError
from relations.ledger.ledger import Ledger
from relations.ledger.pulse import SILENT_SECONDS
from tests.places import ROOT
from tests.relations.probe_to_be_killed import SEEDS, TASKS, Logged

HERE = Path(__file__).parent
RUNS = 3 * (4 + 6)
CONTAINER = ("unshare", "--pid", "--fork", "--mount-proc")  # another process namespace, same name


def _can_unshare():
    try:
        return subprocess.run([*CONTAINER, "true"], capture_output=True).returncode == 0
    except OSError:
        return False


in_containers = pytest.mark.skipif(
    not _can_unshare(), reason="process namespaces are made by root, on Linux"
)


def start(folder, executor="in-process", seconds=0.01, largest_file=0, within=()):
    arguments = [folder / "probe.db", folder / "log", executor, seconds, largest_file]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [*within, sys.executable, str(HERE / "probe_to_be_killed.py"), *map(str, arguments)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def kill(process):
    """End a probe and its workers without a warning."""
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def wait_for(folder, count):
    """Wait until so many trainings have ended."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if (folder / "log").exists() and trainings(folder).total() >= count:
            return
        time.sleep(0.02)
    raise AssertionError("the probe does not get on")


def finish(process):
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors.decode()


def undisturbed(folder):
    probe = PairwiseProbe(TASKS, Logged(str(folder / "quiet.log"), 0), SEEDS, folder / "quiet.db")
    return probe.run()


def check(folder):
    """The ledger is whole, and equal to that of a probe that nobody disturbed."""
    expected = undisturbed(folder)
    changes = ChangeMatrix.from_ledger(folder / "probe.db")
    assert changes.tasks == expected.tasks
    for name in ("mean", "lower", "upper", "n"):
        np.testing.assert_array_equal(getattr(changes, name), getattr(expected, name))
    connection = sqlite3.connect(folder / "probe.db")
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("SELECT count(*) FROM claimants").fetchone() == (0,)
    connection.close()
    with Ledger(folder / "probe.db", read_only=True) as ledger:
        assert Counter(ledger.states().values()) == {"done": RUNS}


def trainings(folder, what="ended"):
    lines = (folder / "log").read_text().splitlines()
    return Counter(line.removeprefix(what + " ") for line in lines if line.startswith(what))


def test_killed_at_twenty_random_moments(tmp_path):
    moments = random.Random(0)
    ends: list[int] = []
    # Where other programs have the machine it gets less far in a time: longer times, more kills.
    while len(ends) < 20 or (len(set(ends)) <= 5 and len(ends) < 100):
        process = start(tmp_path, seconds=0.03)
        assert process.stdout is not None
        process.stdout.readline()  # its modules are loaded: now it opens the ledger
        time.sleep(moments.uniform(0, 0.12 * (1 + len(ends) // 20)))
        kill(process)
        ends.append(trainings(tmp_path).total() if (tmp_path / "log").exists() else 0)
    assert len(set(ends)) > 5  # they died at many different places
    finish(start(tmp_path))
    check(tmp_path)
    # A run that ends in the instant before it is written is lost with the kill; no other is.
    assert trainings(tmp_path, "began").total() <= RUNS + len(ends)
    assert max(trainings(tmp_path).values()) <= 2


def test_workers_killed_with_their_probe(tmp_path):
    process = start(tmp_path, "processes", 0.1)
    wait_for(tmp_path, 5)
    kill(process)
    finish(start(tmp_path, "processes"))
    check(tmp_path)
    assert trainings(tmp_path, "began").total() <= RUNS + 4


def test_workers_end_when_only_their_probe_is_killed(tmp_path):
    process = start(tmp_path, "processes", 0.2)
    wait_for(tmp_path, 2)
    workers = [
        int(found.name)
        for found in Path("/proc").glob("[0-9]*")
        if parent(found) == process.pid and b"popen_loky" in (found / "cmdline").read_bytes()
    ]
    assert len(workers) == 2
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    deadline = time.monotonic() + 20
    while any(alive(worker) for worker in workers) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(alive(worker) for worker in workers)


def parent(folder):
    try:
        return int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_several_probes_on_one_ledger_share_the_work(tmp_path):
    several = [start(tmp_path, seconds=0.02) for _ in range(3)]
    for process in several:
        finish(process)
    check(tmp_path)
    assert set(trainings(tmp_path, "began").values()) == {1}


@in_containers
def test_probes_in_two_containers_of_one_name_share_the_work(tmp_path):
    first = start(tmp_path, seconds=0.1, within=CONTAINER)
    wait_for(tmp_path, 2)
    second = start(tmp_path, seconds=0.1, within=CONTAINER)
    for process in (first, second):
        finish(process)
    check(tmp_path)
    assert set(trainings(tmp_path, "began").values()) == {1}


@pytest.mark.slow  # it waits for two minutes, as a user would
@in_containers
def test_what_a_killed_container_was_at_is_taken_over_in_time(tmp_path):
    first = start(tmp_path, seconds=0.1, within=CONTAINER)
    wait_for(tmp_path, 2)
    kill(first)
    began = time.monotonic()
    _, errors = start(tmp_path, within=CONTAINER).communicate(timeout=240)
    assert SILENT_SECONDS - 10 < time.monotonic() - began < SILENT_SECONDS + 30, errors.decode()
    check(tmp_path)
    assert trainings(tmp_path, "began").total() <= RUNS + 1


def test_one_of_two_probes_is_killed_and_the_other_takes_over(tmp_path):
    first, second = start(tmp_path, seconds=0.05), start(tmp_path, seconds=0.05)
    wait_for(tmp_path, 6)
    kill(first)
    finish(second)
    check(tmp_path)
    assert trainings(tmp_path, "began").total() <= RUNS + 1


def test_a_reader_never_fails_nor_sees_half_a_run(tmp_path):
    process = start(tmp_path, seconds=0.02)
    seen = []
    while process.poll() is None:
        try:
            changes = ChangeMatrix.from_ledger(tmp_path / "probe.db")
        except LedgerError as error:
            assert "There is no ledger" in str(error) or not seen  # before it is made
            continue
        seen.append(int(changes.n.sum()))
        assert not np.isinf(changes.mean).any()
    finish(process)
    assert seen == sorted(seen)
    assert len(set(seen)) > 3
    check(tmp_path)


def test_a_disk_that_fills_up_loses_only_the_run_under_way(tmp_path):
    process = start(tmp_path, "in-process", 0, 150_000)  # bytes a file may have
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 1
    assert b"Free space and run again: every run that finished before is safe." in errors
    with Ledger(tmp_path / "probe.db", read_only=True) as ledger:
        done = Counter(ledger.states().values())["done"]
    assert 0 < done < RUNS
    assert done <= trainings(tmp_path).total() <= done + 1
    finish(start(tmp_path))
    check(tmp_path)
    assert trainings(tmp_path, "began").total() <= RUNS + 1
