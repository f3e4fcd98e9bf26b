"""The data behind the heatmap: texts, limits, marks, labels."""

import io
import itertools
import re
import time

import numpy as np
import pytest
from matplotlib.figure import Figure

from analysis.figures.figure_file import FigureFileError, figure_of
from analysis.figures.fitting import saved_width
from analysis.figures.heatmap import heatmap
from analysis.figures.heatmap_marks import Cells
from relations import ChangeMatrix
from relations.errors import RelationsError
from relations.graph import RelationGraph
from tests.analysis.analysis_examples import ODD_NAMES, made_changes, random_changes


def texts(axes, gid: str) -> list:
    return [text for text in axes.texts if text.get_gid() == gid]


def marked(axes, gid: str) -> set[tuple[int, int]]:
    """Cells (row, column) that hold a mark of a kind."""
    cells = set()
    for artist in axes.patches:
        if artist.get_gid() == gid:
            corners = artist.get_path().vertices.reshape(-1, 5, 2)
            cells |= {(int(y), int(x)) for x, y in corners[:, :4].mean(axis=1)}
    for artist in axes.collections:
        if artist.get_gid() == gid:
            cells |= {(int(y), int(x)) for x, y in artist.get_offsets()}
    return cells


def cells_of(graph: RelationGraph, edges) -> set[tuple[int, int]]:
    return {(graph.tasks.index(a), graph.tasks.index(b)) for a, b in edges}


def picture(axes) -> np.ndarray:
    """The drawn figure, [height, width, 3] in 0 to 1."""
    file = io.BytesIO()
    figure = figure_of(axes)
    figure.savefig(file, format="rgba", dpi=60)
    width, height = (figure.get_size_inches() * 60).astype(int)
    return np.frombuffer(file.getvalue(), np.uint8).reshape(height, width, 4)[..., :3] / 255


def test_as_many_texts_as_known_cells_with_sign_and_uncertainty(four_changes, four_graph):
    axes = heatmap(four_changes, four_graph)
    assert len(texts(axes, "change")) == 11
    assert len(texts(axes, "second line")) == 11
    assert all(text.get_text()[0] in "+−0" for text in texts(axes, "change"))
    first = texts(axes, "change")[0]
    assert first.get_position()[0] == 1.5
    assert first.get_text() == f"{100 * four_changes.mean[0, 1]:.2f}".replace("-", "−")


def test_the_interval_is_the_one_the_verdict_is_read_from(four_changes, four_graph):
    axes = heatmap(four_changes, four_graph)
    low, high = (100 * four_graph.edges["attribute", "reid"][end] for end in ("lower", "upper"))
    assert texts(axes, "second line")[0].get_text() == f"{low:.1f} to {high:.1f}".replace("-", "−")


def test_second_line_can_be_the_seeds_or_nothing(four_changes):
    assert {t.get_text() for t in texts(heatmap(four_changes, second_line="n"), "second line")} == {
        "n = 5"
    }
    assert not texts(heatmap(four_changes, second_line="none"), "second line")


@pytest.mark.parametrize("order", ["given", "cluster"])
def test_marks_on_exactly_the_harmful_undecided_and_unknown_cells(four_changes, four_graph, order):
    axes = heatmap(four_changes, four_graph, order=order)
    tasks = [label.get_text() for label in axes.get_yticklabels()]
    assert tasks == [label.get_text() for label in axes.get_xticklabels()]
    assert set(tasks) == set(four_changes.tasks)

    def cells(edges):
        return {(tasks.index(a), tasks.index(b)) for a, b in edges}

    assert marked(axes, "harmful") == cells(four_graph.harmful())
    assert marked(axes, "harmful corner") == cells(four_graph.harmful())
    assert marked(axes, "undecided") == cells(four_graph.with_verdict("undecided"))
    assert marked(axes, "unknown") == cells([("pose", "attribute")])
    assert len(four_graph.harmful()) == 3
    assert ("reid", "pose") in four_graph.with_verdict("undecided")


