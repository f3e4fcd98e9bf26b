"""Order and filter of tasks, the address that keeps them, the csv file of what is shown."""

import csv
import re
from pathlib import Path

import numpy as np
import pytest

from analysis.graph_formats.edge_table import write_edge_table
from relations import ChangeMatrix, RelationGraph, load_relations
from tests.analysis.analysis_examples import made_changes, random_changes
from tests.e2e.report.report_cases import report_of, with_gaps
from tests.e2e.report.test_report_kinds import matrix as several_units

pytestmark = pytest.mark.long

playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect

NAMES = ["task 10", "task 9", "pose", "=cmd|'x'", 'say "a, b"']


def named(**options):
    return ChangeMatrix(NAMES, random_changes(5, seed=2).by_seed, **options)


def rows(page, query="#matrix"):
    return page.locator(f"{query} tbody th span").all_text_contents()


def columns(page, query="#matrix"):
    return page.locator(f"{query} thead th:not(.corner) span").all_text_contents()


def cells(page, query="#matrix"):
    """Texts of the cells by source and target."""
    found = page.eval_on_selector_all(
        f"{query} tbody tr", "all => all.map((row) => [...row.cells].map((one) => one.textContent))"
    )
    names = columns(page, query)
    return {
        (row[0], name): text for row in found for name, text in zip(names, row[1:], strict=True)
    }


@pytest.mark.parametrize("query", ["#matrix", "#mask"])
def test_every_order_keeps_each_cell_with_its_tasks(watched, query):
    changes = named(baseline=np.full(5, 0.5))
    page = watched.open(report_of(changes))
    before = cells(page, query)
    losses = np.nan_to_num(np.minimum(changes.mean, 0))
    orders = {
        "name": ["=cmd|'x'", "pose", 'say "a, b"', "task 9", "task 10"],
        "done": [NAMES[i] for i in np.argsort(losses.sum(axis=1), kind="stable")],
        "suffered": [NAMES[i] for i in np.argsort(losses.sum(axis=0), kind="stable")],
        "given": NAMES,
    }
    for order, names in orders.items():
        page.select_option("#sort", order)
        assert rows(page, query) == columns(page, query) == names
        assert cells(page, query) == before


def test_moved_and_hidden_cells_still_follow_the_threshold(watched):
    changes = named()
    page = watched.open(report_of(changes))
    page.select_option("#sort", "done")
    page.fill("#filter", "task")
    page.fill("#threshold", "-0.03")
    page.fill("#filter", "")
    graph = RelationGraph.from_changes(changes, -0.03)
    classes = page.eval_on_selector_all(
        "#matrix tbody tr", "all => all.map((row) => [...row.cells].map((one) => one.className))"
    )
    order, marked = rows(page), set()
    for source, row in zip(order, classes, strict=True):
        marked |= {(source, t) for t, c in zip(order, row[1:], strict=True) if "harmful" in c}
    assert marked == set(graph.harmful())


def test_a_filter_takes_any_of_several_parts_among_rows_columns_or_both(watched):
    page = watched.open(report_of(named()))
    page.fill("#filter", "TASK, pose")
    some = NAMES[:3]
    assert (rows(page), columns(page)) == (some, some)
    assert page.inner_text("#shown").startswith("The tables show 3 of 5 tasks;")
    page.select_option("#within", "sources")
    assert (rows(page), columns(page)) == (some, NAMES)
    page.select_option("#within", "targets")
    assert (rows(page, "#mask"), columns(page, "#mask")) == (NAMES, some)
    page.select_option("#edge-choice", "all")
    expect(page.locator("#edge-rows tr")).to_have_count(12)
    page.fill("#filter", "nothing")
    assert page.inner_text("#shown") == "No task's name holds that."
    page.fill("#filter", "")
    assert not page.locator("#shown").is_visible()
    expect(page.locator("#edge-rows tr")).to_have_count(20)


def test_the_cell_that_tab_reaches_is_one_that_is_shown(watched):
    page = watched.open(report_of(named()))
    page.fill("#filter", "pose, say")
    reached = page.locator("#matrix [tabindex='0']")
    assert reached.count() == 1 and reached.is_visible()
    reached.focus()
    page.keyboard.press("Enter")
    assert page.inner_text("#cell .title") == 'pose → say "a, b"'


def test_the_address_keeps_threshold_order_and_filter(watched):
    report = report_of(named())
    page = watched.open(report)
    page.fill("#threshold", "-0.0345")
    page.select_option("#sort", "suffered")
    page.fill("#filter", 'say "a, pose & 9')
    page.select_option("#within", "targets")
    expect(page).to_have_url(re.compile("within"))
    link = page.get_attribute("#link", "href")
    assert page.evaluate("location.hash") == link
    shown = rows(page), columns(page), page.inner_text("#sentence")
    page.reload()
    assert (rows(page), columns(page), page.inner_text("#sentence")) == shown
    assert page.input_value("#filter") == 'say "a, pose & 9'
    page.evaluate("location.hash = ''")
    expect(page.locator("#threshold")).to_have_value("-0.01")
    assert rows(page) == NAMES


@pytest.mark.parametrize("hash", ["#sort=x&threshold=abc&within=%00", "#relations", "#=&=%"])
def test_an_address_that_asks_for_the_impossible_opens_the_page(watched, hash):
    page = watched.open(report_of(named()))
    before = page.inner_text("#sentence")
    page.evaluate(f"location.hash = {hash!r}")
    page.wait_for_timeout(300)
    assert page.inner_text("#sentence") == before
    assert rows(page) == NAMES


def download(page, folder: Path) -> Path:
    with page.expect_download() as found:
        page.click("#csv")
    assert found.value.suggested_filename == "edges.csv"
    found.value.save_as(folder / "shown.csv")
    return folder / "shown.csv"


def read(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


@pytest.mark.parametrize("case", [named, with_gaps, several_units])
def test_the_csv_file_is_that_of_the_graph(watched, tmp_path, case):
    changes = case()
    page = watched.open(report_of(changes))
    found = read(download(page, tmp_path))
    write_edge_table(RelationGraph.from_changes(changes), tmp_path / "edges.csv")
    wanted = read(tmp_path / "edges.csv")
    assert found[0] == wanted[0]
    for one, other in zip(found[1:], wanted[1:], strict=True):
        for name, mine, theirs in zip(found[0], one, other, strict=True):
            if name in ("change", "lower", "upper", "threshold") and theirs:
                assert float(mine) == pytest.approx(float(theirs), rel=1e-9)
            else:
                assert mine == theirs


def test_the_csv_file_holds_what_is_shown_in_its_order_and_reads_again(watched, tmp_path):
    page = watched.open(report_of(named()))
    page.select_option("#sort", "name")
    page.fill("#filter", "task, =")
    page.fill("#threshold", "-0.5")
    path = download(page, tmp_path)
    lines = read(path)
    assert [line[:2] for line in lines[1:3]] == [["'=cmd|'x'", "task 9"], ["'=cmd|'x'", "task 10"]]
    assert len(lines) == 1 + 6
    again = load_relations(path)
    assert set(again.tasks) == {"=cmd|'x'", "task 9", "task 10"}
    assert again.edges["task 9", "task 10"]["change"] == named().mean[1, 0]


def test_two_tasks_that_harm_nobody_keep_their_order(watched):
    page = watched.open(report_of(made_changes(np.full((3, 3), 0.1))))
    for order in ("done", "suffered"):
        page.select_option("#sort", order)
        assert rows(page) == ["task-00", "task-01", "task-02"]
