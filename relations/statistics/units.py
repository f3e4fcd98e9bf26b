"""Means over seeds where targets are measured in different units: only like units lend strength."""

from collections.abc import Sequence
from dataclasses import fields

import numpy as np

from relations.change_kinds import ABSOLUTE, ChangeKind
from relations.statistics.intervals import Matrix, Means, means_over_seeds


def means_by_unit(values: Matrix, kinds: Sequence[ChangeKind], *, shrink: bool) -> Means:
    """Means over seeds, with standard errors; variances are shrunk within one unit.

    Relative changes are in one unit, standardised ones in another, and every absolute change in
    that of its metric, so that a log-likelihood lends nothing to an accuracy.

    Args:
        values: [S, T, T] one a seed and edge, targets are the last axis; NaN where not run.
        kinds: How each target's change is measured.
        shrink: See `relations.statistics.intervals.means_over_seeds`.
    """
    units: dict[tuple[str, int], list[int]] = {}
    for place, kind in enumerate(kinds):
        own = place if kind.name == ABSOLUTE else 0
        units.setdefault((kind.name, own), []).append(place)
    if len(units) < 2:
        return means_over_seeds(values, shrink=shrink)
    parts = [means_over_seeds(values[..., places], shrink=shrink) for places in units.values()]
    order = np.argsort(np.concatenate(list(units.values())))
    columns = {
        field.name: np.concatenate([getattr(part, field.name) for part in parts], axis=-1)
        for field in fields(Means)
    }
    return Means(**{name: column[..., order] for name, column in columns.items()})
