"""What removes harm, in a browser: a desk and a phone, unfolded."""

import json
from dataclasses import replace

import pytest

from analysis.diagnosis.diagnosis_file import read_diagnosis
from relations import ChangeMatrix
from tests.analysis.analysis_examples import random_changes
from tests.analysis.diagnosis_examples import diagnosed_edge, open_edge
from tests.e2e.report.report_cases import report_of

pytestmark = pytest.mark.long

LONG = [f"{'a_name_of_eighty_letters_' * 4}"[:77] + f"_{i:02d}" for i in range(4)]


@pytest.fixture
def opened(watched, tmp_path):
    """Opens a page with two diagnosed edges, unfolded; options as those of a context."""

    def page_of(names, **options):
        path = tmp_path / "diagnosis.json"
        edges = [diagnosed_edge(names[0], names[1]), open_edge(names[1], names[2])]
        path.write_text(json.dumps(edges))
        changes = ChangeMatrix(names, random_changes(4).by_seed)
        page = watched.open(replace(report_of(changes), diagnosed=read_diagnosis(path)), **options)
        for one in page.locator(".diagnosed summary").all():
            one.click()
        return page

    return page_of


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_the_screen_and_axe_finds_nothing(opened, width, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    options = {"viewport": {"width": width, "height": 844}, "color_scheme": scheme}
    page = opened(LONG, bypass_csp=True, is_mobile=width == 390, **options)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.locator(".diagnosed details td").first.is_visible()
    found = axe.Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []


def test_on_a_phone_nothing_of_the_answer_lies_outside_the_screen(opened):
    size = {"width": 390, "height": 844}
    page = opened(["loud", "quiet", "pose", "reid"], viewport=size, is_mobile=True)
    row = page.locator(".worded tbody tr").nth(1)
    assert row.locator("td").count() == 4
    for cell in row.locator("td").all():
        box = cell.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390
    assert "not known: " in row.inner_text() and "about 9 seeds would decide it" in row.inner_text()
    table = page.get_by_role("table").filter(has_text="what removes it")
    assert table.get_by_role("rowheader").first.inner_text() == "loud → quiet"
