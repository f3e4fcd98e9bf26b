"""The page on paper: what belongs together stands on one sheet."""

from dataclasses import replace

import pytest

from tests.analysis.analysis_examples import random_changes
from tests.analysis.figures.test_learning_curves import trained
from tests.analysis.recommendation_examples import candidate, facts_of, judged, three_judged
from tests.e2e.report.report_cases import noisy, report_of

pytestmark = pytest.mark.long

SHEET = {"width": 718, "height": 1016}  # A4 without its margins


def on_paper(watched, report):
    page = watched.open(report, viewport=SHEET)
    page.emulate_media(media="print")
    return page


def style(page, query, name):
    return page.locator(query).first.evaluate(f"one => getComputedStyle(one).{name}")


@pytest.mark.parametrize("tasks", [4, 12, 24, 60, 100])
def test_a_matrix_is_not_torn_apart_and_fits_a_sheet(watched, tasks):
    page = on_paper(watched, report_of(random_changes(tasks)))
    for query in ("#matrix", "#mask"):
        assert style(page, query, "breakInside") == "avoid"
        assert page.locator(query).bounding_box()["height"] < 900
        assert page.locator(query).bounding_box()["width"] <= SHEET["width"]
    # With sixty tasks there is room for it below the summary of the first sheet.
    if tasks == 60:
        assert page.locator("#matrix").bounding_box()["height"] < 480


def test_headings_and_captions_stay_with_what_they_name(watched):
    changes = noisy(4)
    report = replace(
        report_of(changes), trained=trained(changes.tasks), recommended=three_judged_of(changes)
    )
    page = on_paper(watched, report)
    for query in ("h2", "caption", "thead", "dt", ".controls", "#movement-title + p"):
        wanted = (
            "auto" if query.endswith("p") else "avoid"
        )  # the last of a section leads to nothing
        assert style(page, query, "breakAfter") == wanted, query
    assert style(page, ".learning", "breakInside") == "avoid"  # the key and its curves
    assert style(page, ".recommended table", "breakInside") == "avoid"
    assert style(page, "#movement-title", "breakAfter") == "avoid"


def three_judged_of(changes):
    """A recommendation of the tasks of a page."""
    facts = three_judged()
    found = dict.fromkeys(changes.tasks, 0.01)
    return facts_of(
        {name: judged(0.08, **found) for name in facts["judged"]}, facts["candidates"], "a | b"
    )


@pytest.mark.parametrize("tasks", [4, 12])
def test_a_number_of_the_recommendation_stays_with_its_error(watched, tasks):
    changes = random_changes(tasks)
    found = {"multi-head": judged(-0.123, 0.0, **dict.fromkeys(changes.tasks, -0.123))}
    facts = facts_of(found, [candidate("multi-head", 0.0)])
    page = on_paper(watched, replace(report_of(changes), recommended=facts))
    cell = page.locator(".recommended .stacked td.number").last
    assert cell.evaluate("one => getComputedStyle(one).whiteSpace") == "nowrap"
    table = page.locator(".recommended .stacked").first
    assert table.evaluate("one => one.scrollWidth <= 718")
    assert page.evaluate("document.documentElement.scrollWidth") <= 718
