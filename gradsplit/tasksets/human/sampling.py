"""Which samples a training batch holds: an endless order for each seed and task."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from gradsplit.errors import TaskSetError

EACH = 4
"""Pictures of one identity in a batch of re-identification: K of PK sampling."""


def passes(count: int, batch_size: int, rng: np.random.Generator) -> Iterator[NDArray[np.intp]]:
    """Endless batches of `count` samples: a new order for every pass, passes joined seamlessly.

    Args:
        count: Samples there are.
        batch_size: Samples in a batch; may exceed `count`.
        rng: Of the order.

    Yields:
        [batch_size] numbers of samples.

    Raises:
        TaskSetError: There is no sample.

    Example:
        >>> batches = passes(3, 2, np.random.default_rng(0))
        >>> sorted(np.concatenate([next(batches) for _ in range(3)]).tolist())
        [0, 0, 1, 1, 2, 2]
    """
    if count < 1:
        raise TaskSetError("There are no training samples.")
    left = np.empty(0, np.intp)
    while True:
        while len(left) < batch_size:
            left = np.concatenate([left, rng.permutation(count)])
        yield left[:batch_size]
        left = left[batch_size:]


def by_identity(
    identities: NDArray[np.intp], batch_size: int, rng: np.random.Generator, *, each: int = EACH
) -> Iterator[NDArray[np.intp]]:
    """Endless batches of some identities, `each` pictures of each of them: PK sampling.

    Identities come in passes, so all are seen equally often. Pictures of an identity come in
    passes of their own, so all of its pictures are used, and one is repeated in a batch only where
    the identity has fewer than are asked for. With fewer identities than a batch should hold, each
    gives more pictures.

    Args:
        identities: [N] identity of every sample.
        batch_size: Samples in a batch; where `each` does not divide it, one identity gives fewer.
        rng: Of the order.
        each: Pictures of one identity.

    Yields:
        [batch_size] numbers of samples, those of one identity side by side.

    Raises:
        TaskSetError: There are fewer than two identities: nothing is to be told apart.

    Source: Hermans et al., "In Defense of the Triplet Loss for Person Re-Identification", sec. 2.
    """
    names, numbers = np.unique(identities, return_inverse=True)
    if len(names) < 2:
        raise TaskSetError(
            f"Re-identification needs at least two identities to train on, got {len(names)}."
        )
    members = np.split(np.argsort(numbers, kind="stable"), np.bincount(numbers).cumsum()[:-1])
    people = min(-(-batch_size // each), len(names))
    each = -(-batch_size // people)
    chosen = _distinct(len(names), people, rng)
    # Started when first needed: a run may be over before every identity was seen.
    pictures: dict[int, Iterator[NDArray[np.intp]]] = {}
    while True:
        parts = []
        for person in next(chosen).tolist():
            if person not in pictures:
                pictures[person] = _distinct(len(members[person]), each, rng)
            parts.append(members[person][next(pictures[person])])
        yield np.concatenate(parts)[:batch_size]


def _distinct(count: int, wanted: int, rng: np.random.Generator) -> Iterator[NDArray[np.intp]]:
    """Like `passes`, but nothing twice in one draw where there are enough.

    The rest of a pass is completed from the next one by what is not in it yet, which then comes
    later in that next pass.
    """
    if count < wanted:
        yield from passes(count, wanted, rng)
    left = np.empty(0, np.intp)
    while True:
        if len(left) < wanted:
            following = rng.permutation(count)
            repeated = np.isin(following, left)
            left = np.concatenate([left, following[~repeated], following[repeated]])
        yield left[:wanted]
        left = left[wanted:]
