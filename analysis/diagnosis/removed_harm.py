"""How much of an edge's harm an intervention removes, with its uncertainty."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.diagnosis.share_interval import HALF, share_interval
from relations.errors import RelationsError, ScoreError
from relations.statistics.corrections import Correction, corrected_interval
from relations.statistics.intervals import means_over_seeds
from relations.statistics.sample_size import seeds_for_gap

REMOVES, KEEPS, UNDECIDED = "removes", "keeps", "undecided"
"""What an intervention does to a harm: more than half of it is gone, less than half, or the
evidence does not say."""


@dataclass(frozen=True)
class Removed:
    """What an intervention does to the harm of an edge.

    Attributes:
        share: Of the harm (the mean log ratio of scores, or the mean difference where changes are
            not relative) that is removed; 1 is all of it. NaN where the scores have no log ratio.
        lower: Lower end of the share's interval; minus infinity where it has none, NaN where the
            seeds show no spread.
        upper: Upper end; infinity where it has none.
        verdict: `REMOVES` when the whole interval lies above one half, `KEEPS` when it lies below,
            else `UNDECIDED`.
        seeds: Seeds that it was trained with.
        seeds_to_decide: Seeds that would decide it at 80 % power, at the spread seen; None where
            there is no spread known, or where 200 are not enough.
    """

    share: float
    lower: float
    upper: float
    verdict: str
    seeds: int
    seeds_to_decide: int | None = None

    @property
    def by_mean(self) -> str:
        """What the share alone says, whatever its uncertainty; `UNDECIDED` where there is none."""
        if self.share != self.share:  # NaN
            return UNDECIDED
        return REMOVES if self.share >= HALF else KEEPS


@dataclass(frozen=True)
class Row:
    """An intervention's line in the table of an edge.

    Attributes:
        intervention: Its name.
        cause: The cause that it takes away.
        removed: The share of the harm that it removes.
        target: Change of the target's score against the pair as it was, a fraction or in the unit
            of its kind; NaN where no pair was trained.
        source: Change of the source's score against the pair as it was, a fraction; what the
            intervention costs the source where it is negative. NaN where something else was trained
            in the source's place.
        cost: Trainings a seed, in pair runs of the probe.
    """

    intervention: str
    cause: str
    removed: Removed
    target: float
    source: float
    cost: float

    @property
    def control(self) -> bool:
        """Whether it is no cure, but leaves the cause alone and takes all else away."""
        return self.target != self.target or self.source != self.source  # NaN

    @property
    def takes_away(self) -> str:
        """The cause, for people."""
        return f"control: all but {self.cause}" if self.control else self.cause


def log_ratio(score: Sequence[float], to: Sequence[float], *, higher: bool) -> NDArray[np.float64]:
    """[S] logs of the ratios of scores, larger is better.

    Args:
        score: Scores of S seeds.
        to: What they are held against, seed by seed.
        higher: Whether a higher score is better.

    Raises:
        ScoreError: The scores are zero or of mixed sign.
    """
    scores, references = np.asarray(score, dtype=float), np.asarray(to, dtype=float)
    both = np.concatenate([scores, references])
    if not ((both > 0).all() or (both < 0).all()):
        raise ScoreError(
            "Shares of a harm need scores that keep their sign, got scores from "
            f"{both.min():g} to {both.max():g}. Train longer, use another metric, or measure an "
            "absolute change (--absolute task=-0.02)."
        )
    sign = 1.0 if higher == bool((both > 0).all()) else -1.0
    return sign * np.log(scores / references)


def removed_harm(
    before: NDArray[np.float64],
    after: Mapping[str, NDArray[np.float64]],
    *,
    level: float = 0.95,
    correction: Correction = "holm",
) -> dict[str, Removed]:
    """The share of an edge's harm that each intervention removes.

    A share is a ratio of two means paired by seed, the harm that is gone and the harm: its interval
    is Fieller's, see `share_interval`, at a level corrected for the number of interventions as the
    probe's edges are. It leaves one half out exactly where a t test of "half of the harm is gone"
    rejects, and gives the verdict.

    Args:
        before: [S] log ratio of the target's score in the pair to its score alone; its mean must be
            below zero.
        after: Intervention -> [S] the target's log ratio when trained with that intervention.
        level: Confidence level of all verdicts together.
        correction: For the number of interventions.

    Raises:
        RelationsError: The mean of `before` is not below zero.

    Example:
        >>> import numpy as np
        >>> harm = np.log([0.80, 0.82, 0.79])
        >>> shares = removed_harm(harm, {"gone": np.log([0.99, 1.0, 0.99]), "left": 0.9 * harm})
        >>> shares["gone"].verdict, shares["left"].verdict, round(shares["left"].share, 3)
        ('removes', 'keeps', 0.1)
    """
    harm = -float(before.mean())
    if not harm > 0:
        raise RelationsError(
            "There is no harm to take away: beside the source the target is not worse than alone."
        )
    contrasts = np.stack([ratio - HALF * before for ratio in after.values()], axis=1)[:, :, None]
    means = means_over_seeds(contrasts)
    *_, alphas = corrected_interval(means, 0.0, 1 - level, correction)
    found = {}
    for place, (name, ratio) in enumerate(after.items()):
        alpha = float(alphas[place, 0])
        lower, upper = share_interval(-before, ratio - before, alpha)
        found[name] = Removed(
            share=1 + float(ratio.mean()) / harm,
            lower=lower,
            upper=upper,
            verdict=_verdict(lower, upper),
            seeds=len(before),
            seeds_to_decide=_seeds_to_decide(
                float(means.mean[place, 0]), float(means.noise[place, 0]), alpha
            ),
        )
    return found


def ahead(differences: NDArray[np.float64], level: float = 0.95) -> bool:
    """Whether the mean [S] of differences paired by seed is decidedly above zero.

    Example:
        >>> ahead(np.array([0.10, 0.12, 0.09])), ahead(np.array([0.3, -0.1, 0.1]))
        (True, False)
    """
    mean = means_over_seeds(differences[:, None, None])
    lower, _ = mean.interval(1 - level)
    return bool(lower[0, 0] > 0)


def _verdict(lower: float, upper: float) -> str:
    if lower > HALF:
        return REMOVES
    return KEEPS if upper < HALF else UNDECIDED


def _seeds_to_decide(mean: float, noise: float, alpha: float) -> int | None:
    return None if np.isnan(noise) else seeds_for_gap(abs(mean), noise, alpha)
