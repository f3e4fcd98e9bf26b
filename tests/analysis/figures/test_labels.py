"""Scores beside their spread."""

import numpy as np
import pytest

from analysis.figures.labels import score_texts


@pytest.mark.parametrize(
    ("score", "spread", "texts"),
    [
        (0.5236, 0.0061, ("0.524", "±0.006")),
        (0.5, 0.0061, ("0.500", "±0.006")),
        (0.6, 0.00041, ("0.6000", "±0.0004")),
        (19.24, 0.12, ("19.24", "±0.12")),
        (81.13, 2.7, ("81.1", "±2.7")),
        (0.75, 0.0, ("0.750", "±0.000")),
        (0.75, 1e-12, ("0.750000", "±0.000000")),
        (0.75, np.nan, ("0.750", "")),
        (np.nan, 0.1, ("–", "")),
    ],
)
def test_a_score_has_the_decimals_of_its_spread(score, spread, texts):
    assert score_texts(score, spread) == texts
