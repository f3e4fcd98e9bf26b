"""Where the colours of a matrix end, in the figure and on the page."""

import numpy as np
import pytest

from analysis.figures.color_end import color_end
from analysis.figures.heatmap import heatmap
from analysis.figures.palette import shade_limit
from analysis.page.cells import shades
from analysis.page.judged import judged_sections
from relations.graph import RelationGraph
from relations.statistics.change_matrix import ChangeMatrix
from relations.tasks import Task
from tests.analysis.analysis_examples import made_changes


def four(loud: float = -0.9) -> ChangeMatrix:
    """A decided change of -0.2, and a larger one that its noise leaves undecided."""
    mean = np.full((4, 4), 0.01)
    mean[0, 1], mean[1, 0] = -0.2, 0.0
    spread = np.full((4, 4), 0.001)
    changes = made_changes(mean, spread)
    samples = changes.by_seed.copy()
    samples[:, 1, 0] = [loud, 0.9, loud / 2, 0.5, 0.1]
    return ChangeMatrix(changes.tasks, samples)


def test_noise_does_not_pale_what_is_decided():
    graph = RelationGraph.from_changes(four())
    assert graph.edges["task-01", "task-00"]["verdict"] == "undecided"
    assert color_end(graph) == 0.2
    assert shades(graph)[0, 1] == 5


def test_the_change_of_failed_runs_does_not_count():
    changes = four()
    failed = np.zeros((4, 4))
    failed[0, 1] = 1
    lost = ChangeMatrix(changes.tasks, changes.by_seed, failed=failed)
    assert color_end(RelationGraph.from_changes(lost)) == 0.02


@pytest.mark.parametrize("tasks", [4, 14])
def test_figure_and_page_end_at_the_same_change(tasks):
    mean = np.random.default_rng(1).normal(-0.01, 0.06, (tasks, tasks))
    changes = made_changes(mean, 0.02)
    graph = RelationGraph.from_changes(changes)
    (mesh,) = [one for one in heatmap(changes, graph).collections if one.get_array() is not None]
    end = color_end(graph)
    assert mesh.norm.vmax == pytest.approx(100 * end)
    said = judged_sections(changes, graph, "runs")["limit"]
    assert said.startswith(f"{100 * end:g} % and more")
    assert said.endswith("as far as decided changes go") == (tasks == 4)


def test_of_several_units_it_is_in_sizes_of_the_threshold():
    tasks = [Task("pose"), Task("r2", change="absolute", threshold=-0.02)]
    noise = np.random.default_rng(0).normal(0, 1e-4, (3, 2, 2))
    changes = ChangeMatrix(tasks, np.array([[0, -0.06], [-0.03, 0]]) + noise)
    assert color_end(RelationGraph.from_changes(changes)) in (3, 4)


def test_one_outlier_does_not_take_the_colours_and_is_named():
    mean = np.full((3, 3), 0.01)
    mean[0, 1], mean[0, 2], mean[1, 2] = 10.07, 1.55, -0.9
    changes = made_changes(mean, 0.001)
    graph = RelationGraph.from_changes(changes)
    assert color_end(graph) == 2.0
    assert shades(graph)[0].tolist() == [0, 5, 4]
    said = judged_sections(changes, graph, "runs")["limit"]
    assert said == "200 % and beyond, where 1 decided change lies"


def test_what_an_outlier_leaves_is_not_magnified():
    changes = np.array([[np.nan, -0.9], [0.003, np.nan]])
    decided = np.isfinite(changes)
    assert shade_limit(changes, decided) == 0.1
    changes[0, 1] = -0.4  # not so large that it would pale the others
    assert shade_limit(changes, decided) == 0.4


def test_of_many_large_changes_none_is_an_outlier():
    changes = np.full((4, 4), 0.05)
    changes[0, 1:] = -5.0
    np.fill_diagonal(changes, np.nan)
    assert shade_limit(changes, np.isfinite(changes)) == 5.0
