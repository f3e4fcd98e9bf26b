"""Batches from disk, made by worker processes while the network trains."""

import signal
import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from inspect import GEN_CLOSED, GEN_CREATED, getgeneratorstate
from typing import Any, NamedTuple
from weakref import WeakSet

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Dataset

from gradsplit.errors import TaskSetError
from gradsplit.tasksets.human.records import Records
from gradsplit.tasksets.human.samples import Batch, Samples
from gradsplit.training.seeding import seed_for

_PREFETCHED = 4
# Forked workers start at once and share the records' memory. They only open pictures; fork is not
# safe on a Mac whatever the child does.
_START = "spawn" if sys.platform in ("darwin", "win32") else "fork"

_SOURCES: WeakSet[Generator[Batch]] = WeakSet()
"""The endless batches of this process that somebody still holds."""

Order = Callable[[np.random.Generator], Iterator[NDArray[np.intp]]]
"""Endless batches of sample numbers."""


class Asked(NamedTuple):
    """What a worker is asked for: some samples, and a seed where they are changed at random."""

    chosen: NDArray[np.intp]
    seed: tuple[int, ...] | None


@dataclass(frozen=True)
class Batches(Dataset[Batch | TaskSetError]):
    """Samples as a data set whose elements are whole batches.

    What is wrong with a file is handed over like a batch: raised in a worker it would arrive as the
    trace of the worker, in which nobody finds the file.
    """

    samples: Samples[Records]

    def __getitem__(self, asked: Asked) -> Batch | TaskSetError:
        rng = None if asked.seed is None else np.random.default_rng(asked.seed)
        try:
            return self.samples.batch(asked.chosen, rng)
        except TaskSetError as wrong:
            return TaskSetError(*wrong.args)  # without its trace and cause


def endless(
    samples: Samples[Records], order: Order, seed: int, task: str, *, workers: int
) -> "Endless":
    """Endless training batches, the same for the same seed whatever the number of workers.

    The order of the samples has one random stream, and every batch another for its changes, drawn
    from (seed, task, step). Closing the iterator, or forgetting it, ends its workers.

    Args:
        samples: Of the task.
        order: Which samples are in a batch.
        seed: The run's seed.
        task: Its name.
        workers: Processes that load, for all such batches of this process together, but at least
            one for each; 0 loads here, when a batch is asked for.
    """
    stream = order(np.random.default_rng(seed_for(seed, "data", task)))
    changes = seed_for(seed, "augment", task)
    asked = (Asked(chosen, (changes, step)) for step, chosen in enumerate(stream))
    batches = _of_share(samples, asked, workers)
    _SOURCES.add(batches)
    return Endless(asked, batches)


class Endless(Iterator[Batch]):
    """Endless batches of which the first may be left out without being loaded.

    So that a run that was ended goes on without opening every picture again that it has seen.

    Args:
        asked: What is loaded, batch after batch.
        batches: The batches.
    """

    def __init__(self, asked: Iterator[Asked], batches: Generator[Batch]) -> None:
        self._asked, self._batches = asked, batches

    def __next__(self) -> Batch:
        return next(self._batches)

    def skip(self, count: int) -> None:
        """Leave out the first batches; before any is asked for."""
        assert getgeneratorstate(self._batches) == GEN_CREATED
        for _ in range(count):
            next(self._asked)

    def close(self) -> None:
        """End the workers that load."""
        self._batches.close()


def _of_share(samples: Samples[Records], asked: Iterable[Asked], workers: int) -> Generator[Batch]:
    """Batches by this source's share of the workers, which is known when the first is asked for.

    By then a run has all its sources: those of a run of four tasks share what one task has alone.
    """
    yield from _loaded(samples, asked, max(1, workers // _alive()) if workers else 0)


def _alive() -> int:
    """How many endless batches of this process may still be asked for more."""
    return sum(getgeneratorstate(source) != GEN_CLOSED for source in _SOURCES)


def once(samples: Samples[Records], batch_size: int, *, workers: int) -> Iterator[Batch]:
    """All samples in order, as they are; the last batch may be smaller."""
    places = np.arange(len(samples))
    parts = (places[first : first + batch_size] for first in range(0, len(places), batch_size))
    yield from _loaded(samples, (Asked(part, None) for part in parts), workers)


def _loaded(samples: Samples[Records], asked: Iterable[Asked], workers: int) -> Iterator[Batch]:
    """Batches in the order asked for.

    Raises:
        TaskSetError: A picture cannot be read; names it, whoever was to load it.
    """
    batches = iter(
        DataLoader(
            Batches(samples),
            # Whole batches are asked for: collating single samples would copy them once more.
            batch_size=None,
            collate_fn=_as_it_is,
            sampler=asked,  # pyright: ignore[reportArgumentType] - any iterable
            num_workers=workers,
            # Named: in a worker process of a probe the default is one that loaders cannot use.
            multiprocessing_context=_START if workers else None,
            prefetch_factor=_PREFETCHED if workers else None,
            # Copies to a GPU overlap with its work only from pinned memory.
            pin_memory=torch.cuda.is_available(),
            # Without one of its own, starting would draw from the caller's random state.
            generator=torch.Generator().manual_seed(0),
            worker_init_fn=_outlive_signals,
        )
    )
    wrong = None
    for batch in batches:
        if isinstance(batch, TaskSetError):
            wrong = batch
            break
        inputs, target = batch
        # Pinning makes lists of tuples.
        yield inputs, tuple(target) if isinstance(target, list) else target
    # Workers end here, where they are asked to. Held by the trace of an error they would be ended
    # by the garbage collector, which lets each of them wait for five seconds.
    del batches
    if wrong is not None:
        raise TaskSetError(*wrong.args)


def _outlive_signals(worker: int) -> None:  # noqa: ARG001 - as a DataLoader has it
    """What a signal to a whole group of processes means here is for the training to say.

    It goes on to the end of its step and keeps what it has, and then ends its workers.
    """
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _as_it_is(batch: Any) -> Any:
    return batch
