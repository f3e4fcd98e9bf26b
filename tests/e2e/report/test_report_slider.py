"""The page at any threshold shows what Python says at that threshold."""

import re

import numpy as np
import pytest

from analysis.figures.graph import _largest, drawn_edges
from analysis.harm_summary import harm
from analysis.page.cells import matrix_rows
from relations.change_kinds import ChangeKind
from relations.graph import RelationGraph
from tests.analysis.analysis_examples import random_changes
from tests.e2e.report.report_cases import CASES, POLICIES, masks_of, report_of, thresholds_of

pytestmark = pytest.mark.long

SHARES = {"quicker quarter": 0.25, "median": 0.5, "slowest": 1.0}

# Bring the page to each threshold and read what it shows.
READ = """([thresholds, policies]) => thresholds.map((threshold) => {
  const set = (id, value, event) => {
    document.getElementById(id).value = value;
    document.getElementById(id).dispatchEvent(new Event(event, {bubbles: true}));
  };
  set("threshold", threshold, "input");
  const cells = (id) => [...document.querySelectorAll(`#${id} tbody td`)];
  const masks = {};
  for (const policy of policies) {
    set("undecided", policy, "change");
    masks[policy] = cells("mask").map((cell) => cell.className !== "no");
  }
  set("undecided", "point", "change");
  const all = (query) => [...document.querySelectorAll(query)];
  const texts = (query) => all(query).map((one) => one.textContent);
  const count = (place) => [place.dataset.count, Number(place.textContent)];
  const edge = (path) => [Number(path.dataset.edge), path.getAttribute("class").slice(5)];
  return {
    cells: cells("matrix").map((cell) => cell.className),
    verdicts: texts("#matrix .verdict"),
    masks,
    counts: Object.fromEntries(all("[data-count]").map(count)),
    edges: all("#graph path.edge:not(.off)").map(edge),
    groups: texts("#groups li:not(.none)"),
    sources: texts("#sources li:not(.none)"),
    targets: texts("#targets li:not(.none)"),
    unsure: !document.getElementById("unsure").hidden,
    sentence: document.getElementById("sentence").textContent,
  };
})"""


def shown(page, thresholds):
    """What the page shows at each threshold, given to it as Python writes it."""
    return page.evaluate(READ, [[repr(one) for one in thresholds], list(POLICIES)])


