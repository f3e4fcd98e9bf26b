"""Seeds whose score or change lies far from that of all others, as of a training that ran away."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from relations.change_kinds import ABSOLUTE, RELATIVE, ChangeKind
from relations.statistics.changes_of_seeds import ChangesOfSeeds
from relations.statistics.intervals import Matrix
from relations.tables.first_names import first_names

FALSE = 0.01
"""How often a matrix of normal noise has any such seed, at most."""
MATTERS = 5
"""A distance of so many thresholds of harm, or of so many per cent of a score, matters."""
_FEWEST, _MOST = 4, 3
_THREE, _TIMES, _HALF = 3, 10, 0.5
_ROUNDING = 1e-12


def far_seeds(values: Matrix, alpha: float = FALSE) -> NDArray[np.int64]:
    """[K] the place in each column of the one value that is too far off to be one of the others.

    Args:
        values: [S, K]; NaN where unknown.
        alpha: How often a column of normal noise has one.

    Returns:
        -1 where there is none, where fewer than four are known, or where the others do not vary
        and so say nothing of how far is far.

    Source: Grubbs' test of one outlier, "Procedures for detecting outlying observations in
    samples", Technometrics 1969, with its two-sided critical value.

    Example:
        >>> far_seeds(np.array([[0.80, 0.79, 0.10, 0.81, 0.80]]).T).tolist()
        [2]
    """
    n = (~np.isnan(values)).sum(axis=0)
    found = np.full(values.shape[1], -1)
    enough = np.flatnonzero(n >= _FEWEST)
    if not enough.size:
        return found
    seen, n = values[:, enough], n[enough]
    off = np.abs(seen - np.nanmean(seen, axis=0))
    at = np.nanargmax(off, axis=0)
    others = seen.copy()
    others[at, np.arange(len(at))] = np.nan
    vary = np.nanstd(others, axis=0) > _ROUNDING * np.nanmax(np.abs(seen), axis=0)
    t = stats.t.isf(alpha / (2 * n), n - 2)
    critical = (n - 1) / n**0.5 * (t**2 / (n - 2 + t**2)) ** 0.5
    far = vary & (np.nanmax(off, axis=0) > critical * np.nanstd(seen, axis=0, ddof=1))
    found[enough] = np.where(far, at, -1)
    return found


def far_of_three(values: Matrix, least: Matrix) -> NDArray[np.int64]:
    """[K] the same where exactly three values are known, of which no test can say much.

    One is far if it is ten times as far from the nearer of the others as these are from each other,
    and by a distance that no usual noise has. Source: our choice; of normal noise with a standard
    deviation of a fifth of a score, 0.2 % of columns have one that is so far and twice as large or
    half as large, of a tenth none in 200,000.

    Args:
        values: [S, K]; NaN where unknown.
        least: [K] the distance.

    Example:
        >>> far_of_three(np.array([[0.80, 0.10, 0.81]]).T, np.array([0.4])).tolist()
        [1]
    """
    found = np.full(values.shape[1], -1)
    three = np.flatnonzero((~np.isnan(values)).sum(axis=0) == _THREE)
    if not three.size:
        return found
    order = np.argsort(values[:, three], axis=0)[:_THREE]  # unknown ones come last
    low, high = np.diff(np.take_along_axis(values[:, three], order, axis=0), axis=0)
    far, near = np.maximum(low, high), np.minimum(low, high)
    is_far = far >= np.maximum(_TIMES * near, least[three])
    found[three] = np.where(is_far, np.where(low > high, order[0], order[-1]), -1)
    return found


def far_text(found: Sequence[str]) -> list[str]:
    """The note that names them; none without any."""
    if not found:
        return []
    return [
        f"far from all other seeds: {first_names(found, _MOST)}. Look at these runs: one that ran "
        "away widens every interval that it is in"
    ]


def score_beside(scores: Matrix, place: int) -> str:
    """A score and the range of the others of its column [S]."""
    beside = np.delete(scores, place)
    return f"{scores[place]:.3g} beside {np.nanmin(beside):.3g} to {np.nanmax(beside):.3g}"


def score_matters(scores: Matrix, place: int, kind: ChangeKind) -> bool:
    """Whether a score [S] is far enough from the middle of the others to hide anything."""
    least = MATTERS / 100 * abs(float(np.nanmedian(scores)))
    return _matters(scores, place, MATTERS * kind.size if kind.name == ABSOLUTE else least)


def far_seed_notes(changes: ChangesOfSeeds, scaled: Matrix) -> list[str]:
    """A line that names runs to look at; none where no seed is far from others.

    Single-task scores and changes have half of `FALSE` each (Bonferroni within). A score alone also
    counts as far where most changes of its task are, with the same seed; those changes are then not
    named beside it, as it is what they are held against. What is far by less than `MATTERS` says is
    left out: it hides nothing. Nothing is dropped from any mean: which run is wrong nobody can tell
    from scores alone. Source: our choice.

    Args:
        changes: What is known of every seed.
        scaled: [S, T, T] changes on the scale on which they are averaged.
    """
    size, seeds = len(changes.tasks), len(scaled)
    if len(changes.alone) != seeds:
        places = _far_of(scaled.reshape(seeds, -1), FALSE)
        return far_text(list(_of_edges(changes, scaled, places, np.full(size, -1))))
    alone = _far_of(changes.alone, FALSE / 2)
    alone = np.maximum(alone, far_of_three(changes.alone, half_of(changes.alone)))
    places = _far_of(scaled.reshape(seeds, -1), FALSE / 2)
    places = np.maximum(places, far_of_three(scaled.reshape(seeds, -1), _large(changes, scaled)))
    for task in np.flatnonzero(alone < 0).tolist():
        place = _of_most(np.delete(places.reshape(size, size)[:, task], task))
        if place >= 0 and score_matters(changes.alone[:, task], place, changes.kinds[task]):
            alone[task] = place
    return far_text([*_alone(changes, alone), *_of_edges(changes, scaled, places, alone)])


def half_of(scores: Matrix) -> Matrix:
    """[K] half of the middle score [S, K]: what is farther is less than half or far above."""
    known = np.where(np.isnan(scores).all(axis=0), 0.0, scores)
    return _HALF * np.abs(np.nanmedian(known, axis=0))


def _large(changes: ChangesOfSeeds, scaled: Matrix) -> Matrix:
    """[T * T] a halved ratio of a relative change, fifty thresholds of others."""
    least = [
        np.log(2) if kind.name == RELATIVE else _HALF * 100 * kind.size for kind in changes.kinds
    ]
    return np.broadcast_to(np.array(least), scaled.shape[1:]).reshape(-1)


def _of_most(places: NDArray[np.int64]) -> int:
    """The seed that is far in more than half of a task's changes, in two or more; -1 of none."""
    counts = np.bincount(places[places >= 0], minlength=1)
    most = int(counts.argmax())
    return most if counts[most] > max(1, len(places) / 2) else -1


