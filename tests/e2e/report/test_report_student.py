"""The page's own Student distribution against scipy's."""

from pathlib import Path

import numpy as np
import pytest
from scipy.special import stdtr, stdtrit

import analysis.page

SCRIPT = Path(analysis.page.__file__).parent / "script" / "student.js"
DEGREES = [1.0, 2.0, 3.0, 3.7, 5.0, 9.5, 20.0, 39.0, 40.0, 60.3, 240.0, 1e3, 14160.0, 159200.0]


@pytest.fixture(scope="module")
def evaluate(browser):
    """Calls a function of the script with each of some pairs of numbers."""
    page = browser.new_page()

    def call(name, pairs):
        body = f"{SCRIPT.read_text()} return pairs.map((pair) => {name}(...pair));"
        return np.array(page.evaluate(f"(pairs) => {{ {body} }}", pairs))

    yield call
    page.close()


def test_tails_are_scipys(evaluate):
    pairs = [(df, t) for df in DEGREES for t in (1e-3, 0.3, 1.0, 1.7, 2.5, 4.0, 9.0, 30.0)]
    df, t = np.array(pairs).T
    np.testing.assert_allclose(
        evaluate("studentTail", pairs), 2 * stdtr(df, -t), rtol=1e-11, atol=1e-300
    )


def test_critical_values_are_scipys_up_to_the_slack_of_a_verdict(evaluate):
    alphas = [0.5, 0.05, 0.05 / 7, 0.05 / 132, 0.025 / 3540, 0.05 / 39800, 1e-12]
    pairs = [(df, alpha) for df in DEGREES for alpha in alphas]
    df, alpha = np.array(pairs).T
    rounded = 2 * (1 - (1 - alpha / 2))
    pairs = np.stack([df, rounded], axis=1).tolist()
    # Verdicts within 1e-9 are told to the reader instead of decided.
    np.testing.assert_allclose(
        evaluate("studentCritical", pairs), stdtrit(df, 1 - alpha / 2), rtol=2e-11
    )


def test_no_distance_and_no_scatter(evaluate):
    assert evaluate("studentTail", [(4, 0)]).tolist() == [1.0]
    assert page_infinity(evaluate) == 0.0


def page_infinity(evaluate) -> float:
    """The tail beyond infinity; JSON has no infinity, so the page makes its own."""
    return evaluate("((df, zero) => studentTail(df, 1 / zero))", [(4, 0)]).tolist()[0]
