"""The page on a phone: what a reader must see lies on the screen, whole."""

import pytest

from relations import ChangeMatrix
from tests.analysis.analysis_examples import random_changes
from tests.e2e.report.report_cases import report_of

pytestmark = pytest.mark.long

PHONE = {"width": 390, "height": 844}


@pytest.mark.parametrize("letter", ["a_name_", "W", "行人", "تقدير "])
@pytest.mark.parametrize("width", [390, 1280])
def test_a_long_name_keeps_its_end_and_the_dots_before_it(watched, letter, width):
    names = [f"{letter * 12}_number_{end}" for end in ("one", "two", "three", "four")]
    changes = ChangeMatrix(names, random_changes(4).by_seed)
    page = watched.open(report_of(changes), viewport={"width": width, "height": 844})
    for name in page.locator("#matrix .cut").all():
        head, tail = (name.locator("em").nth(at) for at in (0, 1))
        # Room for a letter and "…", which would be cut off else.
        assert (
            head.evaluate("one => one.clientWidth / parseFloat(getComputedStyle(one).fontSize)")
            >= 1.75
        )
        assert tail.evaluate("one => one.scrollWidth - one.clientWidth") <= 0
        inside, ends = name.bounding_box(), tail.bounding_box()
        assert inside["x"] <= ends["x"] + 1
        assert ends["x"] + ends["width"] <= inside["x"] + inside["width"] + 1
