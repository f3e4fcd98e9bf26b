"""Side scores on the page: behind a click, widest differences first."""

import math

from analysis.page.report import Report, report_html
from analysis.page.side import beside_sources, of_methods
from relations.graph import RelationGraph
from relations.statistics.change_matrix import ChangeMatrix
from relations.statistics.side_means import SideScore
from tests.analysis.page.test_report import Outline

TASKS = ["pose", "reid"]
SCORES = (
    SideScore("pose", "head top", {0: 0.9}, {"reid": {0: 0.89}}),
    SideScore("pose", "<b>ankle</b>", {0: 0.6}, {"reid": {0: 0.2}}),
    SideScore("pose", "wrist", {}, {"reid": {0: 0.5}}),
)
LINES = [
    ["method", "seed", "task", "score"],
    ["single", "0", "reid@rank-1", "0.5"],
    ["single", "1", "reid@rank-1", "0.6"],
    ["plain", "0", "reid@rank-10", "0.9"],
    ["plain", "0", "depth@rmse", "1"],
]


def test_of_a_probe_by_target_and_source():
    (table,) = beside_sources(SCORES, TASKS)
    assert table["task"] == "pose" and table["columns"] == ["alone", "with reid"]
    assert [row["name"] for row in table["rows"]] == ["<b>ankle</b>", "head top", "wrist"]
    assert [row["cells"] for row in table["rows"]][2] == ["–", "0.5"]


def test_of_a_comparison_by_task_and_method():
    (table,) = of_methods(LINES, TASKS)
    assert table["columns"] == ["single", "plain"]
    assert table["rows"] == [
        {"name": "rank-1", "cells": ["0.55", "–"]},
        {"name": "rank-10", "cells": ["–", "0.9"]},
    ]


def page(**options):
    changes = ChangeMatrix(TASKS, [[math.nan, -0.1], [0.1, math.nan]], side=options.pop("side", ()))
    graph = RelationGraph.from_changes(changes)
    return report_html(Report(changes=changes, graph=graph, source="runs", **options))


def test_the_page_hides_them_behind_a_click_and_escapes_their_names():
    html = page(side=SCORES, comparison=[["method", "reid"], ["single", "1"]], side_scores=LINES)
    Outline(html)
    assert html.count('<details class="side">') == 2
    assert "&lt;b&gt;ankle" in html and "<b>ankle" not in html
    # Every table of them scrolls by itself, so that a narrow page does not.
    parts = html.split('<details class="side">')[1:]
    assert all('<div class="scroll"' in part.split("<table")[0] for part in parts)


def test_without_any_the_page_says_nothing():
    assert "ide scores" not in page().split("<body>")[1].split("<script")[0]
