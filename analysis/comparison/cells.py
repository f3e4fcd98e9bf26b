"""Numbers of a comparison as texts in its tables."""

import numpy as np

from analysis.comparison.seed_means import SeedMean
from analysis.figures.labels import percent

ERRORS = "±: one standard error of the mean over seeds."
"""What stands behind ± in tables of a comparison; in a relation matrix it is half an interval."""


def in_percent(value: SeedMean) -> str:
    """A fraction in per cent with its sign and standard error; a dash where there is none."""
    return per_cent(value.mean, value.se)


def per_cent(mean: float, error: float) -> str:
    """The same of its two numbers."""
    return "–" if np.isnan(mean) else with_uncertainty(percent(mean), 100 * error, 1)


def with_uncertainty(text: str, se: float, digits: int) -> str:
    """A number and its standard error, where that is known."""
    return text if np.isnan(se) else f"{text} ± {se:.{digits}f}"


def p_text(p: float) -> str:
    """A p-value with two figures; nothing where it is not known."""
    if np.isnan(p):
        return ""
    return "< 0.001" if p < 0.001 else f"{p:.2g}"


def exact(value: str | float | None) -> str:
    """A value of a csv file, unrounded; what is not known is empty."""
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    return repr(float(value)) if isinstance(value, float) else str(value)
