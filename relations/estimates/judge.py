"""Statistics of agreement with a probe, with their uncertainty from drawing seeds anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from relations.estimates.cut import Cut
from relations.estimates.estimate import Estimate
from relations.estimates.ranks import (
    Compared,
    average_precision,
    f1_at_count,
    f1_at_cut,
    pooled_spearman,
    within_kendall,
    within_spearman,
)
from relations.statistics.change_matrix import ChangeMatrix
from relations.statistics.intervals import Matrix, mean_of_known

STATISTICS = {
    "spearman within targets": within_spearman,
    "kendall within targets": within_kendall,
    "spearman": pooled_spearman,
    "F1 at cut": f1_at_cut,
    "F1 at count": f1_at_count,
    "average precision": average_precision,
}
WITHIN = "spearman within targets"


@dataclass(frozen=True)
class Value:
    """A statistic and its uncertainty.

    Attributes:
        value: On all seeds; for splits and random guesses the mean over draws.
        lower: Lower end of the 95 % interval over draws of seeds.
        upper: Upper end.
    """

    value: float
    lower: float
    upper: float

    def __str__(self) -> str:
        if np.isnan(self.value):
            return "-"
        return f"{self.value:.2f} [{self.lower:.2f}, {self.upper:.2f}]"


@dataclass(frozen=True)
class Row:
    """One way of guessing.

    Attributes:
        name: The estimator's, "probe, k seeds", "random" or "target-mean".
        trainings: Cost in single-task trainings; NaN for the baselines.
        seeds: Seeds it was made from; 0 for the baselines.
        values: By statistic, the names of `STATISTICS`.
    """

    name: str
    trainings: float
    seeds: int
    values: Mapping[str, Value]


@dataclass(frozen=True)
class Judge:
    """A probe that guesses are compared with.

    Attributes:
        samples: [S, T, T] changes on the scale they are averaged on; where some are not relative,
            in sizes of their target's threshold.
        limit: [T] the harm threshold on that scale.
        whole: [1, T, T] their mean.
        drawn: [B, T, T] means over seeds that were drawn with replacement.
        rng: For further draws.
    """

    samples: Matrix
    limit: Matrix
    whole: Matrix
    drawn: Matrix
    rng: np.random.Generator

    @classmethod
    def of(cls, changes: ChangeMatrix, threshold: float, draws: int, seed: int) -> Self:
        """A probe's changes; edges with failed runs are unknown, seeds without any edge left out.

        A table of runs may hold single-task runs of further seeds. As seeds of the probe they would
        make it look dearer and, drawn with the others, its uncertainty larger.
        """
        samples = np.where(changes.failed > 0, np.nan, changes.by_seed)
        known = ~np.isnan(samples).all(axis=(1, 2))
        samples = samples[known] if known.any() else samples
        limit = changes.thresholds(threshold)
        if len(samples) > 1:  # as `ChangeMatrix.mean`: one seed is taken as it is
            samples, limit = changes.on_scale(samples), changes.on_scale(limit)
        if not changes.relative.all():  # edges of all targets are ranked together
            sizes = np.array([kind.at(threshold).size for kind in changes.kinds])
            sizes = np.abs(changes.on_scale(-sizes)) if len(samples) > 1 else sizes
            samples, limit = samples / sizes, limit / sizes
        rng = np.random.default_rng(seed)
        chosen = rng.integers(len(samples), size=(len(samples), draws))
        return cls(
            samples, limit, mean_of_known(samples)[None], mean_of_known(samples[chosen]), rng
        )

    def harmful(self, means: Matrix) -> NDArray[np.bool_]:
        """Whether means [..., T, T] are harm."""
        return np.less(means, self.limit - 1e-12, where=~np.isnan(means), out=_nowhere(means))

    def estimate(self, estimate: Estimate, tasks: Sequence[str], cut: Cut) -> Row:
        """An estimate against the whole probe."""
        order = [estimate.tasks.index(task) for task in tasks]
        samples = estimate.samples[:, order][:, :, order]
        count = len(samples)
        chosen = self.rng.integers(count, size=(count, len(self.drawn)))
        threshold = cut.threshold(estimate)
        means = [mean_of_known(samples)[None], mean_of_known(samples[chosen])]
        values = self._against_whole(means, [_below(mean, threshold) for mean in means])
        return Row(estimate.estimator, estimate.trainings, count, values)

    def probe_against_itself(self) -> list[Row]:
        """1 seed and half of the seeds, each against the others, over random choices."""
        count = len(self.samples)
        rows = []
        for size in sorted({1, count // 2} if count > 1 else set()):
            orders = np.argsort(self.rng.random((count, len(self.drawn))), axis=0)
            guess, truth = (
                mean_of_known(self.samples[part]) for part in (orders[:size], orders[size:])
            )
            compared = Compared(guess, truth, self.harmful(truth), self.harmful(guess))
            cost = float(size * self.samples.shape[-1] ** 2)
            rows.append(Row(probe_name(size), cost, size, _over_draws(compared)))
        return rows

    def random(self) -> Row:
        """Guesses from a random generator; half of the edges lie below its cut."""
        guess = self.rng.normal(size=self.drawn.shape)
        compared = Compared(guess, self.drawn, self.harmful(self.drawn), guess < 0)
        return Row("random", np.nan, 0, _over_draws(compared))

    def target_mean(self) -> Row:
        """Every edge is guessed to be its target's mean change."""
        means = [
            np.where(np.isnan(truth), np.nan, mean_of_known(truth.swapaxes(0, 1))[:, None, :])
            for truth in (self.whole, self.drawn)
        ]
        return Row(
            "target-mean",
            np.nan,
            0,
            self._against_whole(means, [self.harmful(mean) for mean in means]),
        )

    def _against_whole(
        self, guesses: Sequence[Matrix], called: Sequence[NDArray[np.bool_]]
    ) -> dict[str, Value]:
        """A guess against the whole probe, its uncertainty from draws of both.

        Args:
            guesses: The guess [1, T, T] and draws of it [B, T, T].
            called: What of them lies below its cut.
        """
        whole, drawn = (
            Compared(guess, truth, self.harmful(truth), calls)
            for guess, truth, calls in zip(guesses, (self.whole, self.drawn), called, strict=True)
        )
        return {
            name: _value(statistic(whole)[0], statistic(drawn))
            for name, statistic in STATISTICS.items()
        }


def probe_name(seeds: int) -> str:
    """The name of the row of so many of the probe's seeds.

    Example:
        >>> probe_name(1), probe_name(2)
        ('probe, 1 seed', 'probe, 2 seeds')
    """
    return f"probe, {seeds} seed{'s' if seeds > 1 else ''}"


def _value(value: float, draws: Matrix) -> Value:
    known = draws[~np.isnan(draws)]
    lower, upper = np.quantile(known, (0.025, 0.975)) if len(known) else (np.nan, np.nan)
    return Value(float(value), float(lower), float(upper))


def _over_draws(compared: Compared) -> dict[str, Value]:
    """The mean over draws of every statistic, with the interval that most of them lie in."""
    values = {}
    for name, statistic in STATISTICS.items():
        draws = statistic(compared)
        known = draws[~np.isnan(draws)]
        values[name] = _value(known.mean() if len(known) else np.nan, draws)
    return values


def _below(means: Matrix, threshold: float) -> NDArray[np.bool_]:
    return np.less(means, threshold - 1e-12, where=~np.isnan(means), out=_nowhere(means))


def _nowhere(like: Matrix) -> NDArray[np.bool_]:
    return np.zeros(like.shape, dtype=bool)
