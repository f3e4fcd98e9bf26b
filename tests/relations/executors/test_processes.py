import os
import signal
import threading
import time

import numpy as np
import pytest

from relations import PairwiseProbe
from relations.errors import RelationsError
from relations.executors.processes import Processes
from relations.running.stopping import Stopped, ending_on_request, is_stopping
from relations.runs import Run

RUNS = [Run(("a",), seed) for seed in range(4)]


def by_seed(outcomes):
    return {outcome.run.seed: outcome for outcome in outcomes}


def test_workers_are_other_processes_with_a_share_of_the_cores():
    def train(tasks, seed):
        time.sleep(0.05)
        return {"a": float(os.getpid()), "threads": 0.0} | (
            {} if os.environ["OMP_NUM_THREADS"] == "1" else {"a": -1.0}
        )

    outcomes = list(Processes(workers=2).outcomes(train, RUNS))
    pids = {outcome.scores["a"] for outcome in outcomes if outcome.scores}
    assert len(outcomes) == 4
    assert len(pids) == 2
    assert os.getpid() not in pids


def test_a_worker_that_dies_takes_only_its_own_run():
    def train(tasks, seed):
        if seed == 1:
            os._exit(9)
        time.sleep(0.2)
        return {"a": float(seed)}

    outcomes = by_seed(Processes(workers=2).outcomes(train, RUNS))
    assert outcomes[1].scores is None
    assert "worker process died" in (outcomes[1].error or "")
    assert [outcomes[seed].scores for seed in (0, 2, 3)] == [{"a": 0.0}, {"a": 2.0}, {"a": 3.0}]


def test_when_one_worker_alone_is_asked_to_end_the_others_keep_what_they_have(tmp_path):
    def train(tasks, seed):
        with ending_on_request(softly=True):
            (tmp_path / f"begun-{seed}").touch()
            while len(list(tmp_path.glob("begun-*"))) < 2:
                time.sleep(0.01)
            if seed == 0:
                os.kill(os.getpid(), signal.SIGTERM)
            until = time.monotonic() + 5
            while not is_stopping() and time.monotonic() < until:
                time.sleep(0.01)
            if is_stopping():
                (tmp_path / f"kept-{seed}").touch()
            raise Stopped

    with pytest.raises(Stopped):
        list(Processes(workers=2).outcomes(train, RUNS[:2]))
    assert (tmp_path / "kept-1").exists()


def test_a_worker_keeps_what_it_has_loaded():
    held = {}

    def train(tasks, seed):
        if seed == 1:
            # More than loky lets a worker grow by default, and long enough for it to look.
            held["data"] = bytearray(b"1" * 400_000_000)
        time.sleep(0.7)
        return {task: float(os.getpid()) for task in tasks}

    outcomes = Processes(workers=1).outcomes(train, [Run(("a",), seed) for seed in range(4)])
    assert len({outcome.scores["a"] for outcome in outcomes}) == 1


def test_errors_come_back_as_outcomes():
    def train(tasks, seed):
        raise RuntimeError(f"boom {seed}")

    outcomes = by_seed(Processes(workers=1).outcomes(train, RUNS[:2]))
    assert (outcomes[1].error or "").startswith("RuntimeError: boom 1")


def test_runs_are_asked_for_only_when_a_worker_is_free():
    asked = []

    def runs():
        for run in RUNS:
            asked.append(run)
            yield run

    outcomes = Processes(workers=1).outcomes(lambda tasks, seed: {"a": 1.0}, runs())
    next(outcomes)
    assert len(asked) == 2
    outcomes.close()


def test_devices_are_dealt_to_the_workers():
    place = Processes(devices=["0", "1"])
    assert place.workers == 2
    assert [place.environment(worker)["CUDA_VISIBLE_DEVICES"] for worker in range(3)] == [
        "0",
        "1",
        "0",
    ]
    none = Processes(workers=1, devices=[])
    assert "CUDA_VISIBLE_DEVICES" not in none.environment(0)


def test_devices_are_those_that_this_process_sees(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2, GPU-abc")
    place = Processes(workers=3)
    assert place.devices == ("2", "GPU-abc")
    assert Processes().workers == 2
    assert place.environment(2)["CUDA_VISIBLE_DEVICES"] == "2"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert Processes().devices == ()


class OnDevice:
    """A trainer that says where it trains."""

    def __init__(self, device):
        self.device = device

    def __call__(self, tasks, seed):
        return {"a": float(os.environ.get("CUDA_VISIBLE_DEVICES", "") == "0,1")}


def test_trainings_on_the_cpu_get_a_worker_a_core_beside_gpus(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    monkeypatch.setattr("relations.executors.processes._cores", lambda: 16)
    place = Processes()
    assert place.place_for(OnDevice("cuda")).workers == 2
    assert place.place_for(lambda tasks, seed: {"a": 1.0}).workers == 2
    beside = place.place_for(OnDevice("cpu"))
    assert (beside.workers, beside.threads, beside.devices) == (16, 1, ())
    assert Processes(workers=3).place_for(OnDevice("cpu")).workers == 3
    assert Processes(devices=["1"]).place_for(OnDevice("cpu")).devices == ("1",)
    outcomes = Processes(workers=1).outcomes(OnDevice("cpu"), RUNS[:1])
    assert [outcome.scores for outcome in outcomes] == [{"a": 1.0}]


def test_the_cores_are_shared_out():
    place = Processes(workers=1, devices=[])
    assert place.environment(0)["OMP_NUM_THREADS"] == str(place.threads)
    assert Processes(workers=10**6).threads == 1


def test_a_trainer_that_cannot_be_sent():
    lock = threading.Lock()

    def train(tasks, seed):
        return {"a": float(lock.locked())}

    with pytest.raises(RelationsError, match="must be picklable"):
        list(Processes(workers=1).outcomes(train, RUNS))
    with pytest.raises(RelationsError, match="`workers` must be at least 1"):
        Processes(workers=0)


def test_the_same_matrix_as_in_one_process(tmp_path, slides_trainer, four_tasks):
    here = PairwiseProbe(four_tasks, slides_trainer, range(2), tmp_path / "one.db").run()
    there = PairwiseProbe(four_tasks, slides_trainer, range(2), tmp_path / "two.db").run(
        "processes", workers=2
    )
    np.testing.assert_array_equal(here.mean, there.mean)
    np.testing.assert_array_equal(here.lower, there.lower)
