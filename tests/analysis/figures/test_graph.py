"""The data behind the graph's figure: arrows, widths, places, what stands beside it."""

import itertools

import numpy as np
import pytest
from matplotlib.figure import Figure

from analysis.figures.figure_file import figure_of
from analysis.figures.fitting import saved_width
from analysis.figures.graph import drawn_edges, graph_plot
from analysis.figures.graph_parts import KINDS, bend, circle, group_letter
from analysis.figures.labels import percent
from analysis.harm_summary import harm
from relations.errors import RelationsError
from relations.graph import RelationGraph
from tests.analysis.analysis_examples import ODD_NAMES, made_changes, random_changes


def arrows(axes, kind: str) -> list:
    return [patch for patch in axes.patches if patch.get_gid() == kind]


def texts(axes, gid: str) -> list[str]:
    return [text.get_text() for text in axes.texts if text.get_gid() == gid]


def test_every_edge_worth_drawing_has_one_arrow_of_its_kind(four_graph):
    edges = drawn_edges(four_graph)
    assert set(edges["harmful"]) == set(four_graph.harmful(sure=True))
    assert edges["harmful undecided"] == [("reid", "pose")]
    assert set(edges["helpful"]) <= set(four_graph.with_verdict("not harmful"))
    assert all(four_graph.edges[edge]["change"] > 0.01 for edge in edges["helpful"])
    axes = graph_plot(four_graph)
    for kind in KINDS:
        assert len(arrows(axes, kind)) == len(edges[kind]), kind


def test_no_unknown_edge_is_drawn(four_graph):
    assert not any(("pose", "attribute") in some for some in drawn_edges(four_graph).values())


def test_undecided_and_helpful_edges_can_be_hidden(four_graph):
    axes = graph_plot(four_graph, undecided=False, helpful=False)
    assert {patch.get_gid() for patch in axes.patches} == {"harmful"}


def test_kinds_differ_without_colour():
    styles = {(kind.line, kind.head) for kind in KINDS.values()}
    assert len(styles) == len(KINDS)
    assert len({kind.line for kind in KINDS.values()}) == len(KINDS)
    assert KINDS["harmful undecided"].line == "dashed"


def test_the_width_grows_with_the_change():
    mean = np.array([[np.nan, -0.02, 0], [-0.10, np.nan, -0.3], [0, 0, np.nan]])
    axes = graph_plot(RelationGraph.from_changes(made_changes(mean, spread=0.0001)))
    widths = [arrow.get_linewidth() for arrow in arrows(axes, "harmful")]
    assert sorted(widths, reverse=True) == widths  # drawn by size
    assert len(set(widths)) == 3


def test_heads_are_wider_than_their_lines_and_pointed():
    axes = graph_plot(
        RelationGraph.from_changes(made_changes(np.array([[0, -0.02, -0.5], [0] * 3, [0] * 3])))
    )
    drawn = arrows(axes, "harmful")
    assert len(drawn) == 2
    for arrow in drawn:  # a head is 0.4 of its size wide
        assert 0.4 * arrow.get_mutation_scale() > 1.5 * arrow.get_linewidth()
        assert arrow.get_joinstyle() == "miter"


def test_of_many_edges_the_largest_are_drawn_and_the_legend_says_so():
    changes = random_changes(30, spread=0.0001)
    graph = RelationGraph.from_changes(changes, correction="none")
    axes = graph_plot(graph, most=20, undecided=False)
    assert len(arrows(axes, "harmful")) == 20
    assert len(arrows(axes, "helpful")) == 10
    legend = [text.get_text() for text in axes.get_legend().get_texts()]
    assert f"harmful: 20 of {len(graph.harmful(sure=True))} drawn" in legend


def test_the_layout_is_the_same_every_time():
    changes = random_changes(8)

    def places():
        graph = RelationGraph.from_changes(changes)
        (discs,) = [c for c in graph_plot(graph).collections if c.get_gid() == "task"]
        return discs.get_offsets()

    assert np.array_equal(places(), places())


