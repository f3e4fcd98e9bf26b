"""Undecided cells have half of the colour of decided ones, where some are decided."""

import numpy as np
import pytest

from relations.statistics.change_matrix import ChangeMatrix
from tests.analysis.analysis_examples import made_changes
from tests.e2e.report.report_cases import report_of

pytestmark = pytest.mark.long

COLOURS = """() => Object.fromEntries([...document.querySelectorAll("#matrix td")].map((cell) => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
  const of = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  return [cell.className, of(getComputedStyle(cell).backgroundColor)];
}))"""


def changes():
    """A decided change and, as deep in colour, one whose noise leaves it undecided."""
    mean = np.zeros((4, 4))
    mean[0, 1] = -0.19
    made = made_changes(mean, 0.0005)
    samples = made.by_seed.copy()
    samples[:, 1, 0] = [-0.9, 0.9, -0.45, 0.5, 0.1]
    return ChangeMatrix(made.tasks, samples)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_undecided_cell_is_half_way_to_the_paper(watched, scheme):
    page = watched.open(report_of(changes()), color_scheme=scheme)
    colours = page.evaluate(COLOURS)
    full, half = (
        np.array(colours[f"harmful {certainty} l5"]) for certainty in ("decided", "undecided")
    )
    paper = [255, 255, 255] if scheme == "light" else [0x15, 0x17, 0x1B]
    np.testing.assert_allclose(half, (full + paper) / 2, atol=1.5)


def test_where_nothing_is_decided_all_colours_are_whole(watched):
    page = watched.open(report_of(made_changes(np.full((4, 4), -0.02), 0.2)))
    assert page.locator("#matrix td.decided").count() == 0
    assert page.locator("#matrix.pale").count() == 0
    page = watched.open(report_of(changes()))
    assert page.locator("#matrix.pale").count() == 1
