import numpy as np
import pytest

from analysis.figures.estimate import estimate_graph_plot, estimate_heatmap
from analysis.figures.figure_file import save
from relations.estimates.cut import Cut
from relations.estimates.estimate import Estimate
from relations.estimates.estimate_graph import estimate_graph


@pytest.fixture
def guess():
    values = np.array([[[0, -2e-4, 1e-4], [3e-4, 0, np.nan], [5e-4, -4e-4, 0]]])
    return Estimate("lookahead", "share of $loss$", ("pose", "reid", "depth"), (0,), values)


def test_a_heatmap_in_the_estimates_own_unit(guess, tmp_path):
    axes = estimate_heatmap(guess, estimate_graph(guess, Cut()))
    texts = [text.get_text() for text in axes.texts]
    assert texts == ["-0.0002", "+0.0001", "+0.0003", "+0.0005", "-0.0004"]  # no per cent
    outlined = [patch for patch in axes.patches if patch.get_linewidth() == 2]
    assert sorted(patch.get_xy() for patch in outlined) == [(1, 0), (1, 2)]
    assert "not measured" in axes.get_title() and "2 of 5" in axes.get_title()
    assert "share of" in axes.figure.axes[1].get_ylabel()
    save(axes, tmp_path / "h.svg")


def test_a_graph_of_the_edges_below_the_cut(guess, tmp_path):
    axes = estimate_graph_plot(guess, estimate_graph(guess, Cut("20%")), title="mine")
    assert len(axes.patches) == 1
    assert axes.get_title() == "mine"
    save(axes, tmp_path / "g.png")