def test_harmful_groups_and_who_harms_most():
    mean = np.zeros((5, 5))
    mean[0, 1] = mean[1, 2] = mean[2, 0] = -0.05  # a ring
    mean[3, 0] = -0.2
    mean[3, 4] = -0.3
    graph = RelationGraph.from_changes(made_changes(mean, spread=0.0001, tasks=list("abcde")))
    standing = harm(graph)
    assert standing.groups == (("a", "b", "c"),)
    assert [source.task for source in standing.sources] == ["d", *"abc"] or standing.sources[
        0
    ].task == "d"
    assert standing.sources[0].edges == 2
    assert standing.sources[0].change == pytest.approx(-0.5, abs=1e-3)
    assert [target.task for target in standing.targets][:2] == ["e", "a"]
    axes = graph_plot(graph)
    assert texts(axes, "group") == ["A", "A", "A"]
    (beside,) = texts(axes, "standing")
    assert "A  a, b, c" in beside
    assert "d: 2 edges, −25.0 % on average" in beside


def test_without_undecided_edges_the_texts_count_what_is_decided_only(four_graph):
    (beside,) = texts(graph_plot(four_graph), "standing")
    assert "reid: 1 edge" in beside  # reid -> pose is harmful by the mean, but undecided
    (beside,) = texts(graph_plot(four_graph, undecided=False), "standing")
    assert "Decidedly harm most" in beside
    harmers = beside.split("harm most")[1].split("suffer most")[0]
    assert "attribute" in harmers
    assert "reid" not in harmers
    single = RelationGraph.from_changes(made_changes(np.full((3, 3), -0.1), spread=0, seeds=1))
    assert texts(graph_plot(single, undecided=False), "standing") == [
        "No edge is decidedly harmful."
    ]


@pytest.mark.parametrize("count", [2, 4, 12, 60])
def test_legend_and_title_stand_clear_of_names_and_discs(count):
    axes = graph_plot(RelationGraph.from_changes(random_changes(count)), title="title")
    figure_of(axes).draw_without_rendering()
    legend = axes.get_legend()
    assert legend is not None
    start = legend.get_window_extent().x0
    names = [text.get_window_extent().x1 for text in axes.texts if text.get_gid() == "name"]
    assert start > max(names) + 5
    tops = [text.get_window_extent().y1 for text in axes.texts if text.get_gid() == "name"]
    assert axes.title.get_window_extent().y0 > max(tops)
    assert start > axes.get_window_extent().x1


@pytest.mark.parametrize("count", [2, 4, 27])
def test_the_compact_one_fits_a_column_with_its_legend_below_the_names(count):
    graph = RelationGraph.from_changes(random_changes(count))
    axes = graph_plot(graph, beside=False, width=3.3, font_size=7)
    assert saved_width(axes) == pytest.approx(3.3, abs=0.04)
    assert not texts(axes, "standing")
    legend = axes.get_legend()
    assert legend is not None
    names = [text.get_window_extent() for text in axes.texts if text.get_gid() == "name"]
    assert legend.get_window_extent().y1 < min(name.y0 for name in names)
    for one, other in itertools.combinations(names, 2):
        assert not one.overlaps(other) or count > 12  # boxes of turned names do, not their letters


def test_a_width_is_of_a_figure_of_its_own(four_graph):
    with pytest.raises(RelationsError, match="leave `width` or `ax` out"):
        graph_plot(four_graph, width=3.3, ax=Figure().add_subplot())
    with pytest.raises(RelationsError, match="`width` is 1"):
        graph_plot(four_graph, width=1)


@pytest.mark.parametrize("count", [5, 12, 27])
def test_edges_of_many_tasks_bend_inwards_away_from_the_discs_between(count):
    places = circle([str(i) for i in range(count)])
    middles = {}
    for (a, start), (b, end) in itertools.permutations(places.items(), 2):
        dx, dy = end - start
        straight = (start + end) / 2
        middle = straight + bend(start, end, count) / 2 * np.array([dy, -dx])
        if np.linalg.norm(straight) > 0.3:
            assert np.linalg.norm(middle) < np.linalg.norm(straight)
        middles[a, b] = middle
    for a, b in middles:  # both directions are seen
        length = np.linalg.norm(places[a] - places[b])
        assert np.linalg.norm(middles[a, b] - middles[b, a]) > 0.05 * length


