"""The data behind the plot of an ablation."""

import numpy as np
import pytest

from analysis.comparison.comparison import Comparison
from analysis.figures.ablation import ablation_plot
from relations.errors import RelationsError

SETTINGS = ("layer4", "layer3-4", "$all_1$")


def made(seeds: int = 4) -> Comparison:
    generator = np.random.default_rng(0)

    def runs(level: float) -> dict[int, dict[str, float]]:
        return {
            seed: {task: level + generator.normal(0, 0.01) for task in ("pose", "reid")}
            for seed in range(seeds)
        }

    levels = {"single": 0.8, "multi-head": 0.7, "layer4": 0.75, "layer3-4": 0.72, "$all_1$": 0.65}
    return Comparison({method: runs(level) for method, level in levels.items()})


def lines(axes) -> dict[str, np.ndarray]:
    """The y data of every line with error bars, by its label."""
    return {bars.get_label(): bars[0].get_ydata() for bars in axes.containers}


def test_a_line_a_task_and_one_of_delta_m_in_the_order_asked_for():
    comparison = made()
    axes = ablation_plot(comparison, SETTINGS[::-1], baseline="multi-head")
    assert list(lines(axes)) == ["pose", "reid", "delta_m"]
    expected = [100 * comparison.delta_m(setting).mean for setting in SETTINGS[::-1]]
    assert lines(axes)["delta_m"] == pytest.approx(expected)
    expected = [100 * comparison.change(setting, "reid").mean for setting in SETTINGS[::-1]]
    assert lines(axes)["reid"] == pytest.approx(expected)
    assert next(label.get_text() for label in axes.get_xticklabels()) == r"\$all_1\$"


def test_the_baseline_is_a_band_of_its_standard_error():
    comparison = made()
    (band,) = ablation_plot(comparison, SETTINGS, baseline="multi-head").patches
    estimate = comparison.delta_m("multi-head")
    assert band.get_height() == pytest.approx(200 * estimate.se)
    assert band.get_y() + band.get_height() / 2 == pytest.approx(100 * estimate.mean)
    assert not ablation_plot(comparison, SETTINGS).patches


def test_one_seed_has_no_error_bars():
    axes = ablation_plot(made(seeds=1), SETTINGS, baseline="multi-head")
    heights = [
        np.ptp(segment[:, 1])
        for bars in axes.containers
        for collection in bars[2]
        for segment in collection.get_segments()
    ]
    assert set(heights) == {0.0}


def test_all_unknown_names_are_said_at_once():
    with pytest.raises(RelationsError, match=r"`layer1`(?s:.*)`plain`"):
        ablation_plot(made(), ["layer4", "layer1"], baseline="plain")
    with pytest.raises(RelationsError, match="no setting is named"):
        ablation_plot(made(), [])
