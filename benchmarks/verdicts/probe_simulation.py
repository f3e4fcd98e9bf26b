"""Simulated probes whose true changes are known, many side by side, judged by the library itself.

Scores are log-normal: a run of seed s has the log-score log(true) + noise, and noise of single-task
and pair runs is independent, so that edges with the same target share the noise of its single-task
run, as in a real probe. `noise` is the standard deviation of the change of one seed.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from relations.seeds import Seeds
from relations.statistics.corrections import Correction, edge_alphas, look_shares
from relations.statistics.intervals import Matrix, Means, means_over_seeds

THRESHOLD = -0.01
LOG_THRESHOLD = float(np.log1p(THRESHOLD))
SHRUNK_UP_TO = 5


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


def draw_samples(
    rng: np.random.Generator,
    true: Matrix,
    noise: float,
    seeds: int,
    *,
    spread: float = 0.0,
    tail: float | None = None,
) -> Matrix:
    """[seeds, P, T, T] changes on the log scale, NaN on the diagonal.

    Args:
        rng: Random state.
        true: [P, T, T] true changes on the log scale.
        noise: Standard deviation of one seed's change, a fraction.
        seeds: How many.
        spread: Standard deviation of the log of each target's own noise; 0: all alike.
        tail: Degrees of freedom of t-distributed noise; None: normal.
    """
    probes, tasks, _ = true.shape
    deviation = noise / np.sqrt(2) * np.exp(spread * rng.standard_normal((probes, 1, tasks)))

    def draw(shape: tuple[int, ...]) -> Matrix:
        if tail is None:
            return rng.standard_normal(shape)
        return rng.standard_t(tail, shape) / np.sqrt(tail / (tail - 2))

    pair = draw((seeds, probes, tasks, tasks))
    single = draw((seeds, probes, 1, tasks))
    samples = true + deviation * (pair - single)
    samples[..., np.arange(tasks), np.arange(tasks)] = np.nan
    return samples


def judge_fixed(samples: Matrix, correction: Correction = "holm", alpha: float = 0.05) -> Judged:
    """Verdicts with the same number of seeds for every edge."""
    seeds, probes, tasks, _ = samples.shape
    means = means_over_seeds(samples, shrink=seeds <= SHRUNK_UP_TO)
    runs = np.full(probes, seeds * (tasks + tasks * (tasks - 1) / 2))
    return _judged(means, None, correction, alpha, runs)


def judge_adaptive(
    samples: Matrix, low: int, high: int, correction: Correction = "holm", alpha: float = 0.05
) -> Judged:
    """Verdicts after adaptive seeds from `low` to `high`; `samples` holds `high` seeds."""
    looks = Seeds(low, high).looks
    _, probes, tasks, _ = samples.shape
    edges = ~np.eye(tasks, dtype=bool)
    undecided = np.broadcast_to(edges, (probes, tasks, tasks))
    have = np.zeros(samples.shape, dtype=bool)
    pairs = np.zeros((high, probes, tasks, tasks), dtype=bool)
    singles = np.zeros((high, probes, tasks), dtype=bool)
    upper = np.triu(edges)
    for look in looks:
        pairs[:look] |= undecided | undecided.transpose(0, 2, 1)
        singles[:look] |= undecided.any(axis=-2)
        have = pairs & singles[:, :, None, :]
        shown = np.where(have[:look], samples[:look], np.nan)
        means = means_over_seeds(shown, shrink=low <= SHRUNK_UP_TO)
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