def test_without_harm_it_says_so():
    axes = graph_plot(RelationGraph.from_changes(made_changes(np.zeros((3, 3)))))
    assert texts(axes, "standing") == ["No edge is harmful."]


def test_few_tasks_have_their_changes_on_the_edges(four_graph):
    axes = graph_plot(four_graph)
    drawn = [edge for some in drawn_edges(four_graph).values() for edge in some]
    expected = sorted(percent(four_graph.edges[edge]["change"]) for edge in drawn)
    assert sorted(texts(axes, "change")) == expected


@pytest.mark.parametrize("count", [2, 4, 12, 27, 60])
def test_names_do_not_overlap_and_stay_inside(count):
    graph = RelationGraph.from_changes(random_changes(count, seeds=1, spread=0))
    axes = graph_plot(graph, all_tasks=True)
    figure = figure_of(axes)
    figure.draw_without_rendering()
    names = [text for text in axes.texts if text.get_gid() == "name"]
    assert len(names) == count
    upright = [name.get_window_extent() for name in names if name.get_rotation() == 0]
    for i, one in enumerate(upright):
        assert not any(one.overlaps(other) for other in upright[i + 1 :])
    width, height = figure.get_size_inches() * figure.dpi
    for text in axes.texts:
        box = text.get_window_extent()
        assert box.x0 >= -1, text
        assert box.y0 >= -1, text
        assert (box.x1 <= width + 1) & (box.y1 <= height + 1), text


def test_odd_names_are_no_formulas():
    graph = RelationGraph.from_changes(random_changes(len(ODD_NAMES), tasks=ODD_NAMES))
    axes = graph_plot(graph)
    figure_of(axes).draw_without_rendering()
    for text in axes.texts:
        assert not text._preprocess_math(text.get_text())[1]


def test_letters_of_groups_are_distinct():
    assert [group_letter(number) for number in (0, 25, 26, 52)] == ["A", "Z", "A1", "A2"]
    assert len({group_letter(number) for number in range(100)}) == 100


def test_what_is_not_drawn_is_counted_by_its_reason(four_graph):
    def legend(**options) -> list[str]:
        axes = graph_plot(four_graph, **options)
        return [text.get_text() for text in axes.get_legend().get_texts()]

    near = [e for e in four_graph.edges if abs(four_graph.edges[e]["change"]) <= 0.01]
    assert len(near) == 1
    assert "not drawn, within ±1 %: 1" in legend()
    assert "unknown: 1" in legend()
    assert not any("by choice" in text for text in legend())
    undecided = len(four_graph.with_verdict("undecided"))
    assert undecided == 2
    assert f"not drawn, by choice: {undecided}" in legend(undecided=False)


def test_one_seed_is_drawn_dashed_and_says_that_no_uncertainty_is_known():
    changes = made_changes([[np.nan, -0.1], [0.1, np.nan]], seeds=1, spread=0)
    axes = graph_plot(RelationGraph.from_changes(changes))
    assert {patch.get_gid() for patch in axes.patches} == {"harmful undecided", "helpful undecided"}
    texts_ = [text.get_text() for text in axes.get_legend().get_texts()]
    assert "no repeats: no uncertainty known" in texts_


def test_what_leaves_room_is_named_where_a_graph_is_too_narrow(four_graph):
    from relations.errors import options_named

    with pytest.raises(RelationsError, match="Take `beside=False`, a smaller `font_size`"):
        graph_plot(four_graph, width=2.6, font_size=7)
    with (
        options_named(["width", "font_size", "compact"]),
        pytest.raises(RelationsError, match="Take `--compact`, a smaller `--font-size`"),
    ):
        graph_plot(four_graph, width=2.6, font_size=7)
    with pytest.raises(RelationsError, match="Take a smaller `font_size`"):
        graph_plot(four_graph, width=1.0, font_size=7, beside=False)


def test_a_long_title_is_folded_over_the_graph(four_graph):
    title = "What helps and what harms on the cameras of a campus, over five seeds of each"
    axes = graph_plot(four_graph, title=title, width=3.3, font_size=7, beside=False)
    assert axes.get_title().replace("\n", " ") == title
    assert "\n" in axes.get_title()
