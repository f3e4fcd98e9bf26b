"""A task's name is nothing but a name wherever it goes, whatever it looks like elsewhere."""

import csv
import io
import json
from html.parser import HTMLParser
from itertools import pairwise

import networkx as nx
import numpy as np
import pytest

from analysis import Report, comparison_table, export, read_scores, report_html
from analysis.text_table import Table
from relations import ChangeMatrix, GradientMask, RelationGraph, Run, Task
from relations.collected_scores import save_scores, scores_file
from relations.runs import Outcome
from relations.tables.relation_table import read_relation_table, write_relation_table
from relations.tables.runs_table import read_runs_table, write_runs_table
from tests.fuzz.junk import STRANGE_NAMES

PAIRS = [*pairwise(STRANGE_NAMES), ("source", "target"), ("a (%)", "b (%)")]


@pytest.fixture(params=PAIRS, ids=ascii)
def names(request):
    return request.param


@pytest.fixture
def changes(names):
    return ChangeMatrix(names, np.array([[np.nan, -0.02], [0.01, np.nan]]))


def starts_a_formula(text):
    return text[:1] in "=@+-" and not text.removeprefix("-").replace(".", "").isdigit()


def test_relation_tables(changes, tmp_path):
    path = tmp_path / "table.csv"
    write_relation_table(changes, path)
    again = read_relation_table(path)
    assert again.tasks == changes.tasks
    np.testing.assert_array_equal(again.mean, changes.mean)
    rows = csv.reader(io.StringIO(path.read_text()))
    assert not any(starts_a_formula(cell) for row in rows for cell in row if cell)


def test_runs_tables(names, tmp_path):
    path = tmp_path / "runs.csv"
    runs = [Run((name,), 0) for name in names] + [Run(tuple(names), 0)]
    outcomes = [Outcome(run, dict.fromkeys(run.tasks, 0.5)) for run in runs]
    write_runs_table([Task(name) for name in names], outcomes, path)
    assert [(each.run, each.scores) for each in read_runs_table(path).outcomes] == [
        (each.run, each.scores) for each in outcomes
    ]


def test_files_of_graphs(changes, tmp_path):
    graph = RelationGraph.from_changes(changes)
    for ending in (".csv", ".dot", ".graphml", ".gexf", ".json"):
        export(graph, tmp_path / f"edges{ending}")
    assert set(nx.read_graphml(tmp_path / "edges.graphml").nodes) == set(changes.tasks)
    assert json.loads((tmp_path / "edges.json").read_text())["tasks"] == [*changes.tasks]
    assert set(read_relation_table(tmp_path / "edges.csv").tasks) == set(changes.tasks)
    rows = csv.reader(io.StringIO((tmp_path / "edges.csv").read_text()))
    assert not any(starts_a_formula(cell) for row in rows for cell in row if cell)


def test_mask_files(changes, tmp_path):
    mask = GradientMask.from_graph(RelationGraph.from_changes(changes))
    mask.save(tmp_path / "mask.json")
    assert GradientMask.load(tmp_path / "mask.json") == mask


def test_files_of_scores_stay_in_their_folder(names, tmp_path):
    for variant in ("", "..", names[0]):
        path = scores_file(tmp_path / "scores", Run(names, 0, variant))
        assert path.resolve().is_relative_to(tmp_path / "scores")
        save_scores(path, dict.fromkeys(names, 0.5))
        assert path.is_file()


def test_files_of_many_long_names(tmp_path):
    runs = [Run(tuple(f"{'👨' * 100}{n}" for n in range(20)), seed) for seed in (0, 1)]
    paths = [scores_file(tmp_path, run) for run in [*runs, Run(runs[0].tasks[1:], 0)]]
    assert len(set(paths)) == 3
    save_scores(paths[0], {})


class _Elements(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen = []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, sorted(name for name, _ in attrs)))


def _elements(names):
    changes = ChangeMatrix(names, np.array([[np.nan, -0.02], [0.01, np.nan]]))
    page = _Elements()
    graph = RelationGraph.from_changes(changes)
    page.feed(report_html(Report(changes=changes, graph=graph, source="x")))
    return page.seen


def test_the_page_has_the_same_elements_whatever_the_names(names):
    plain = tuple(letter * len(name) for letter, name in zip("ab", names, strict=True))
    assert _elements(names) == _elements(plain)  # long names have parts that narrow places hide


def test_tables_for_papers_and_pages():
    name = "<img src=x onerror=alert(1)> `a` [b](c) \\ | &amp;"
    text = Table((name, "score"), ((name, "-0.5"),)).markdown()
    assert "\\<img" in text and "\\`a\\`" in text and "\\[b](c) \\\\ \\| \\&amp;" in text
    assert Table(("=a", "-0.5"), (("@b", "-0.5 ±0.1"),)).csv() == "'=a,-0.5\n'@b,-0.5 ±0.1"


def test_scores_tables(names, tmp_path):
    if "seed" in names:
        pytest.skip("a wide table has the seeds in that column")
    rows = [["method", "seed", *names]] + [[name, 0, 0.5, 0.4] for name in ("single", "=m", "<m>")]
    with (tmp_path / "scores.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    compared = read_scores(tmp_path / "scores.csv", tasks=names)
    assert compared.tasks == names
    assert len(comparison_table(compared).rows) == 3
