"""Kills, two probes at once, readers, a full disk: no finished run is lost or trained again."""

import os
import random
import signal
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from relations import ChangeMatrix
from relations.errors import LedgerError
from relations.ledger.ledger import Ledger
from relations.ledger.pulse import SILENT_SECONDS
from tests.relations.disturbed import (
    CONTAINER,
    RUNS,
    check,
    finish,
    in_containers,
    kill,
    start,
    trainings,
    wait_for,
    workers_of,
)


@pytest.mark.long
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
    workers = workers_of(process)
    assert len(workers) == 2
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    deadline = time.monotonic() + 20
    while any(alive(worker) for worker in workers) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(alive(worker) for worker in workers)


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
