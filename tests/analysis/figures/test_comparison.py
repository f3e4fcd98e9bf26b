"""The data behind the comparison's plots."""

import warnings

import numpy as np
import pytest

from analysis import change_plot, cost_plot, curve_plot, delta_m_plot, paired_plot
from analysis.comparison.comparison import Comparison
from analysis.figures.figure_file import figure_of, save
from relations.errors import RelationsError, ScoreError
from tests.analysis.analysis_examples import ODD_NAMES

METHODS = ("joint", "split", "drop")


def made(seeds: int = 5, methods=METHODS, tasks=("pose", "reid")) -> Comparison:
    generator = np.random.default_rng(3)

    def run(level: float) -> dict[str, float]:
        return {task: level + generator.normal(0, 0.01) for task in tasks}

    scores = {"single": {seed: run(0.8) for seed in range(seeds)}}
    scores |= {m: {seed: run(0.75) for seed in range(seeds)} for m in methods}
    return Comparison(scores, costs={"joint": {"time [ms]": 3.0}, "split": {"time [ms]": 4.0}})


def means(axes) -> list[tuple[float, float]]:
    """The means of the error bars."""
    return [
        (float(line.get_xdata()[i]), float(line.get_ydata()[i]))
        for line in (bars[0] for bars in axes.containers)
        for i in range(len(line.get_xdata()))
    ]


def bar_lengths(axes) -> list[float]:
    """Half lengths of the error bars, the longer side of each."""
    return [
        float(np.ptp(segment, axis=0).max()) / 2
        for bars in axes.containers
        for collection in bars[2]
        for segment in collection.get_segments()
    ]


def test_changes_with_their_standard_errors():
    comparison = made()
    axes = change_plot(comparison)
    expected = [comparison.change(m, task) for m in METHODS for task in comparison.tasks]
    assert [y for _, y in means(axes)] == pytest.approx([100 * e.mean for e in expected])
    assert bar_lengths(axes) == pytest.approx([100 * e.se for e in expected])
    assert [text.get_text() for text in axes.get_legend().get_texts()] == list(METHODS)
    single = comparison.score("single", "pose").mean
    assert axes.get_xticklabels()[0].get_text() == f"pose\n{single:.3f}"


def test_a_dot_a_seed_and_the_mean_of_delta_m():
    comparison = made()
    axes = delta_m_plot(comparison)
    assert [x for x, _ in means(axes)] == pytest.approx(
        [100 * comparison.delta_m(method).mean for method in METHODS]
    )
    dots = [c.get_offsets() for c in axes.collections if c.get_gid() == "seed"]
    assert [len(some) for some in dots] == [5, 5, 5]
    assert sorted(dots[0][:, 0]) == pytest.approx(
        sorted(100 * delta for delta in comparison.deltas("joint").values())
    )


def test_paired_differences_leave_the_baseline_out():
    comparison = made()
    axes = paired_plot(comparison, "joint")
    assert [label.get_text() for label in axes.get_yticklabels()] == ["split", "drop"]
    expected = [100 * comparison.difference(m, "joint").mean for m in ("split", "drop")]
    assert [x for x, _ in means(axes)] == pytest.approx(expected)
    assert "minus that of joint" in axes.get_xlabel()


def test_differences_are_paired_by_seed_whatever_the_order_of_the_seeds():
    single = {seed: {"pose": 1.0} for seed in (0, 1)}
    joint = {0: {"pose": 0.5}, 1: {"pose": 0.9}}
    split = {1: {"pose": 0.9}, 0: {"pose": 0.5}}
    axes = paired_plot(Comparison({"single": single, "joint": joint, "split": split}), "joint")
    assert means(axes)[0][0] == pytest.approx(0)
    assert bar_lengths(axes) == pytest.approx([0])


def test_methods_without_a_common_seed_are_refused():
    single = {seed: {"pose": 1.0} for seed in (0, 1)}
    scores = {"single": single, "joint": {0: {"pose": 0.9}}, "split": {1: {"pose": 0.8}}}
    with pytest.raises(ScoreError, match="common"):
        paired_plot(Comparison(scores), "joint")


def test_only_methods_of_known_cost_stand_against_it():
    axes = cost_plot(made(), "time [ms]")
    assert axes.get_xlabel() == "time [ms], less is better"
    assert "more is better" in axes.get_ylabel()
    assert [x for x, _ in means(axes)] == [3.0, 4.0]
    with pytest.raises(RelationsError, match=r"`FLOPs`; known: time \[ms\]"):
        cost_plot(made(), "FLOPs")


def test_a_method_looks_the_same_in_every_plot():
    comparison = made()

    def looks(axes) -> dict[str, tuple]:
        lines = [bars[0] for bars in axes.containers]
        return {line.get_color(): line.get_marker() for line in lines}

    everywhere = looks(change_plot(comparison))
    assert len(everywhere) == 3
    for axes in (
        delta_m_plot(comparison),
        paired_plot(comparison, "drop"),
        cost_plot(comparison, "time [ms]"),
    ):
        assert looks(axes).items() <= everywhere.items()
        assert looks(axes)


def test_one_seed_has_no_error_bars():
    assert set(bar_lengths(change_plot(made(seeds=1)))) == {0.0}


def test_curves_with_their_single_task_level():
    curves = {"pose": ([0, 1, 2], [0.1, 0.5, 0.6]), "reid": ([0, 1], [0.2, 0.3])}
    axes = curve_plot(curves, {"pose": 0.7})
    lines = {line.get_label(): line for line in axes.lines}
    assert list(lines["reid"].get_ydata()) == [0.2, 0.3]
    levels = [line for line in axes.lines if line.get_gid() == "single"]
    assert [level.get_ydata()[0] for level in levels] == [0.7]
    assert levels[0].get_color() == lines["pose"].get_color()
    assert levels[0].get_marker() == lines["pose"].get_marker()


def test_nothing_to_compare_is_an_error():
    with pytest.raises(RelationsError, match="no method to compare with `joint`"):
        paired_plot(made(methods=["joint"]), "joint")


def test_odd_names_are_no_formulas():
    comparison = made(methods=ODD_NAMES, tasks=ODD_NAMES)
    for axes in (
        change_plot(comparison),
        delta_m_plot(comparison),
        paired_plot(comparison, ODD_NAMES[0]),
    ):
        figure_of(axes).draw_without_rendering()
        for text in (*axes.get_xticklabels(), *axes.get_yticklabels(), axes.xaxis.label):
            assert not text._preprocess_math(text.get_text())[1]


def test_sixty_methods_leave_room_for_what_is_drawn(tmp_path):
    methods = [f"method-{number}" for number in range(60)]
    comparison = made(2, methods)
    costs = {name: {"time [ms]": 3.0} for name in methods}
    costly = Comparison(comparison.scores, costs=costs)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # matplotlib's, where a legend leaves no room for the axes
        for axes in (change_plot(comparison), cost_plot(costly, "time [ms]")):
            save(axes, tmp_path / "drawn.png", dpi=50)
            box = axes.get_window_extent()
            assert axes.get_legend().get_window_extent().height <= 1.2 * box.height
            assert box.width > 3 * figure_of(axes).dpi