def test_small_cells_are_marked_too():
    changes = random_changes(60, spread=0.01)
    graph = RelationGraph.from_changes(changes, correction="none")
    axes = heatmap(changes, graph)
    undecided = set(graph.with_verdict("undecided"))
    harmful = set(graph.harmful())
    assert not texts(axes, "change")
    assert marked(axes, "harmful") == cells_of(graph, harmful - undecided)
    assert marked(axes, "harmful undecided") == cells_of(graph, harmful & undecided)
    assert marked(axes, "undecided") == cells_of(graph, undecided - harmful)


def test_the_colours_reach_to_the_largest_decided_change_of_few_tasks(four_changes, four_graph):
    graph = four_graph
    undecided = set(graph.with_verdict("undecided")) | set(graph.with_verdict("unknown"))
    largest = max(
        abs(change) for *edge, change in graph.edges(data="change") if tuple(edge) not in undecided
    )
    high = heatmap(four_changes, graph).collections[0].get_clim()[1]
    assert 100 * largest <= high <= 200 * largest


def test_undecided_cells_are_paler_where_others_are_decided(four_changes, four_graph):
    pale = marked(heatmap(four_changes, four_graph), "pale")
    assert pale == cells_of(four_graph, four_graph.with_verdict("undecided"))
    single = made_changes(np.full((3, 3), -0.1), spread=0, seeds=1)
    assert not marked(heatmap(single), "pale")


@pytest.mark.parametrize(("count", "width", "size"), [(4, 3.3, 7), (4, 6.9, 9), (27, 3.3, 6)])
def test_it_is_as_wide_as_a_paper_has_room_for(count, width, size):
    axes = heatmap(random_changes(count), width=width, font_size=size)
    assert saved_width(axes) == pytest.approx(width, abs=0.04)
    assert {text.get_fontsize() for text in axes.get_yticklabels()} == {
        min(size, 5 if count > 20 else size)
    }
    figure = figure_of(axes)
    labels = [text.get_window_extent() for text in axes.get_yticklabels()]
    for above, below in itertools.pairwise(labels):
        assert not above.overlaps(below)
    (legend,) = figure.legends
    assert legend.get_window_extent().y1 < axes.xaxis.label.get_window_extent().y0


def test_what_is_too_narrow_is_refused_in_words(four_changes):
    with pytest.raises(FigureFileError, match=r"needs about \d\.\d\d inches .*`width` is 1\."):
        heatmap(four_changes, width=1)
    with pytest.raises(RelationsError, match="leave `width` or `ax` out"):
        heatmap(four_changes, width=3.3, ax=Figure().add_subplot())


def test_the_colours_are_symmetric_and_one_huge_change_of_many_does_not_wash_out_the_rest():
    changes = random_changes(14)
    usual = heatmap(changes).collections[0]
    low, high = usual.get_clim()
    assert low == -high
    samples = changes.by_seed.copy()
    samples[:, 3, 4] = -0.5
    huge = heatmap(made_changes(samples.mean(axis=0), spread=0)).collections[0]
    assert huge.get_clim()[1] < 1.5 * high


def part(axes, gid: str):
    """The axes inside the heatmap's with a group id; None when there are none."""
    return next((inner for inner in axes.child_axes if inner.get_gid() == gid), None)


def test_the_colour_bar_is_no_higher_than_the_cells_in_axes_of_any_shape(four_changes):
    from matplotlib.figure import Figure

    for size in ((6, 9), (12, 4)):
        figure = Figure(figsize=size, layout="constrained")
        left, right = figure.subplots(1, 2)
        for axes in (left, right):
            heatmap(four_changes, ax=axes, font_size=7)
        figure.draw_without_rendering()
        for axes in (left, right):
            assert part(axes, "color bar").get_visible()
            bar, cells = part(axes, "color bar").get_window_extent(), axes.get_window_extent()
            assert cells.y0 - 1 <= bar.y0 < bar.y1 <= cells.y1 + 1
            assert bar.x0 > cells.x1