def _far_of(values: Matrix, alpha: float) -> NDArray[np.int64]:
    """As `far_seeds`, of all columns that are known together."""
    return far_seeds(values, alpha / max(1, int((~np.isnan(values)).any(axis=0).sum())))


def _alone(changes: ChangesOfSeeds, places: NDArray[np.int64]) -> Iterator[str]:
    for task, kind, scores, place in zip(
        changes.tasks, changes.kinds, changes.alone.T, places.tolist(), strict=True
    ):
        if place >= 0 and score_matters(scores, place, kind):
            seed = changes.seeds[place]
            yield f"{task} alone with seed {seed} ({score_beside(scores, place)})"


def _of_edges(
    changes: ChangesOfSeeds,
    scaled: Matrix,
    places: NDArray[np.int64],
    alone: NDArray[np.int64],
) -> Iterator[str]:
    size = len(changes.tasks)
    for edge in np.flatnonzero(places >= 0).tolist():
        (row, column), place = divmod(edge, size), int(places[edge])
        kind, measured = changes.kinds[column], changes.by_seed[:, row, column]
        if place == alone[column] or not _matters(
            scaled[:, row, column], place, MATTERS * kind.size
        ):
            continue
        beside = np.delete(measured, place)
        low, high = (kind.text(end) for end in (np.nanmin(beside), np.nanmax(beside)))
        yield (
            f"{changes.tasks[row]} -> {changes.tasks[column]} with seed {changes.seeds[place]} ("
            f"{kind.text(measured[place])} beside {low} to {high})"
        )


def _matters(values: Matrix, place: int, least: float) -> bool:
    """Whether one of them is far enough from the middle of the others."""
    return bool(abs(values[place] - np.nanmedian(np.delete(values, place))) >= least)
