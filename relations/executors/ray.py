"""Runs on a Ray cluster: many machines, fractions of GPUs, lost nodes."""

import os
import pickle
import signal
import sys
import threading
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relations.errors import RelationsError, argument
from relations.executors.measured import measured, pickled
from relations.running.stopping import Stopped
from relations.runs import Outcome, Run, Trainer

if TYPE_CHECKING:
    from ray import ObjectRef


class Ray:
    """Trains as many runs at once as the cluster has room for; nodes may join and go meanwhile.

    Only this process writes the ledger, so the machines need no shared disk for it. A run whose
    worker or node is lost is started again elsewhere. The packages that the trainer imports must be
    installed on every node.

    Args:
        workers: Most runs at once; None: as many as there is room for.
        address: Of a running cluster, e.g. "auto" or "ray://head:10001"; None: the one this process
            is connected to or that RAY_ADDRESS names, else a new one on this machine.
        cpus: Cores of one run.
        gpus: GPUs of one run; 0.25 lets four runs share one.
        retries: How often a run is started again when its worker or node is lost.

    Raises:
        RelationsError: Ray is not installed, or a number is out of range.
    """

    def __init__(
        self,
        workers: int | None = None,
        *,
        address: str | None = None,
        cpus: float = 1,
        gpus: float = 0,
        retries: int = 3,
    ) -> None:
        try:
            import ray  # noqa: F401
        except ImportError as error:
            raise RelationsError(
                f"{argument('executor', 'ray')} needs Ray, which is not installed. "
                'Install it with `pip install ".[ray]"`.'
            ) from error
        if (workers is not None and workers < 1) or cpus <= 0 or gpus < 0 or retries < 0:
            raise RelationsError(
                f"{argument('workers')} must be at least 1, `cpus` positive, {argument('gpus')} "
                f"and {argument('retries')} not negative, "
                f"got {workers}, {cpus}, {gpus}, {retries}."
            )
        self.workers, self.address = workers, address
        self.cpus, self.gpus, self.retries = cpus, gpus, retries

    def outcomes(self, train: Trainer, runs: Iterable[Run]) -> Iterator[Outcome]:
        """See `relations.executors.Executor`."""
        import ray

        ours = not ray.is_initialized()
        if ours:
            _connect(self.address)
        start = ray.remote(_train_on_node).options(
            num_cpus=self.cpus, num_gpus=self.gpus, max_retries=self.retries
        )
        sent, paths = ray.put(pickled(train)), ray.put(sys.path)
        source = iter(runs)
        under_way: dict[ObjectRef[Any], Run] = {}
        while True:
            for run in islice(source, max(0, self._room() - len(under_way))):
                under_way[start.remote(sent, paths, run)] = run
            if not under_way:
                return
            try:
                finished, _ = ray.wait(list(under_way), num_returns=1)
            except KeyboardInterrupt:
                if ours:  # with work under way it may abort at the end of this process
                    ray.shutdown()
                raise
            for reference in finished:
                yield _outcome(reference, under_way.pop(reference))

    def _room(self) -> int:
        """How many runs fit on the cluster as it is now; at least one, which waits for room."""
        import ray

        resources = ray.cluster_resources()
        room = resources.get("CPU", 0) / self.cpus
        if self.gpus:
            room = min(room, resources.get("GPU", 0) / self.gpus)
        return max(1, min(int(room), self.workers or int(room)))


def _connect(address: str | None) -> None:
    """Connect to a cluster, or start one; what SIGTERM does stays as it was.

    Ray sets a handler of its own, which ends this process before claims are given back; and an
    exception in the middle of its start makes it abort. A signal meanwhile is acted on afterwards.

    Raises:
        Stopped: SIGTERM came after Ray had set its handler.
    """
    import ray

    handler = signal.getsignal(signal.SIGTERM)
    # None: one that is not Python's, which Python cannot set.
    ours = threading.current_thread() is threading.main_thread() and handler is not None
    came: list[int] = []
    if ours:
        signal.signal(signal.SIGTERM, lambda number, _frame: came.append(number))
    try:
        ray.init(address=address, log_to_driver=False)
    except SystemExit as ended:  # by Ray's handler, which it sets before it is done
        if ended.code == signal.SIGTERM:
            raise Stopped from ended
        raise
    finally:
        if ours:
            signal.signal(signal.SIGTERM, handler)
    if came:
        os.kill(os.getpid(), signal.SIGTERM)


def _train_on_node(train: bytes, paths: list[str], run: Run) -> Outcome:
    """Train one run in a worker of some node."""
    # Where the driver imports from, as far as it is there: a shared disk, or the same machine.
    sys.path.extend(path for path in paths if path not in sys.path and Path(path).exists())
    return measured(_unpickled(train), run)


@lru_cache(maxsize=1)
def _unpickled(train: bytes) -> Trainer:
    """The trainer, made once a worker: it may hold data."""
    return pickle.loads(train)


def _outcome(reference: "ObjectRef[Any]", run: Run) -> Outcome:
    """The outcome of a finished task; a failed one when its workers were lost too often."""
    import ray
    from ray.exceptions import RayError

    try:
        return ray.get(reference)
    except RayError as error:
        return Outcome(run, error=f"Ray could not finish the run: {type(error).__name__}: {error}")