def test_the_colour_bar_says_that_some_changes_lie_beyond_it():
    mean = np.full((5, 5), 0.01)
    mean[0, 1] = -0.5
    bar = part(heatmap(made_changes(mean, spread=0)), "color bar")
    assert "beyond ±2 %" in bar.get_ylabel()
    calm = part(heatmap(made_changes(np.full((5, 5), 0.01), spread=0)), "color bar")
    assert "beyond" not in calm.get_ylabel()


def test_the_colour_bar_says_which_sign_is_better():
    bar = part(heatmap(made_changes(np.full((4, 4), 0.01))), "color bar")
    assert "+: better" in bar.get_ylabel().replace("\n", " ")


def test_a_mark_is_visible_in_grey_on_every_colour_of_the_scale():
    from matplotlib.colors import to_rgb

    from analysis.figures.palette import INK, change_colors

    def luminance(color) -> float:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color]
        return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))

    ink = luminance(to_rgb(INK))
    cells = [luminance(change_colors()(level)[:3]) for level in np.linspace(0, 1, 101)]
    # 4.5: what accessibility guidelines (WCAG 2, AA) ask of text.
    assert min((cell + 0.05) / (ink + 0.05) for cell in cells) > 4.5


def test_a_harmful_cell_differs_from_a_harmless_one_of_the_same_colour_in_grey():
    mean = np.array([[np.nan, -0.02], [-0.02, np.nan]])
    changes = made_changes(mean, spread=0, seeds=1)
    marked_grey = picture(heatmap(changes, threshold=-0.01, legend=False)).mean(axis=2)
    plain_grey = picture(heatmap(changes, threshold=-0.05, legend=False)).mean(axis=2)
    assert (np.abs(marked_grey - plain_grey) > 0.3).mean() > 0.005


def test_single_task_scores_stand_above_their_targets(four_changes):
    edge = part(heatmap(four_changes), "single-task scores")
    assert [label.get_text() for label in edge.get_xticklabels()] == [
        "0.780",
        "0.810",
        "0.880",
        "0.450",
    ]
    assert part(heatmap(random_changes(4)), "single-task scores") is None


@pytest.mark.parametrize(("count", "text"), [(4, "0.600\n±0.100"), (30, "0.600 ±0.100")])
def test_the_spread_over_seeds_stands_with_a_single_task_score(count, text):
    alone = np.full((3, count), [[0.5], [0.6], [0.7]])
    alone[1:, 1] = np.nan  # of one seed no spread is known
    edge = part(heatmap(random_changes(count, baseline=alone)), "single-task scores")
    assert [label.get_text() for label in edge.get_xticklabels()][:2] == [text, "0.500"]
    assert edge.get_xlabel() == "single-task score, ± standard deviation of a seed"


def test_odd_names_are_drawn_as_they_are():
    changes = random_changes(len(ODD_NAMES), tasks=ODD_NAMES)
    axes = heatmap(changes)
    picture(axes)
    shown = [label.get_text().replace(r"\$", "$") for label in axes.get_xticklabels()]
    assert shown[0] == "$x_1$"
    assert shown[1] == "<b>bold & more</b>"
    assert len(shown[3]) == 26
    assert "…" in shown[3]
    for label in axes.get_xticklabels():
        assert not label._preprocess_math(label.get_text())[1]


def test_own_axes_are_drawn_into_and_given_back(four_changes):
    figure = Figure(figsize=(8, 4))
    left, right = figure.subplots(1, 2)
    assert heatmap(four_changes, ax=right) is right
    assert not left.has_data()
    assert not figure.legends


def test_pyplot_knows_nothing_of_the_figure(four_changes):
    import matplotlib.pyplot as plt

    heatmap(four_changes)
    assert plt.get_fignums() == []


