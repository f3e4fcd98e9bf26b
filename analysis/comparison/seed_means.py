"""Means over seeds, and differences of two methods in pairs by seed."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from relations.statistics.intervals import Means, means_over_seeds
from relations.tables.json_text import json_value


@dataclass(frozen=True)
class SeedMean:
    """A mean over seeds.

    Attributes:
        mean: The mean.
        se: Its standard error; nan with one seed, when no uncertainty is known.
        n: Number of seeds.
    """

    mean: float
    se: float
    n: int

    @classmethod
    def of(cls, values: np.ndarray) -> "SeedMean":
        """The mean of independent values, [n] with n >= 1."""
        se = float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else float("nan")
        return cls(float(values.mean()), se, len(values))

    def facts(self) -> dict[str, Any]:
        """As JSON values, for files: mean, se and n; what is not known is None.

        Example:
            >>> SeedMean(0.5, float("nan"), 1).facts()
            {'mean': 0.5, 'se': None, 'n': 1}
        """
        return {"mean": json_value(float(self.mean)), "se": json_value(float(self.se)), "n": self.n}


@dataclass(frozen=True)
class Difference(SeedMean):
    """A mean difference of two methods in delta_m over common seeds, a fraction.

    Its standard error is nan where all seeds have the same difference, too: that says nothing.

    Attributes:
        p_raw: Two-sided p-value of "no difference", of this difference alone, by the paired t-test;
            nan below two seeds, 1 without any scatter.
    """

    p_raw: float


def differences(means: Means) -> list[Difference]:
    """The differences [E] of which `paired_means` are, one by one."""
    columns = means.mean, means.se, means.n, means.p_values(0.0)
    return [
        Difference(float(mean), float(se), int(n), float(p))
        for mean, se, n, p in zip(*columns, strict=True)
    ]


def paired_means(pairs: list[dict[int, float]]) -> Means:
    """Means of differences over seeds.

    Args:
        pairs: E times seed -> difference of two methods; each has seeds of its own.
    """
    seeds = sorted({seed for pair in pairs for seed in pair})
    values = [[pair.get(seed, np.nan) for pair in pairs] for seed in seeds]
    array: NDArray[np.float64] = np.array(values, dtype=float).reshape(len(seeds), len(pairs))
    return means_over_seeds(array)
