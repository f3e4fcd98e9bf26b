"""The graph of many tasks: discs of groups, arrows between them, texts."""

import itertools

import numpy as np
import pytest
from matplotlib.figure import Figure

from analysis.figures.figure_file import figure_of
from analysis.figures.fitting import saved_width
from analysis.figures.graph import graph_plot
from analysis.figures.grouped_graph import disc_sides
from analysis.task_groups import task_groups
from relations.graph import RelationGraph
from tests.analysis.analysis_examples import made_changes, random_changes


def many(count: int, density: float, **options) -> RelationGraph:
    """Many tasks of which a share of the edges is harmful."""
    generator = np.random.default_rng(0)
    harm = -0.02 - 0.1 * generator.random((count, count))
    mean = np.where(generator.random((count, count)) < density, harm, 0.005)
    return RelationGraph.from_changes(made_changes(mean, spread=0.003, **options))


def texts(axes, gid: str) -> list:
    return [text for text in axes.texts if text.get_gid() == gid]


def arrows(axes) -> list:
    return [patch for patch in axes.patches if patch.get_gid() == "harm between"]


def test_a_disc_a_group_and_an_arrow_the_harm_between_two():
    graph = many(60, 0.05)
    found = task_groups(graph)
    axes = graph_plot(graph)
    (discs,) = [part for part in axes.collections if part.get_gid() == "task group"]
    assert len(discs.get_offsets()) == len(found.groups) == len(texts(axes, "name"))
    assert len(arrows(axes)) == min(2 * len(found.groups), len(found.between))
    first = texts(axes, "name")[0].get_text().splitlines()
    assert first[0] == f"{len(found.groups[0])} tasks"
    assert first[1].split(", ")[0] == found.groups[0][0]
    most = found.between[0]
    change = 100 * graph.edges[most.edges[0]]["change"]
    wanted = f"{len(most.edges)}: {change:.1f} %".replace("-", "−")
    assert wanted in [text.get_text() for text in texts(axes, "change")]


def test_it_says_how_every_task_is_seen_and_all_are_where_that_is_asked_for():
    graph = many(50, 0.1)
    (beside,) = texts(graph_plot(graph), "standing")
    assert "--all-tasks" in beside.get_text()
    assert len(texts(graph_plot(graph, all_tasks=True), "name")) == 50
    few = RelationGraph.from_changes(random_changes(40))
    assert len(texts(graph_plot(few), "name")) == 40


def test_without_harm_there_are_no_groups_to_draw():
    calm = RelationGraph.from_changes(made_changes(np.zeros((45, 45)), spread=0.0001))
    assert len(texts(graph_plot(calm), "name")) == 45


def test_arrows_are_dashed_where_nothing_is_decided():
    graph = many(50, 0.02, seeds=1)
    assert {arrow.get_linestyle() for arrow in arrows(graph_plot(graph))} == {"dashed"}
    sure = many(50, 0.02)
    assert "solid" in {arrow.get_linestyle() for arrow in arrows(graph_plot(sure, undecided=False))}


@pytest.mark.parametrize("density", [0.005, 0.05, 0.6])
@pytest.mark.parametrize(("width", "size", "beside"), [(3.3, 7, False), (6.9, 9, True)])
def test_no_text_overlaps_another_at_the_widths_of_a_paper(density, width, size, beside):
    axes = graph_plot(many(90, density), width=width, font_size=size, beside=beside, title="many")
    assert saved_width(axes) == pytest.approx(width, abs=0.04)
    shown = [axes.title, axes.get_legend(), *axes.texts]
    boxes = [(text, text.get_window_extent()) for text in shown]
    for (one, box), (other, second) in itertools.combinations(boxes, 2):
        assert not box.overlaps(second), (one, other)


def test_larger_groups_have_larger_discs_and_it_goes_into_axes_of_ones_own():
    graph = many(60, 0.05)
    found = task_groups(graph)
    sides = disc_sides(found, 4.2)
    assert list(sides) == sorted(sides, reverse=True)
    assert sides.max() > sides.min()
    left, right = Figure(figsize=(12, 5)).subplots(1, 2)
    assert graph_plot(graph, ax=right) is right
    assert not left.has_data()
    assert figure_of(right) is figure_of(left)