def test_one_seed_says_that_no_uncertainty_is_known():
    changes = made_changes(np.full((3, 3), -0.02), seeds=1, spread=0)
    axes = heatmap(changes)
    legend = [text.get_text() for text in figure_of(axes).legends[0].get_texts()]
    assert any("no uncertainty known" in text for text in legend)
    assert not texts(axes, "second line")


@pytest.mark.parametrize("count", [2, 12, 27])
def test_the_picture_is_not_blank_and_no_label_is_cut(count):
    axes = heatmap(random_changes(count))
    grey = picture(axes).mean(axis=2)
    assert grey.std() > 0.05
    figure = figure_of(axes)
    size = figure.get_size_inches() * figure.dpi
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        box = label.get_window_extent()
        assert box.x0 >= 0
        assert box.y0 >= 0
        assert (box.x1 <= size[0]) & (box.y1 <= size[1])


@pytest.mark.parametrize("count", [2, 3, 4, 12])
def test_the_legend_does_not_touch_the_axis_label(count):
    changes = made_changes(
        np.full((count, count), -0.011),
        spread=0.004,
        tasks=[f"a-rather-long-name-{i}" for i in range(count)],
        baseline=[0.7] * count,
    )
    axes = heatmap(changes, title="title")
    figure = figure_of(axes)
    figure.draw_without_rendering()
    (legend,) = figure.legends
    assert legend.get_window_extent().y1 <= axes.xaxis.label.get_window_extent().y0


def test_labels_do_not_overlap():
    for count in (2, 12, 27, 60, 200):
        axes = heatmap(random_changes(count, seeds=1, spread=0))
        figure_of(axes).draw_without_rendering()
        for labels, side in ((axes.get_xticklabels(), 0), (axes.get_yticklabels(), 1)):
            boxes = [label.get_window_extent().extents for label in labels]
            ends = sorted((box[side], box[side + 2]) for box in boxes)
            assert all(a[1] <= b[0] + 0.5 for a, b in itertools.pairwise(ends)), count


def test_two_hundred_tasks_take_less_than_five_seconds(tmp_path):
    from analysis.figures.figure_file import save

    changes = random_changes(200, spread=0, seeds=1)
    graph = RelationGraph.from_changes(changes)
    start = time.process_time()
    save(heatmap(changes, graph), tmp_path / "many.png")
    assert time.process_time() - start < 5


def test_a_graph_of_other_tasks_and_a_second_threshold_are_refused_together(four_changes):
    other = RelationGraph.from_changes(random_changes(4))
    with pytest.raises(RelationsError, match=r"(?s)threshold.*task-00") as error:
        heatmap(four_changes, other, threshold=-0.02)
    assert str(error.value).count("\n- ") == 2


def test_an_unknown_order_is_refused(four_changes):
    with pytest.raises(RelationsError, match=re.escape('"given" or "cluster"')):
        heatmap(four_changes, order="alphabet")


def test_the_mean_of_an_unknown_edge_is_not_shown():
    # One run of the edge failed: what the others say is no mean over all seeds.
    samples = np.full((3, 2, 2), -0.05)
    failed = np.array([[0, 1], [0, 0]])
    graph = RelationGraph.from_changes(ChangeMatrix(["a", "b"], samples, failed=failed))
    cells = Cells.of(graph, np.arange(2))
    assert cells.unknown[0, 1]
    assert np.isnan(cells.mean[0, 1])
    assert cells.mean[1, 0] == pytest.approx(-0.05)


def test_a_long_title_is_folded_where_it_would_widen_the_figure(four_changes):
    title = "What helps and what harms on the cameras of a campus, over five seeds of each"
    axes = heatmap(four_changes, title=title, width=3.3, font_size=7)
    assert axes.get_title().replace("\n", " ") == title
    assert "\n" in axes.get_title()
    assert saved_width(axes) <= 3.3
