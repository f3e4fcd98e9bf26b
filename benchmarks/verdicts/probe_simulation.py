"""Simulated probes whose true changes are known, many side by side, judged by the library itself.

A run's score is its true score times exp(noise), and the noise of single-task and pair runs is
independent, so that edges with the same target share the noise of its single-task run, as in a real
probe. Coarse scores are counts of right answers instead. `noise` is the standard deviation of the
change of one seed.
"""

from dataclasses import dataclass, field

import numpy as np
from moderated import moderated
from numpy.typing import NDArray

from relations.seeds import Seeds
from relations.statistics.corrections import Correction, edge_alphas, look_shares
from relations.statistics.intervals import Matrix, Means, means_over_seeds
from relations.statistics.resolution import steps_of_changes

THRESHOLD = -0.01
LOG_THRESHOLD = float(np.log1p(THRESHOLD))
EQUAL, QUIET, NOISY = "equal", "quiet", "noisy"


@dataclass(frozen=True)
class Samples:
    """What P probes of T tasks measure.

    Attributes:
        changes: [seeds, P, T, T] on the log scale, NaN on the diagonal.
        steps: [P, T] smallest steps of a change; None where scores have no grid.
        borrow: Judge by moderated t, as the library once did up to five seeds, not by plain t.
    """

    changes: Matrix
    steps: Matrix | None = None
    borrow: bool = False

    def means(self, changes: Matrix | None = None) -> Means:
        """Means over seeds, of these changes or of a part of them."""
        steps = 0.0 if self.steps is None or self.borrow else self.steps[:, None, :]
        means = means_over_seeds(self.changes if changes is None else changes, resolution=steps)
        return moderated(means) if self.borrow else means


@dataclass(frozen=True)
class Judged:
    """Verdicts of P probes of T tasks; all arrays [P, T, T].

    Attributes:
        means: On the log scale.
        harmful: The whole interval lies below the threshold.
        not_harmful: The whole interval lies at or above it.
        runs: [P] trainings spent.
    """

    means: Means
    harmful: NDArray[np.bool_]
    not_harmful: NDArray[np.bool_]
    runs: NDArray[np.float64]


@dataclass(frozen=True)
class NoiseLaw:
    """How noisy which runs are, and with which tails.

    Attributes:
        noisy_targets: So many tasks, the first ones, are ten times as noisy, alone and in pairs.
        unstable_sources: So many tasks, the first ones, make their partners ten times as noisy.
        tail: Degrees of freedom of t-distributed noise; None: normal.
        skewed: Noise is an exponential's, downwards: runs that sometimes collapse.
    """

    noisy_targets: int = 0
    unstable_sources: int = 0
    tail: float | None = None
    skewed: bool = False
    factor: float = field(default=10.0, kw_only=True)

    def deviations(self, tasks: int, noise: float) -> tuple[Matrix, Matrix]:
        """Standard deviations of log scores: [T] alone, [T, T] in pairs."""
        alone = np.full(tasks, noise / np.sqrt(2))
        alone[: self.noisy_targets] *= self.factor
        pair = np.broadcast_to(alone, (tasks, tasks)).copy()
        pair[: self.unstable_sources] *= self.factor
        return alone, pair

    def classes(self, tasks: int) -> NDArray[np.str_]:
        """[T, T] the class of each edge."""
        if not (self.noisy_targets or self.unstable_sources):
            return np.full((tasks, tasks), EQUAL)
        _, pair = self.deviations(tasks, 1.0)
        return np.where(pair > 1, NOISY, QUIET)

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Matrix:
        """Noise of standard deviation 1."""
        if self.skewed:
            return 1 - rng.standard_exponential(shape)
        if self.tail is None:
            return rng.standard_normal(shape)
        return rng.standard_t(self.tail, shape) / np.sqrt(self.tail / (self.tail - 2))


