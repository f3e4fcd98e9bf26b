"""Probes in processes of their own that are disturbed, and what must be true of them afterwards."""

import os
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
from relations.ledger.ledger import Ledger
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


def start(folder, executor="in-process", seconds=0.01, largest_file=0, within=(), disk=None):
    """A probe in a process of its own; its ledger lies on `disk`, else in the folder as its log."""
    ledger = (disk or folder) / "probe.db"
    arguments = [ledger, folder / "log", executor, seconds, largest_file]
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


def check(folder, disk=None):
    """The ledger is whole, and equal to that of a probe that nobody disturbed."""
    expected = undisturbed(folder)
    path = (disk or folder) / "probe.db"
    changes = ChangeMatrix.from_ledger(path)
    assert changes.tasks == expected.tasks
    for name in ("mean", "lower", "upper", "n"):
        np.testing.assert_array_equal(getattr(changes, name), getattr(expected, name))
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    held = "SELECT count(*) FROM runs WHERE claimed_by IS NOT NULL"
    assert connection.execute(held).fetchone() == (0,)
    connection.close()
    with Ledger(path, read_only=True) as ledger:
        assert Counter(ledger.states().values()) == {"done": RUNS}


def workers_of(process):
    """The pids of a probe's worker processes."""
    return [
        int(found.name)
        for found in Path("/proc").glob("[0-9]*")
        if parent(found) == process.pid and b"popen_loky" in (found / "cmdline").read_bytes()
    ]


def parent(folder):
    try:
        return int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None


def trainings(folder, what="ended"):
    lines = (folder / "log").read_text().splitlines()
    return Counter(line.removeprefix(what + " ") for line in lines if line.startswith(what))
