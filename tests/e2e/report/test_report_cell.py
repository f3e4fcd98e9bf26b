"""A cell of the matrix opens the scores of its seeds."""

import re

import numpy as np
import pytest

from relations import ChangeMatrix, Outcome, Run, Task
from tests.analysis.analysis_examples import random_changes
from tests.e2e.report.report_cases import report_of, with_gaps

pytestmark = pytest.mark.long

TASKS = [
    Task("up"),
    Task("loss", higher_is_better=False),
    Task("log", change="absolute", threshold=-0.1),
    Task("nll", higher_is_better=False, change="standardised", threshold=-1.0),
]
ALONE = {"up": 0.5, "loss": 2.0, "log": -0.3, "nll": 1.0}

playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect


def runs(seeds=3):
    """Scores of all single-task and pair runs by run."""
    generator = np.random.default_rng(0)
    names = list(ALONE)
    groups = [(a,) for a in names] + [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    return {
        Run(group, seed): {task: ALONE[task] + generator.normal(0, 0.05) for task in group}
        for group in groups
        for seed in range(seeds)
    }


def lines(page):
    """Texts of the open dialog's table."""
    return page.eval_on_selector_all(
        "#cell .lines tr", "rows => rows.map((row) => [...row.cells].map((one) => one.innerText))"
    )


def opened(page, row, column):
    page.locator("#matrix tbody tr").nth(row).locator("td").nth(column).click()
    return lines(page)


def test_the_scores_are_those_of_the_runs(watched):
    scores = runs()
    changes = ChangeMatrix.from_runs(TASKS, [Outcome(run, one) for run, one in scores.items()])
    page = watched.open(report_of(changes))
    for i, source in enumerate(ALONE):
        for j, target in enumerate(ALONE):
            if i == j:
                continue
            found = opened(page, i, j)
            assert page.inner_text("#cell .title") == f"{source} → {target}"
            pair = tuple(task for task in ALONE if task in (source, target))
            for seed in range(3):
                shown = [float(text.replace("−", "-")) for text in found[seed][:3]]
                wanted = [scores[Run((target,), seed)][target], scores[Run(pair, seed)][target]]
                np.testing.assert_allclose(shown, [seed, *wanted], atol=6e-4)
            assert found[3][0] == "mean"
            page.keyboard.press("Escape")
            assert not page.locator("#cell").is_visible()


def test_by_keyboard_cells_are_walked_through_opened_and_closed(watched):
    page = watched.open(report_of(random_changes(5)))
    page.locator("#matrix [tabindex='0']").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")  # over the diagonal
    page.keyboard.press("ArrowLeft")
    here = page.evaluate(
        "[document.activeElement.cellIndex, document.activeElement.parentElement.rowIndex]"
    )
    page.keyboard.press("Enter")
    titled = page.inner_text("#cell .title").split(" → ")
    assert titled == [f"task-{here[1] - 1:02d}", f"task-{here[0] - 1:02d}"]
    assert page.evaluate("document.activeElement.className") == "close"
    page.keyboard.press("Escape")
    assert not page.locator("#cell").is_visible()
    assert page.evaluate("document.activeElement.cellIndex") == here[0]
    assert page.locator("#matrix [tabindex]").count() == 1


def test_the_verdict_is_that_of_the_slider(watched):
    page = watched.open(report_of(random_changes(5)))
    page.fill("#threshold", "-0.9")
    opened(page, 0, 1)
    said = page.inner_text("#cell .said")
    assert said.endswith("not harmful, decided at −90 %.") and "5 seeds" in said
    page.click("#cell .close")
    assert not page.locator("#cell").is_visible()


def test_it_follows_the_slider_while_it_is_open(watched):
    page = watched.open(report_of(random_changes(5)))
    opened(page, 0, 1)
    page.fill("#threshold", "-0.9")
    expect(page.locator("#cell .said")).to_have_text(re.compile(r"decided at −90 %\.$"))
    page.keyboard.press("Escape")
    assert not page.locator("#cell").is_visible()
    assert page.evaluate("document.activeElement.id") == "threshold"


def test_what_is_not_known_is_said(watched):
    page = watched.open(report_of(with_gaps()))
    assert opened(page, 0, 3) == []
    assert page.inner_text("#cell .said").startswith("Nothing is known of this edge")
    page.keyboard.press("Escape")
    (only,) = opened(page, 0, 2)
    assert only[:3] == ["0", "–", "–"]
    assert page.locator("#cell .unscored").is_visible()
    page.keyboard.press("Escape")
    opened(page, 4, 5)
    said = page.inner_text("#cell .said")
    assert said.startswith("Nothing is known of this edge") and said.endswith(
        "runs failed or lack a score."
    )


def test_on_a_phone_it_fits_and_axe_finds_nothing(watched):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    names = [f"{'a_long_name_' * 7}{i}" for i in range(4)]
    changes = ChangeMatrix(names, random_changes(4).by_seed, baseline=[0.5] * 4)
    size = {"width": 390, "height": 844}
    page = watched.open(report_of(changes), viewport=size, is_mobile=True, bypass_csp=True)
    page.locator("#matrix td:not(.self)").first.click()
    box = page.locator("#cell").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390
    assert box["y"] >= 0 and box["y"] + box["height"] <= 844
    assert page.locator("#cell .scores").evaluate("(one) => one.scrollWidth - one.clientWidth") <= 0
    found = axe.Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
