"""The report's text: its sections, what is escaped, and what they say without evidence."""

import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from analysis.page.cells import matrix_rows
from analysis.page.embed import page_data, safe_json
from analysis.page.report import Command, Report, report_html
from analysis.page.slider import slider
from relations.graph import RelationGraph
from relations.statistics.change_matrix import ChangeMatrix
from relations.tasks import Task
from tests.analysis.analysis_examples import made_changes, random_changes

VOID = {"meta", "input", "br", "link", "img"}


class Outline(HTMLParser):
    """Checks that tags close in order; keeps texts, ids and what a page could load."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.loads: list[str] = []
        self.texts: list[str] = []
        self.scripts: list[str] = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.ids += [found["id"]] if "id" in found else []
        self.loads += [found[name] for name in ("src", "href", "srcset", "action") if name in found]
        assert not any(name.startswith("on") or name == "style" for name in found)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        (self.scripts if self.open[-1:] == ["script"] else self.texts).append(data)


def slider_of(changes, threshold=-0.01):
    found = slider(RelationGraph.from_changes(changes, threshold))
    return found.lowest, found.step


def html_of(changes, **options):
    judged = {name: options.pop(name) for name in ("threshold", "correction") if name in options}
    graph = RelationGraph.from_changes(changes, **judged)
    return report_html(Report(changes=changes, graph=graph, source="runs", **options))


def test_lines_of_a_failure_stay_lines(four_changes, four_graph):
    page = report_html(Report(changes=four_changes, graph=four_graph, source="x"))
    assert re.search(r"\.warning \{[^}]*white-space: pre-line", page)


def test_the_folder_that_is_here_is_named(four_changes, four_graph, monkeypatch, tmp_path):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    page = report_html(Report(changes=four_changes, graph=four_graph, source="."))
    assert " an edge, from here<" in page


def test_the_page_is_well_formed_and_loads_nothing(four_changes):
    page = Outline(html_of(four_changes, commands=[Command("All:", "gradsplit demo")]))
    assert len(page.ids) == len(set(page.ids))
    assert page.loads == ["#relations", "#"]
    assert "gradsplit demo" in page.texts


def test_equal_input_gives_equal_text(four_changes):
    assert html_of(four_changes) == html_of(four_changes)


def test_names_never_become_markup():
    names = ["<script>alert(1)</script>", "</script><b>", "a&amp;b", '"', "é"]
    changes = made_changes(np.full((5, 5), -0.03), tasks=names)
    html = html_of(changes, title="</title><script>x", comparison=[["<i>"], ["<u>"]])
    page = Outline(html)
    assert len(re.findall(r"<script", html)) == 2
    assert "<b>" not in html.partition("<tbody>")[0]
    assert not re.search(r"<(i|u)>", html)
    assert json.loads(page.scripts[0])["tasks"] == names


def test_safe_json_reads_back():
    text = safe_json({"</script>": ["<!--", "&", "\u2029", "ü"]})
    assert not set("<>&\u2029") & set(text)
    assert json.loads(text) == {"</script>": ["<!--", "&", "\u2029", "ü"]}


def test_numbers_are_embedded_with_all_their_digits(four_changes, four_graph):
    data = json.loads(safe_json(page_data(four_changes, four_graph, source="x", options=())))
    read = np.array(data["change"], dtype=float).reshape(4, 4)
    np.testing.assert_array_equal(read, four_changes.mean)
    np.testing.assert_array_equal(
        np.array(data["se"], dtype=float).reshape(4, 4), four_changes.scaled_means.se
    )


def test_cells_mark_exactly_the_harmful_undecided_and_unknown_edges(four_changes, four_graph):
    for row in matrix_rows(four_changes, four_graph):
        for target, cell in zip(four_graph.tasks, row.cells, strict=True):
            if cell is None:
                assert row.task == target
                continue
            edge = row.task, target
            assert ("harmful" in cell.name) == (edge in four_graph.harmful())
            verdict = four_graph.edges[edge]["verdict"]
            assert ("undecided" in cell.name) == (verdict == "undecided")
            assert (cell.change == "?") == (verdict == "unknown")


def test_a_table_says_what_is_not_known():
    page = Outline(html_of(ChangeMatrix(["a", "b"], [[0, -0.02], [0.01, 0]])))
    text = " ".join(page.texts)
    for part in (
        "without a ledger",
        "no uncertainty is known",
        "one length of training",
        "There is none",
    ):
        assert part in text
    assert "Commands to reproduce" not in text


def test_the_comparison_is_shown_as_a_table(four_changes):
    rows = [["method", "pose", "n"], ["single", "0.812345678", "5"], ["GradSplit", "", "5"]]
    page = Outline(html_of(four_changes, comparison=rows))
    assert {"method", "pose", "GradSplit", "0.8123", "5"} <= set(page.texts)


def test_single_task_scores_stand_below_the_matrix_with_their_spread():
    page = Outline(html_of(random_changes(2, baseline=[[0.5, 0.4], [0.7, np.nan]])))
    assert {"0.600", "±0.141", "0.400"} <= set(page.texts)
    assert "single-task score, ± standard deviation of a seed" in page.texts
    once = Outline(html_of(random_changes(2, baseline=[0.5, 0.4])))
    assert "single-task score" in once.texts


@pytest.mark.parametrize("count", [2, 30, 200])
def test_from_two_to_two_hundred_tasks(count):
    page = Outline(html_of(random_changes(count)))
    assert sum(f"task-{i:02d}" in page.texts for i in range(count)) == count


def test_nothing_known_at_all():
    Outline(html_of(ChangeMatrix(["a", "b"], np.full((2, 2), np.nan))))


def test_the_slider_reaches_all_harm_and_stands_on_the_threshold():
    for worst in (-0.0001, -0.013, -0.04, -0.2, -0.7, -0.98):
        lowest, step = slider_of(ChangeMatrix(["a", "b"], [[0, worst], [0.1, 0]]))
        assert -1 < lowest <= max(worst, -0.99)
        assert lowest <= -0.02
        assert round(0.01 / step, 9) == round(0.01 / step)


def several_units():
    """A relative, an absolute and a standardised target, three seeds."""
    tasks = (
        Task("pose"),
        Task("r2", change="absolute", threshold=-0.02),
        Task("nll", higher_is_better=False, change="standardised", threshold=-1.0),
    )
    mean = np.array([[0, -0.05, 0.3], [-0.03, 0, -2.5], [0.01, -0.019, 0]])
    noise = np.random.default_rng(0).normal(size=(3, 3, 3)) * [0.004, 0.004, 0.2]
    return ChangeMatrix(tasks, mean + noise, spread=[np.nan, np.nan, 0.25])


def test_a_page_of_several_units_names_each_and_per_cent_only_where_it_is():
    changes = several_units()
    html = html_of(changes)
    page = " ".join(Outline(html).texts)
    for words in ("pose [%]", "r2 [abs.]", "nll [sd]", "pose −1 %, r2 −0.02 abs., nll −1 sd"):
        assert words in page
    assert "1 × each task's own threshold" in page and "as a fraction" not in page
    data = page_data(changes, RelationGraph.from_changes(changes), source="runs", options=())
    assert (data["threshold"], data["relative"]) == (-1.0, -0.01)
    lowest, step = slider_of(changes)
    assert -99 < lowest <= -3 and step > 0


def test_a_slider_of_several_units_keeps_relative_thresholds_above_minus_one():
    tasks = [Task("pose"), Task("r2", change="absolute", threshold=-1e-6)]
    changes = ChangeMatrix(tasks, [[0, -5.0], [-0.03, 0]])
    assert slider_of(changes, -0.5)[0] >= -1.98


def test_what_is_empty_is_folded():
    nothing = ChangeMatrix(["a", "b"], np.full((2, 2), np.nan))
    some = ChangeMatrix(["a", "b"], np.array([[np.nan, -0.1], [0.1, np.nan]]))
    folded = '<details class="nothing">'
    pages = [
        report_html(Report(changes=one, graph=RelationGraph.from_changes(one), source="x"))
        for one in (nothing, some)
    ]
    assert folded in pages[0] and folded not in pages[1]
    assert all(page.count('id="slider"') == 1 for page in pages)
    for section in ("Undecided edges, and", "Why tasks harm", "Learning curves", "share a network"):
        assert section not in pages[0] and section in pages[1]


def test_only_a_page_whose_undecided_cells_are_paler_says_so(four_changes):
    some = html_of(four_changes)
    none = html_of(made_changes(np.full((4, 4), -0.012), spread=0.05, seeds=3))
    assert "half of their colour" in some and "paler, ?:" in some
    assert "half of their colour" not in none and "paler, ?:" not in none
    assert "undecided, its interval holds the threshold" in none
