"""The page on a phone: what a reader must see lies on the screen, whole."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.page.grouped import Grouped
from analysis.page.moved import Moved
from analysis.page.ran import Ran
from relations import ChangeMatrix, Task, group_tasks
from relations.statistics.movement import movement
from tests.analysis.analysis_examples import made_changes, random_changes
from tests.e2e.report.report_cases import noisy, report_of

pytestmark = pytest.mark.long

LONG = [f"{'a_name_of_eighty_letters_' * 4}"[:77] + f"_{i:02d}" for i in range(4)]
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


def whole_study(names):
    """A report with every table that has a row a task or an edge."""
    changes = ChangeMatrix(names, noisy(4).by_seed, baseline=np.full(4, 0.81234))
    shifted = ChangeMatrix(names, changes.by_seed - 0.05)
    return replace(
        report_of(changes),
        ran=Ran(tuple(map(Task, names)), (0,), {}, (), {}, None, ()),
        grouped=Grouped(group_tasks(changes, networks=2), {}),
        moved=[Moved("steps=400", movement(shifted, changes))],
    )


@pytest.mark.parametrize("names", [["loud", "quiet", "scarce", "apart"], LONG])
def test_no_column_of_a_list_lies_outside_the_screen(watched, names):
    page = watched.open(whole_study(names), viewport=PHONE, is_mobile=True)
    page.select_option("#edge-choice", "all")
    page.wait_for_function("document.querySelectorAll('#edge-rows tr').length == 12")
    tables = page.locator("table.stacked")
    assert tables.count() == 5  # of edges, undecided ones, those that moved, tasks twice
    for table in tables.all():
        assert table.evaluate(
            "one => one.parentElement.scrollWidth <= one.parentElement.clientWidth"
        )
        assert table.get_by_role("rowheader").first.inner_text() in names
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    row = page.locator("#edge-rows tr").first
    label = "one => getComputedStyle(one.cells[3], '::before').content"
    assert "interval" in row.evaluate(label)


def test_the_mark_of_an_undecided_edge_lies_on_no_digit(watched):
    changes = made_changes(np.full((4, 4), -0.134), 0.2, tasks=["a", "b", "c", "d"])
    page = watched.open(report_of(changes), viewport=PHONE, is_mobile=True)
    cells = page.locator("#matrix td.undecided")
    assert cells.count() == 12
    for cell in cells.all():
        mark = cell.evaluate(
            """one => {
              const made = (of) => getComputedStyle(of, "::after");
              const number = made(one.querySelector("b"));
              return [number.content.slice(0, 3), number.position, made(one).content];
            }"""
        )
        assert mark == ['"?"', "static", "none"]
        assert cell.evaluate("one => one.scrollWidth <= one.clientWidth")
    # Four tasks still fit.
    assert page.locator("#matrix").evaluate(
        "one => one.offsetWidth <= one.parentElement.clientWidth"
    )
