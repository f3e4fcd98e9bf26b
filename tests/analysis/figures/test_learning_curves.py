import math

import numpy as np
import pytest

from analysis import learning_curves, save
from analysis.curves.trained_curves import TrainedCurves
from relations import LossCurve, Run
from relations.errors import RelationsError, TaskError

TASKS = ("pose", "reid", "depth")


def trained(tasks=TASKS, seeds=3, joint=True, losses=lambda run: [9.0, 3.0, 1.0 + run.seed]):
    members = [(task,) for task in tasks]
    members += [(a, b) for at, a in enumerate(tasks) for b in tasks[at + 1 :]]
    members += [tasks] if joint else []
    runs = [Run(of, seed) for of in members for seed in range(seeds)]
    return TrainedCurves(
        tasks, {run: dict.fromkeys(run.tasks, LossCurve.of(losses(run))) for run in runs}
    )


def legend(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()] if figure.legends else []


def lines(axes):
    return {line.get_label(): line for line in axes.get_lines()}


def test_a_panel_a_task_with_a_line_for_each_company():
    figure = learning_curves(trained())
    assert [axes.get_title() for axes in figure.axes] == list(TASKS)
    assert list(lines(figure.axes[0])) == ["alone", "with reid", "with depth", "with all"]
    assert legend(figure) == ["alone", "with pose", "with reid", "with depth", "with all"]
    assert lines(figure.axes[0])["alone"].get_ydata().tolist() == [9, 3, 2]


def test_a_partner_has_one_colour_in_all_panels_whoever_is_shown():
    every, one = learning_curves(trained()), learning_curves(trained(), ["pose"])
    shown = [lines(axes)["with depth"].get_color() for axes in every.axes[:2]]
    assert {*shown, lines(one.axes[0])["with depth"].get_color()} == {shown[0]}
    assert len(one.axes) == 1


def test_bands_reach_from_the_lowest_seed_to_the_highest():
    (axes,) = learning_curves(trained(("pose",), joint=False)).axes
    (band,) = axes.collections
    edges = band.get_paths()[0].vertices
    assert edges[edges[:, 0] == 3][:, 1].min() == 1
    assert edges[edges[:, 0] == 3][:, 1].max() == 3
    assert not learning_curves(trained(("pose",), seeds=1)).axes[0].collections


def test_of_many_lines_only_the_main_ones_have_bands():
    tasks = tuple("abcdefgh")
    axes = learning_curves(trained(tasks)).axes[0]
    assert len(axes.get_lines()) == 9
    assert len(axes.collections) == 2


def test_one_training_is_a_solid_line_without_a_legend():
    figure = learning_curves(TrainedCurves(TASKS, {Run(TASKS, 0): trained().runs[Run(TASKS, 0)]}))
    assert legend(figure) == []
    assert {line.get_linestyle() for axes in figure.axes for line in axes.get_lines()} == {"-"}


def test_losses_that_are_not_finite_are_gaps_and_move_no_axis(tmp_path):
    broken = trained(losses=lambda run: [9.0, 2.0, math.nan, math.inf, 1.0])
    figure = learning_curves(broken)
    axes = figure.axes[0]
    assert np.isnan(lines(axes)["alone"].get_ydata()[2:4]).all()
    assert axes.get_ylim()[1] < 20
    save(figure, tmp_path / "curves.png", dpi=50)
    save(learning_curves(trained(losses=lambda run: [math.nan])), tmp_path / "nothing.pdf")


def test_the_axis_of_losses_is_logarithmic_where_it_helps():
    assert learning_curves(trained(seeds=1)).axes[0].get_yscale() == "log"
    flat = trained(losses=lambda run: [2.0, 1.0])
    assert learning_curves(flat).axes[0].get_yscale() == "linear"


def test_strange_names_are_drawn_as_they_are(tmp_path):
    figure = learning_curves(trained(("$x_1$", "a" * 90, "größe")))
    assert figure.axes[0].get_title() == r"\$x_1\$"
    assert len(figure.axes[1].get_title()) < 40
    save(figure, tmp_path / "curves.svg")


def test_what_cannot_be_drawn_is_said():
    with pytest.raises(TaskError, match="dept"):
        learning_curves(trained(), ["dept"])
    with pytest.raises(RelationsError, match="no loss curves of pose"):
        learning_curves(TrainedCurves(TASKS, {}), ["pose"])
