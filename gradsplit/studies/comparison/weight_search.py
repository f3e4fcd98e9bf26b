"""Loss weights for multi-head training, found by search on seeds that are not compared."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.comparison.comparison import Comparison
from gradsplit.studies.comparison.method_runs import compare_methods
from gradsplit.studies.comparison.task_loudness import LoudnessTrainer
from gradsplit.studies.comparison.weight_space import (
    Weights,
    loudness_undone,
    turned_up,
    uphill,
)
from gradsplit.studies.variant_runs import RunPlace, options_digest
from gradsplit.training.methods.balancing.equal_norm import EqualNorm
from gradsplit.training.methods.balancing.loss_weights import LossWeights
from gradsplit.training.methods.method import Method
from gradsplit.training.methods.multi_head import MultiHead
from gradsplit.training.trainer import TaskSetTrainer
from relations.runs import Outcome, Run

Tried = tuple[tuple[str, float], ...]
"""Loss weights in a form that can be looked up; none are equal weights."""

FACTOR = 3.0
"""By how much each task is turned up in the first sweep; its square root in the next."""
SWEEPS = 2
LEVELLED = 4
"""How often at most what loses most is turned up, where loudness cannot be measured."""


@dataclass(frozen=True)
class SearchedWeights:
    """What a search of loss weights found, and what it took.

    Attributes:
        weights: The best of all that was tried.
        tried: Configurations that were judged, equal weights among them.
        joint: Joint runs that it took, the short one that loudness is measured in among them.
        alone: Runs of every task alone on the same seeds.
        failed: Those of them that failed, so that nothing is known of their weights.
        heard: Whether any weights have changed a score; else nobody may have listened to them.
    """

    weights: LossWeights
    tried: int
    joint: int
    alone: int
    failed: tuple[Outcome, ...] = ()
    heard: bool = True

    @property
    def trainings(self) -> int:
        """All runs that it took."""
        return self.joint + self.alone


def search_weights(place: RunPlace, seeds: Sequence[int]) -> SearchedWeights:
    """The loss weights with the best `Comparison.gain` that a search finds on some seeds.

    On the first seed:

    1. Equal weights, and those that make every task equally loud: the weights that `EqualNorm` ends
       a short run with. A training of one's own shows nobody its gradients: there tasks are turned
       up, the one that loses most against training it alone by a factor of 3 and others by less or
       down, as their change is, up to 4 times, while each time is better than the one before.
    2. Around the better of them each task is turned up alone by a factor of 3: T moves reach every
       direction, since turning one task down is turning all others up. If one of them is better,
       all weights are moved at once, uphill. The same again with a factor of the square root.

    The better half of all that was tried goes on to the second seed, half of those to the third and
    so on, in pairs with equal weights, which always go on: the best of many on one seed is partly
    luck. Of those judged on all seeds the best is taken, or equal weights where they are within one
    standard error of it, paired by seed. That is the one-standard-error rule of Breiman et al.,
    "Classification and Regression Trees", 1984; equal weights are the simplest. One seed has no
    standard error, and the best is taken.
    Weights with a factor in common are one configuration; see `normalised`. With SGD the mean
    weight is 1 throughout, so that no learning rate is searched.
    Source: our choice. The moves are a pattern search's on the smallest set of directions that
    spans all (Lewis and Torczon, "Rank ordering and positive bases in pattern search algorithms",
    1996), cut off after two sweeps.
    Cost: see `most_runs` of two seeds; half as many as on the second on each further one.

    Args:
        place: Where runs are trained and kept.
        seeds: Of every run; they should not be those of the comparison.

    Raises:
        RunFailedError: Trainings failed with all weights, or single-task ones did.
    """
    before = place.failed
    race = _Race(place, tuple(seeds))
    loudness = shows_loudness(place)
    race.judge([{}, *(_equally_loud(place, seeds[0]) if loudness else [])])
    if not loudness:
        _level(race)
    factor = FACTOR
    for _ in range(SWEEPS):
        _sweep(race, factor)
        factor = math.sqrt(factor)
    best = race.run_out()
    alone = len(place.taskset.task_names) * len(seeds)
    joint = loudness + sum(map(len, race.gains.values()))
    failed = tuple(one for one in place.failed if one not in before)
    first = {by_seed[seeds[0]] for by_seed in race.gains.values() if seeds[0] in by_seed}
    return SearchedWeights(
        LossWeights(dict(best)), len(race.gains), joint, alone, failed, heard=len(first) > 1
    )


def most_runs(tasks: int, *, loudness: bool) -> int:
    """The most joint runs that a search on two seeds makes.

    Args:
        tasks: How many tasks there are.
        loudness: Whether it can be measured, see `shows_loudness`.

    Example:
        >>> most_runs(4, loudness=True), most_runs(4, loudness=False)
        (19, 22)
    """
    # Equal weights, equally loud or levelled ones, sweeps with all weights moved at once.
    first = (2 if loudness else 1 + LEVELLED) + SWEEPS * (tasks + 1)
    return loudness + first + first // 2


def shows_loudness(place: RunPlace) -> bool:
    """Whether gradients are seen; those of a training of one's own are not."""
    return isinstance(place.trainer(), TaskSetTrainer)