def expected_edges(graph):
    """The edges of the figure: place in the matrix and kind."""
    place = {task: i for i, task in enumerate(graph.tasks)}
    size = len(place)
    kinds = _largest(graph, drawn_edges(graph), max(24, 3 * size // 2))
    return sorted(
        [place[a] * size + place[b], kind] for kind, edges in kinds.items() for a, b in edges
    )


def unshaded(name):
    """A cell's state without the depth of its colour, which does not follow the threshold."""
    return re.sub(r" l\d$", "", name)


def check(changes, graph, seen):
    rows = matrix_rows(changes, graph)
    cells = [cell for row in rows for cell in row.cells]
    names = ["self" if cell is None else unshaded(cell.name) for cell in cells]
    assert list(map(unshaded, seen["cells"])) == names
    assert seen["verdicts"] == [cell.verdict for cell in cells if cell is not None]
    size = len(graph.tasks)
    for policy, mask in masks_of(graph).items():
        assert np.reshape(seen["masks"][policy], (size, size)).tolist() == mask, policy
    assert seen["counts"]["harmful"] == len(graph.harmful())
    if "sure" in seen["counts"]:
        assert seen["counts"]["sure"] == len(graph.with_verdict("harmful"))
        assert seen["counts"]["safe"] == len(graph.with_verdict("not harmful"))
        assert seen["counts"]["undecided"] == len(graph.with_verdict("undecided"))
    assert seen["counts"]["blocked"] == np.sum(~np.array(masks_of(graph)["point"]))
    assert sorted(seen["edges"]) == expected_edges(graph)
    standing = harm(graph)
    assert [text[2:] for text in seen["groups"]] == [", ".join(one) for one in standing.groups[:5]]
    for name in ("sources", "targets"):
        tasks = [text.partition(":")[0] for text in seen[name]]
        assert tasks == [one.task for one in getattr(standing, name)[:5]]


@pytest.mark.parametrize(
    ("case", "correction"),
    [
        *((case, "holm") for case in CASES),
        *((case, "bh") for case in ("five seeds", "gaps, failures, turned metrics")),
        *((case, "bh") for case in ("adaptive seeds", "no scatter")),
        *((case, "none") for case in ("gaps, failures, turned metrics", "adaptive seeds")),
    ],
)
def test_every_threshold_shows_what_python_says(watched, case, correction):
    changes = CASES[case]()
    page = watched.open(report_of(changes, correction=correction))
    thresholds = thresholds_of(changes)
    first, *others = (
        [cell[-1] for cell in seen["cells"]] for seen in shown(page, [*thresholds[::9], -0.01])
    )
    assert all(depths == first for depths in others)
    for threshold, seen in zip(thresholds, shown(page, thresholds), strict=True):
        graph = RelationGraph.from_changes(changes, threshold, correction=correction)
        if case == "no scatter" and seen["unsure"]:
            # Within 1e-12 of a change without scatter only the last digit says on which side.
            check_mask_of_the_mean(graph, seen)
            continue
        assert not seen["unsure"]
        check(changes, graph, seen)


def test_a_threshold_on_the_end_of_an_interval_is_never_decided_by_rounding_silently(watched):
    changes = CASES["five seeds"]()
    page = watched.open(report_of(changes))
    seen_unsure = 0
    graph = RelationGraph.from_changes(changes)
    ends = [value for _, _, value in graph.edges(data="lower") if -1 < value < 0]
    # The interval is that of the verdict at this very threshold where no edge changes sides.
    for threshold, seen in zip(ends, shown(page, ends), strict=True):
        there = RelationGraph.from_changes(changes, threshold)
        if seen["unsure"]:
            seen_unsure += 1
            check_mask_of_the_mean(there, seen)
        else:
            check(changes, there, seen)
    assert seen_unsure > 0


def check_mask_of_the_mean(graph, seen):
    size = len(graph.tasks)
    mask = np.reshape(seen["masks"]["point"], (size, size)).tolist()
    assert mask == masks_of(graph)["point"]


def test_the_page_as_written_is_the_page_as_drawn(watched):
    changes = CASES["gaps, failures, turned metrics"]()
    report = report_of(changes)
    plain = watched.open(report, java_script_enabled=False)
    drawn = watched.open(report)
    for query in ("#matrix", "#mask"):
        # The script adds one thing, the cell that Tab reaches.
        scripted = drawn.locator(query).inner_html().replace(' tabindex="0"', "")
        assert plain.locator(query).inner_html() == scripted
    assert plain.locator("noscript").first.is_visible()
    assert not plain.locator("#slider").is_visible()


def test_the_list_of_edges_names_the_interval_each_verdict_is_read_from(watched):
    changes = CASES["adaptive seeds"]()
    graph = RelationGraph.from_changes(changes, -0.02)
    page = watched.open(report_of(changes, threshold=-0.02))
    page.select_option("#edge-choice", "all")
    rows = page.locator("#edge-rows tr").all_inner_texts()
    found = {tuple(row.split("\t")[:2]): row.split("\t")[3] for row in rows}
    from analysis.page.cells import interval_text

    assert found == {
        (a, b): interval_text(edge["lower"], edge["upper"], ChangeKind())
        for a, b, edge in graph.edges(data=True)
    }


def test_sixty_tasks_move_smoothly(watched, record_property):
    page = watched.open(report_of(random_changes(60)))
    spent = page.evaluate(
        """() => {
          const slider = document.getElementById("slider"), spent = [];
          for (let i = 0; i < 60; i += 1) {
            slider.value = String(Number(slider.max) - 2 * i);
            const start = performance.now();
            slider.dispatchEvent(new Event("input", {bubbles: true}));
            document.body.getBoundingClientRect();
            spent.push(performance.now() - start);
          }
          return spent.sort((a, b) => a - b);
        }"""
    )
    figures = {name: round(spent[int(share * 59)], 1) for name, share in SHARES.items()}
    record_property("milliseconds", figures)
    print(figures)
    # Twenty pictures a second on an idle core; the quicker quarter, as tests share their machine.
    assert figures["quicker quarter"] < 150
