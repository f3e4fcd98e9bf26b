"""What is ended by SIGTERM or SIGKILL goes on to the same bits when it is called again."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from relations import Ledger

pytestmark = pytest.mark.long

OFTEN = {**os.environ, "GRADSPLIT_CHECKPOINT_MINUTES": "0.002", "OMP_NUM_THREADS": "1"}
SIGNALS = {signal.SIGTERM: 143, signal.SIGKILL: -signal.SIGKILL}


def started(*words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "gradsplit", *words]
    return subprocess.Popen(
        command, env=OFTEN, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def finished(*words: str) -> None:
    process = started(*words)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors


def train(out: Path) -> tuple[str, ...]:
    return "train", "planted", "--steps", "600", "--out", str(out)


@pytest.mark.parametrize(("number", "code"), SIGNALS.items(), ids=lambda one: str(one))
def test_a_training_goes_on(tmp_path, number, code):
    whole, ended = tmp_path / "whole", tmp_path / "ended"
    process = started(*train(ended))
    until = time.monotonic() + 60
    while not list(ended.glob("unfinished/*.pt")) and time.monotonic() < until:
        time.sleep(0.01)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == code, errors
    assert list(ended.glob("unfinished/*.pt"))
    finished(*train(ended))
    finished(*train(whole))
    for name in ("weights.safetensors", "scores.json", "losses.json"):
        assert (ended / name).read_bytes() == (whole / name).read_bytes()
    assert not (ended / "unfinished").exists()


def scores(folder: Path) -> dict[str, object]:
    with Ledger(folder / "probe.db", read_only=True) as book:
        return {str(one.run): (one.scores, dict(one.side)) for one in book.outcomes("")}


# Ray takes most of the time to start: longer runs, or no moment is in the middle of one.
EXECUTORS = {
    "in-process": ("--steps", "400"),
    "processes": ("--steps", "400", "--workers", "2"),
    "ray": ("--steps", "6000", "--workers", "2"),
}


def probe(out: Path, executor: str) -> tuple[str, ...]:
    return (
        *("probe", "planted", "--tasks", "loud,quiet", "--seeds", "1"),
        *("--out", str(out), "--executor", executor, *EXECUTORS[executor]),
    )


@pytest.mark.slow
@pytest.mark.parametrize("executor", EXECUTORS)
@pytest.mark.parametrize("number", SIGNALS, ids=lambda one: one.name)
def test_a_probe_goes_on_whenever_it_is_ended(tmp_path, number, executor):
    began = time.monotonic()
    finished(*probe(tmp_path / "whole", executor))
    took, gone_on, codes = time.monotonic() - began, 0, set()
    for moment in range(10):
        out = tmp_path / str(moment)
        process = started(*probe(out, executor))
        try:
            process.communicate(timeout=took * (moment + 1) / 10)
        except subprocess.TimeoutExpired:
            process.send_signal(number)
            process.communicate(timeout=60)
            codes.add(process.returncode)
        gone_on += bool(list(out.glob("unfinished/*.pt")))
        finished(*probe(out, executor))
        assert scores(out) == scores(tmp_path / "whole")
        assert not (out / "unfinished").exists()
    assert gone_on, "no run was ended in its middle"
    # Before anything is trained, while Python still imports, the signal ends it as any program.
    assert SIGNALS[number] in codes and codes <= {SIGNALS[number], -number}


def test_a_run_of_a_queue_goes_on(tmp_path):
    words = ("run", "planted", "--steps", "600", "--tasks", "loud,quiet", "--seed", "0", "--scores")
    ended, whole = tmp_path / "ended" / "scores.json", tmp_path / "whole" / "scores.json"
    process = started(*words, str(ended))
    until = time.monotonic() + 60
    while not list(ended.parent.glob("unfinished/*.pt")) and time.monotonic() < until:
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 143, errors
    for scores_file in (ended, whole):
        finished(*words, str(scores_file))
    assert ended.read_text() == whole.read_text()
    assert [path.name for path in ended.parent.iterdir()] == ["scores.json"]