def _equally_loud(place: RunPlace, seed: int) -> list[Weights]:
    """The weights that undo the tasks' loudness; none where that could not be measured."""
    plain = place.trainer()
    assert isinstance(plain, TaskSetTrainer)  # it shows its gradients
    tasks, method = place.taskset.task_names, EqualNorm()
    variant = f"loudness #{options_digest(method)}"
    trainer = LoudnessTrainer(replace(plain, method=method))
    (heard,) = place.train({variant: trainer}, [Run(tasks, seed, variant)])
    weights = None if heard.scores is None else loudness_undone(heard.scores)
    return [] if weights is None else [weights]


def _level(race: "_Race") -> None:
    """What loses most is turned up, and again while that is better."""
    for _ in range(LEVELLED):
        best = race.best()
        losses = race.losses(best)
        if not losses:
            return  # the training failed
        race.judge([uphill(race.here(), losses, FACTOR)])
        if race.best() == best:
            return


def _sweep(race: "_Race", factor: float) -> None:
    """Every task turned up around the best so far, then all moved at once if that was better."""
    tasks = race.place.taskset.task_names
    best, here = race.best(), race.here()
    moves = {task: turned_up(here, task, factor) for task in tasks}
    race.judge(moves.values())
    if race.best() != best and len(tasks) > 2:  # of two tasks there is one direction only
        gains = {task: race.mean(_key(move)) for task, move in moves.items()}
        race.judge([uphill(here, gains, factor)])


class _Race:
    """Configurations and their gain by seed; nothing is judged twice.

    Attributes:
        place: See `search_weights`.
        gains: Configuration -> seed -> gain; minus infinity where the training failed.
        compared: Configuration -> what was measured on the first seed, unless the training failed.
    """

    def __init__(self, place: RunPlace, seeds: tuple[int, ...]) -> None:
        self.place = place
        self.gains: dict[Tried, dict[int, float]] = {}
        self.compared: dict[Tried, Comparison] = {}
        self._seeds = seeds

    def judge(self, candidates: Iterable[Weights], seed: int | None = None) -> None:
        """Train what is not judged yet on a seed, the first when None."""
        seed = self._seeds[0] if seed is None else seed
        keys = dict.fromkeys(map(_key, candidates))
        new = [key for key in keys if seed not in self.gains.get(key, {})]
        if not new:
            return
        methods = {_name(key): _method(key) for key in new}
        compared = compare_methods(self.place, methods, [seed], alone=self._seeds, drop_failed=True)
        for key in new:
            known = _name(key) in compared.methods
            gain = compared.gain(_name(key)) if known else -math.inf
            self.gains.setdefault(key, {})[seed] = gain
            if known and seed == self._seeds[0]:
                self.compared[key] = compared

    def mean(self, key: Tried) -> float:
        """Mean gain of a configuration over its seeds."""
        of_seeds = self.gains[key].values()
        return sum(of_seeds) / len(of_seeds)

    def best(self) -> Tried:
        """The best so far; of equals the first."""
        return max(self.gains, key=self.mean)

    def losses(self, key: Tried) -> dict[str, float]:
        """Task -> what it lost on the first seed, in units that `gain` adds up; none if unknown."""
        if key not in self.compared:
            return {}
        compared = self.compared[key]
        (changes,) = compared.changes(_name(key)).values()
        return {task: -change / compared.kind(task).size for task, change in changes.items()}

    def here(self) -> dict[str, float]:
        """The weights of the best so far, of all tasks."""
        return dict.fromkeys(self.place.taskset.task_names, 1.0) | dict(self.best())

    def run_out(self) -> Tried:
        """The best on all seeds, or equal weights; fewer and fewer go on to the next one.

        Raises:
            RunFailedError: All failed.
        """
        kept = list(self.gains)
        for seed in self._seeds[1:]:
            others = sorted((key for key in kept if key), key=self.mean, reverse=True)
            kept = [(), *others[: max(1, len(kept) // 2 - 1)]]
            self.judge(map(dict, kept), seed)
        best = max(kept, key=self.mean)
        if self.mean(best) == -math.inf:
            compare_methods(self.place, {_name(()): MultiHead()}, self._seeds)  # raises why
        return best if self._ahead(best) else ()

    def _ahead(self, key: Tried) -> bool:
        """Whether it is better than equal weights by more than luck, as far as that is known."""
        equal = self.gains[()]
        differences = np.array([gain - equal[seed] for seed, gain in self.gains[key].items()])
        if len(differences) < 2 or np.isinf(differences).any():
            return True
        return bool(differences.mean() > differences.std(ddof=1) / len(differences) ** 0.5)


def _key(weights: Weights) -> Tried:
    return tuple(sorted(weights.items()))


def _method(key: Tried) -> Method:
    """Equal weights are plain training, under its name in the ledger."""
    return LossWeights(dict(key)) if key else MultiHead()


def _name(key: Tried) -> str:
    listed = ",".join(f"{task}={factor:.3g}" for task, factor in key)
    return f"weights:{listed}" if listed else "multi-head"
