"""Faults one after the other, for minutes: nothing measured is lost, nothing is trained twice."""

import contextlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from relations.ledger.fingerprint import canonical_json, fingerprint
from tests.places import ROOT
from tests.relations.disturbed import (
    RUNS,
    check,
    finish,
    kill,
    start,
    trainings,
    wait_for,
    workers_of,
)

pytestmark = pytest.mark.slow
KILLS = 20


def kill_at_random(folder, kills, moments, **how):
    """Start a probe again and again, and kill it at a random moment of its work."""
    for _ in range(kills):
        process = start(folder, seconds=0.1, **how)  # about one run a life: all meet work
        assert process.stdout is not None
        process.stdout.readline()  # its modules are loaded: now it opens the ledger
        time.sleep(moments.uniform(0, 0.5))
        kill(process)


def tell(folder, what, kills):
    """Counts, for who runs this by hand with -s."""
    began, ended = trainings(folder, "began"), trainings(folder)
    twice = sum(count - 1 for count in ended.values())
    print(f"{what}: {kills} kills, {began.total()} begun, {ended.total()} ended, {twice} again")
    # One that ends in the instant before it is written is lost with the kill; no other is.
    assert began.total() <= RUNS + kills
    assert twice <= kills


@pytest.mark.parametrize("draw", range(3))
def test_kills(tmp_path, draw):
    kill_at_random(tmp_path, KILLS, random.Random(draw))
    finish(start(tmp_path))
    check(tmp_path)
    tell(tmp_path, "one probe", KILLS)


def test_kills_of_a_probe_that_takes_over_a_ledger_from_before_code_was_watched(tmp_path):
    process = start(tmp_path, seconds=0.05)
    wait_for(tmp_path, 5)
    kill(process)
    moments = random.Random(0)
    for _ in range(KILLS):
        forget_code(tmp_path / "probe.db")
        kill_at_random(tmp_path, 1, moments)
    finish(start(tmp_path))
    check(tmp_path)
    tell(tmp_path, "code that was not watched", KILLS + 1)


def forget_code(path):
    """Make a ledger what an earlier release left: its settings name no code."""
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        (text,) = connection.execute(
            "SELECT json FROM variants JOIN settings USING (fingerprint)"
        ).fetchone()
        settings = {name: each for name, each in json.loads(text).items() if name != "code"}
        digest = fingerprint(settings)
        row = (digest, canonical_json(settings))
        connection.execute("INSERT OR IGNORE INTO settings VALUES (?, ?)", row)
        for table in ("variants", "runs"):
            connection.execute(f"UPDATE {table} SET fingerprint = ?", (digest,))


def test_kills_of_two_probes_at_once(tmp_path):
    moments = random.Random(0)
    pair = [start(tmp_path, seconds=1) for _ in range(2)]
    for _ in range(KILLS):
        killed = moments.randrange(2)
        ready = pair[killed].stdout
        assert ready is not None
        ready.readline()
        time.sleep(moments.uniform(0, 0.6))
        kill(pair[killed])
        pair[killed] = start(tmp_path, seconds=1)
    for process in pair:
        finish(process)
    check(tmp_path)
    tell(tmp_path, "two probes", KILLS)


def test_kills_of_probes_with_their_workers(tmp_path):
    moments = random.Random(0)
    for kills in range(1, KILLS + 1):
        process = start(tmp_path, "processes", 0.1)
        wait_for(tmp_path, min(kills, RUNS - 2))
        time.sleep(moments.uniform(0, 0.1))
        kill(process)
    finish(start(tmp_path, "processes"))
    check(tmp_path)
    tell(tmp_path, "with two workers", 2 * KILLS)


def test_workers_that_are_lost_one_by_one(tmp_path):
    moments = random.Random(0)
    process, kills = start(tmp_path, "processes", 0.3), 0
    while process.poll() is None:
        workers = workers_of(process)
        if kills < 6 and (tmp_path / "log").exists() and workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(moments.choice(workers), signal.SIGKILL)
                kills += 1
        time.sleep(moments.uniform(0.5, 1.5))
    finish(process)  # those runs have failed, and the others went on
    finish(start(tmp_path))
    check(tmp_path)
    tell(tmp_path, "lost workers", kills)


@pytest.mark.skipif(os.geteuid() != 0 or sys.platform != "linux", reason="only root may mount")
@pytest.mark.parametrize("size", [8, 60, 100, 160, 220])
def test_a_small_disk_that_fills_up(tmp_path, size):
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}k", "tmpfs", disk], check=True)
    try:
        process = start(tmp_path, seconds=0, disk=disk)
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 1
        assert b"Free space and run again: every run that finished before is safe." in errors
        ended = trainings(tmp_path).total() if (tmp_path / "log").exists() else 0
        subprocess.run(["mount", "-o", "remount,size=8m", disk], check=True)
        finish(start(tmp_path, disk=disk))
        check(tmp_path, disk)
        print(f"{size} KiB: full after {ended} runs")
        tell(tmp_path, "a full disk", 1)
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.mark.parametrize("held", [1, 8])
def test_a_ledger_that_another_program_locks_for_a_while(tmp_path, held):
    process = start(tmp_path, seconds=0.05)
    wait_for(tmp_path, 3)
    with contextlib.closing(sqlite3.connect(tmp_path / "probe.db", timeout=60)) as other:
        other.execute("BEGIN IMMEDIATE")
        second = start(tmp_path, seconds=0.05)
        time.sleep(held)
        other.execute("ROLLBACK")
    for each in (process, second):
        finish(each)
    check(tmp_path)
    tell(tmp_path, f"locked for {held} s", 0)


def test_kills_of_a_command(tmp_path):
    (tmp_path / "train.py").write_text(
        "import json, sys, time\n"
        "tasks, seed, out = sys.argv[1].split('+'), int(sys.argv[2]), sys.argv[3]\n"
        "log = 'log'\n"
        "open(log, 'a').write(f'began {sys.argv[1]} {seed}\\n')\n"
        "time.sleep(0.05)\n"
        "scores = {task: 0.8 - 0.01 * len(tasks) + seed / 1000 for task in tasks}\n"
        "json.dump(scores, open(out, 'w'))\n"
        "open(log, 'a').write(f'ended {sys.argv[1]} {seed}\\n')\n"
    )
    moments = random.Random(0)
    command = f"{sys.executable} train.py {{tasks}} {{seed}} {{out}}"
    words = ["probe", "--command", command, "--tasks", "a,b,c,d", "--seeds", "3", "--out", "."]
    for kills in range(1, KILLS + 1):
        process = begin(tmp_path, words)
        wait_for(tmp_path, min(kills, RUNS - 2))
        time.sleep(moments.uniform(0, 0.15))
        kill(process)
    finish(begin(tmp_path, words))
    quiet = tmp_path / "quiet"
    quiet.mkdir()
    shutil.copy(tmp_path / "train.py", quiet)
    finish(begin(quiet, words))
    assert told(tmp_path) == told(quiet)
    tell(tmp_path, "a command", KILLS)


def begin(folder, words):
    return subprocess.Popen(
        [sys.executable, "-m", "gradsplit.cli", *words],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def told(folder):
    return subprocess.run(
        [sys.executable, "-m", "gradsplit.cli", "relations", "."],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
    ).stdout