def draw_samples(
    rng: np.random.Generator, true: Matrix, noise: float, seeds: int, law: NoiseLaw | None = None
) -> Samples:
    """Changes of probes whose scores have no grid.

    Args:
        rng: Random state.
        true: [P, T, T] true changes on the log scale.
        noise: Standard deviation of one seed's change, a fraction.
        seeds: How many.
        law: Equal normal noise when None.
    """
    law = law or NoiseLaw()
    probes, tasks, _ = true.shape
    alone, together = law.deviations(tasks, noise)
    pair = together * law.draw(rng, (seeds, probes, tasks, tasks))
    single = alone * law.draw(rng, (seeds, probes, 1, tasks))
    return Samples(_without_diagonal(true + pair - single))


def draw_accuracies(
    rng: np.random.Generator, true: Matrix, accuracy: float, pictures: int, seeds: int
) -> Samples:
    """Changes of accuracies on few pictures, drawn anew in every run.

    Args:
        rng: Random state.
        true: [P, T, T] true changes on the log scale.
        accuracy: True accuracy of a task alone.
        pictures: Test pictures.
        seeds: How many.
    """
    probes, tasks, _ = true.shape
    alone = rng.binomial(pictures, accuracy, (seeds, probes, tasks)) / pictures
    shape = (seeds, probes, tasks, tasks)
    pair = rng.binomial(pictures, accuracy * np.exp(true), shape) / pictures
    with np.errstate(divide="ignore"):
        changes = np.log(pair) - np.log(alone)[:, :, None, :]
    steps = [
        steps_of_changes(alone[:, probe], _without_diagonal(pair[:, probe]), alone[:, probe])
        for probe in range(probes)
    ]
    return Samples(_without_diagonal(changes), np.array(steps))


def _without_diagonal(values: Matrix) -> Matrix:
    """[..., T, T] values, NaN on the diagonal."""
    tasks = values.shape[-1]
    values[..., np.arange(tasks), np.arange(tasks)] = np.nan
    return values


def judge_fixed(samples: Samples, correction: Correction = "holm", alpha: float = 0.05) -> Judged:
    """Verdicts with the same number of seeds for every edge."""
    seeds, probes, tasks, _ = samples.changes.shape
    runs = np.full(probes, seeds * (tasks + tasks * (tasks - 1) / 2))
    return _judged(samples.means(), None, correction, alpha, runs)


def judge_adaptive(
    samples: Samples, low: int, high: int, correction: Correction = "holm", alpha: float = 0.05
) -> Judged:
    """Verdicts after adaptive seeds from `low` to `high`; `samples` holds `high` seeds."""
    looks = Seeds(low, high).looks
    _, probes, tasks, _ = samples.changes.shape
    edges = ~np.eye(tasks, dtype=bool)
    undecided = np.broadcast_to(edges, (probes, tasks, tasks))
    pairs = np.zeros((high, probes, tasks, tasks), dtype=bool)
    singles = np.zeros((high, probes, tasks), dtype=bool)
    upper = np.triu(edges)
    for look in looks:
        pairs[:look] |= undecided | undecided.transpose(0, 2, 1)
        singles[:look] |= undecided.any(axis=-2)
        have = pairs & singles[:, :, None, :]
        means = samples.means(np.where(have[:look], samples.changes[:look], np.nan))
        runs = pairs[:, :, upper].sum(axis=(0, 2)) + singles.sum(axis=(0, 2))
        judged = _judged(means, looks, correction, alpha, runs.astype(float))
        undecided = edges & ~judged.harmful & ~judged.not_harmful
    return judged


def _judged(
    means: Means,
    looks: tuple[int, ...] | None,
    correction: Correction,
    alpha: float,
    runs: NDArray[np.float64],
) -> Judged:
    """Verdicts as `RelationGraph.from_changes` reads them from the intervals."""
    probes, tasks, _ = means.mean.shape
    shares = look_shares(means.n, looks)
    p_values = (means.p_values(LOG_THRESHOLD) / shares).reshape(probes, -1)
    alphas = edge_alphas(p_values, alpha, correction).reshape(probes, tasks, tasks)
    lower, upper = means.interval(alphas * shares)
    return Judged(means, upper < LOG_THRESHOLD, lower >= LOG_THRESHOLD, runs)
