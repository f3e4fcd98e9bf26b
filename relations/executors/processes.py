"""Runs in worker processes of this machine."""

import os
import pickle
import signal
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import suppress
from itertools import islice
from pathlib import Path

from loky.process_executor import BrokenProcessPool, ProcessPoolExecutor

from relations.errors import RelationsError, argument
from relations.executors.measured import measured, pickled, trains_on_cpu
from relations.running.run_folder import remove_run_folders
from relations.running.stopping import Stopped, grace_left, is_stopping, telling
from relations.runs import Outcome, Run, Trainer

_DRIVER_POLL_SECONDS = 1.0
# A worker loads data once for all its runs; loky would take that for a leak, and start it anew.
_NO_LEAK_CHECK = {"LOKY_MAX_MEMORY_LEAK_SIZE": "1e15"}
_THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)


class Processes:
    """Trains several runs at once, one worker process each, with equal shares of the cores.

    Each slot is a process pool of its own with one fresh (never forked) process, so that a worker
    that dies (out of memory, a crash in native code) takes only its own run with it: that run has
    failed, the slot gets a new process, and the others go on. Functions of a notebook or script
    are sent along (loky, cloudpickle), once a worker.

    Args:
        workers: Worker processes; None: one a GPU if there are any, else one a core. A trainer
            whose attribute `device` is "cpu" gets one a core on any machine.
        devices: GPUs by the names that CUDA_VISIBLE_DEVICES takes, dealt to the workers in turn,
            e.g. ["0", "1"]; None: those that this process sees; []: none are dealt.

    Raises:
        RelationsError: `workers` is below 1.
    """

    ends_softly = True

    def __init__(self, workers: int | None = None, devices: Sequence[str] | None = None) -> None:
        if workers is not None and workers < 1:
            raise RelationsError(f"{argument('workers')} must be at least 1, got {workers}.")
        cores = _cores()
        self._asked = workers, devices
        self.devices = visible_devices() if devices is None else tuple(devices)
        self.workers = workers or len(self.devices) or cores
        self.threads = max(1, cores // self.workers)

    def outcomes(self, train: Trainer, runs: Iterable[Run]) -> Iterator[Outcome]:
        """See `relations.executors.Executor`.

        Raises:
            RelationsError: The trainer cannot be sent to another process.
        """
        place = self.place_for(train)
        sent = pickled(train)
        source = iter(runs)
        under_way: dict[Future[Outcome], tuple[_Slot, Run]] = {}
        slots: list[_Slot] = []

        def ask_to_stop() -> None:
            for slot in slots:
                slot.ask_to_stop()

        try:
            with telling(ask_to_stop):
                for run in islice(source, place.workers):
                    slots.append(_Slot(sent, place.environment(len(slots))))
                    under_way[slots[-1].start(run)] = slots[-1], run
                while under_way:
                    finished, _ = wait(under_way, return_when=FIRST_COMPLETED)
                    for future in finished:
                        slot, run = under_way.pop(future)
                        outcome = slot.outcome(future, run)
                        # The slot works on while the outcome is being recorded.
                        for following in islice(source, 1):
                            under_way[slot.start(following)] = slot, following
                        yield outcome
        except Stopped:
            if not is_stopping():  # a worker was asked to end, and nobody else
                ask_to_stop()
            wait(under_way, timeout=grace_left())  # the others keep what they have, too
            raise
        finally:
            for slot in slots:
                slot.stop()

    def place_for(self, train: Trainer) -> "Processes":
        """These workers; none is dealt a GPU unasked if the trainer is known to use none."""
        workers, devices = self._asked
        if devices is None and trains_on_cpu(train):
            return Processes(workers, devices=[])
        return self

    def environment(self, worker: int) -> dict[str, str]:
        """Environment variables of a worker: its share of the cores, and its device."""
        variables = {name: str(self.threads) for name in _THREAD_VARIABLES} | _NO_LEAK_CHECK
        if self.devices:
            variables["CUDA_VISIBLE_DEVICES"] = self.devices[worker % len(self.devices)]
        return variables


class _Slot:
    """One worker process, replaced when it dies."""

    def __init__(self, train: bytes, environment: dict[str, str]) -> None:
        self._train = train
        self._environment = environment
        self._pool = self._new_pool()

    def _new_pool(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            max_workers=1,
            env=self._environment,
            initializer=_receive,
            initargs=(self._train, os.getpid()),
        )

    def start(self, run: Run) -> Future[Outcome]:
        return self._pool.submit(_train_here, run)

    def outcome(self, future: Future[Outcome], run: Run) -> Outcome:
        """The outcome of a finished future; after a death, a failed one and a new process."""
        try:
            return future.result()
        except BrokenProcessPool as error:
            if is_stopping():  # it was asked to end before it could keep anything
                raise Stopped from error
            self.stop()
            self._pool = self._new_pool()
            text = f"The worker process died (out of memory, or a crash in native code?): {error}"
        except Exception as error:  # what the worker sent could not be read
            text = f"{type(error).__name__}: {error}"
        return Outcome(run, error=text)

    def ask_to_stop(self) -> None:
        for worker in list(self._pool._processes):
            with suppress(ProcessLookupError):
                os.kill(worker, signal.SIGTERM)

    def stop(self) -> None:
        workers = list(self._pool._processes)
        self._pool.shutdown(wait=True, kill_workers=True)
        remove_run_folders(workers)


_received: bytes = b""
_trainer: Trainer | None = None


def _receive(train: bytes, driver: int) -> None:
    """Keep the trainer's bytes in a new worker; they are read in its first run, which can fail."""
    global _received, _trainer
    _received, _trainer = train, None
    threading.Thread(target=_end_with, args=(driver,), daemon=True).start()


def _end_with(driver: int) -> None:
    """End this worker when its driver was killed: nobody would, and it may hold a GPU."""
    while os.getppid() == driver:
        time.sleep(_DRIVER_POLL_SECONDS)
    remove_run_folders([os.getpid()])
    os._exit(1)


def _train_here(run: Run) -> Outcome:
    """Train one run in a worker."""
    global _trainer
    trainer: Trainer = pickle.loads(_received) if _trainer is None else _trainer
    _trainer = trainer
    return measured(trainer, run)


def visible_devices() -> tuple[str, ...]:
    """GPUs that this process sees, as CUDA_VISIBLE_DEVICES names them; found without torch."""
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named is not None:
        return tuple(name.strip() for name in named.split(",") if name.strip())
    try:
        count = sum(1 for _ in Path("/proc/driver/nvidia/gpus").iterdir())
    except OSError:
        return ()
    return tuple(map(str, range(count)))


def _cores() -> int:
    """Cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
