"""A target's change by the weight of the source's loss, as a picture."""

from typing import TYPE_CHECKING

import numpy as np

from analysis.diagnosis.weight_curve import WeightCurve
from analysis.figures.palette import INK, NEUTRAL
from relations.change_kinds import RELATIVE

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_weight_curve(curve: WeightCurve, axes: "Axes") -> None:
    """The change at each weight with its interval; a dashed line where harm begins."""
    factor = 100.0 if curve.kind.name == RELATIVE else 1.0
    changes, lower, upper = (
        factor * np.array(values) for values in (curve.changes, curve.lower, curve.upper)
    )
    reach = np.nan_to_num(np.stack([changes - lower, upper - changes]))
    axes.errorbar(curve.weights, changes, yerr=reach, color=INK, marker="o", markersize=5)
    axes.axhline(0, color=NEUTRAL, linewidth=0.8)
    threshold = factor * (curve.kind.threshold or 0.0)
    axes.axhline(threshold, color=NEUTRAL, linestyle="dashed", linewidth=1)
    axes.set_xscale("log")
    axes.set_xticks(curve.weights, [f"{weight:g}" for weight in curve.weights])
    axes.minorticks_off()
    axes.set_xlabel(f"weight of the source's loss ({curve.transfer} negative transfer)")
    axes.set_ylabel(f"change of the target [{curve.kind.short}]")
