"""The recommendation that opens the page, in a browser: a desk, a phone, a screen reader."""

from dataclasses import replace

import numpy as np
import pytest

from relations.statistics.change_matrix import ChangeMatrix
from tests.analysis.recommendation_examples import candidate, three_judged
from tests.e2e.report.report_cases import report_of

pytestmark = pytest.mark.long

LONG = "guided-last-stage:mask=mask-decided.json,balance=fairgrad"
LINES = "\n".join(f"for task in losses:  # line {at}, {'longer ' * 20}" for at in range(20))


@pytest.fixture
def opening(watched):
    """Opens a page with a recommendation, its race unfolded; options as those of a context."""

    def opened(**options):
        facts = three_judged(own_loop=LINES)
        beaten = candidate("beaten", 0.02, behind=f"0.3 {LONG}")
        facts["candidates"] += [candidate(LONG, 0.05), beaten]
        changes = ChangeMatrix(["a", "b"], [[np.nan, -0.02], [0.01, np.nan]])
        page = watched.open(replace(report_of(changes), recommended=facts), **options)
        page.locator(".recommended summary").click()
        return page

    return opened


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_makes_the_page_wider_than_the_screen(opening, width):
    page = opening(viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.inner_text(".recommended pre") == LINES
    (table,) = page.locator(".recommended details .scroll").all()
    # The race is seen whole, with whom each was behind; on a phone its rows are cards.
    assert table.evaluate("(one) => one.scrollWidth - one.clientWidth") == 0
    assert f"0.3 points behind {LONG}" in table.inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_finding_of_axe(opening, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = opening(color_scheme=scheme, bypass_csp=True)
    found = axe.Axe().run(page).response["violations"]
    assert [(one["id"], one["impact"], one["nodes"][0]["html"]) for one in found] == []
