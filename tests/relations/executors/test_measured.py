import mmap
import os
import signal
import socket
import statistics
import sys
from types import SimpleNamespace

import pytest

from relations.executors.measured import measured
from relations.running.stopping import Stopped, ending_on_request
from relations.runs import Outcome, Run

RUN = Run(("a",), 0)


def test_what_fails_after_the_process_was_asked_to_end_has_not_failed():
    def train(tasks, seed):
        os.kill(os.getpid(), signal.SIGTERM)
        raise RuntimeError("a process that loads was killed")

    with pytest.raises(Stopped), ending_on_request(softly=True):
        measured(train, RUN)
        pytest.fail("it gave an outcome")
    assert "ZeroDivisionError" in (measured(lambda *_: 1 / 0, RUN).error or "")


def test_time_memory_and_place():
    def train(tasks, seed):
        # Pages of its own: memory that this process has freed before may be given out again.
        with mmap.mmap(-1, 80 * 2**20) as held:
            for _ in range(80):
                held.write(b"1" * 2**20)
        return {"a": 1.0}

    def idle(tasks, seed):
        return {"a": 1.0}

    outcome = measured(train, RUN)
    assert outcome.scores == {"a": 1.0}
    assert outcome.error is None
    assert outcome.wall_seconds is not None
    assert 0 < outcome.wall_seconds < 10
    assert outcome.device == "cpu"
    assert outcome.host == socket.gethostname()
    quiet = measured(idle, RUN)
    assert outcome.peak_memory_bytes is not None
    assert quiet.peak_memory_bytes is not None
    assert outcome.peak_memory_bytes - quiet.peak_memory_bytes > 40 * 2**20


@pytest.mark.parametrize(
    ("says", "device", "memory"),
    [(None, "cuda:1 (A GPU)", 7), ("cuda:1", "cuda:1 (A GPU)", 7), ("cpu", "cpu", None)],
)
def test_cuda_in_use_counts_unless_the_trainer_says_cpu(monkeypatch, says, device, memory):
    cuda = SimpleNamespace(
        is_initialized=lambda: True,
        reset_peak_memory_stats=lambda: None,
        current_device=lambda: 1,
        get_device_name=lambda index: "A GPU",
        max_memory_allocated=lambda: 7,
    )
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=cuda))

    class Train:
        def __call__(self, tasks, seed):
            return {"a": 1.0}

    train = Train()
    if says:
        train.device = says
    outcome = measured(train, RUN)
    assert outcome.device == device
    assert outcome.peak_memory_bytes == memory or memory is None


def test_an_error_tells_what_and_where():
    def train(tasks, seed):
        raise ZeroDivisionError("no data")

    outcome = measured(train, RUN)
    assert outcome.scores is None
    assert outcome.error is not None
    assert outcome.error.startswith("ZeroDivisionError: no data\n")
    assert "in train" in outcome.error


def test_the_line_of_ones_own_code_is_told_though_a_library_raises():
    error = measured(lambda *_: {"a": statistics.mean([])}, RUN).error or ""
    first, place, empty = error.split("\n")[:3]
    assert first.startswith("StatisticsError: ")
    assert place.startswith(f"In {__file__}, line ") and place.endswith(", `<lambda>`.")
    assert empty == ""


def test_a_training_that_exits_has_failed():
    def train(tasks, seed):
        raise SystemExit("no GPU")

    assert (measured(train, RUN).error or "").startswith("SystemExit: no GPU")


def test_a_trainer_that_knows_more_is_asked_for_it():
    class Knows:
        def __call__(self, tasks, seed):
            raise AssertionError("not asked")

        def outcome(self, run):
            return Outcome(run, scores={"a": 2.0}, output="printed", device="elsewhere")

    outcome = measured(Knows(), RUN)
    assert (outcome.scores, outcome.output, outcome.device) == ({"a": 2.0}, "printed", "elsewhere")
    assert outcome.wall_seconds is not None
