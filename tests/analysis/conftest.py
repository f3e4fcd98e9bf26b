"""Four tasks with every kind of verdict."""

import numpy as np
import pytest

from relations.graph import RelationGraph
from relations.statistics.change_matrix import ChangeMatrix
from tests.analysis.analysis_examples import made_changes


@pytest.fixture
def four_changes() -> ChangeMatrix:
    """Four tasks: one edge decidedly harmful, one decidedly not, one undecided harmful by
    the mean, one unknown, the others undecided above the threshold or not harmful."""
    nan = np.nan
    mean = np.array(
        [
            [nan, -0.20, 0.08, -0.005],
            [0.03, nan, -0.03, 0.005],
            [nan, 0.02, nan, 0.03],
            [0.02, -0.10, 0.03, nan],
        ]
    )
    spread = np.full((4, 4), 0.001)
    spread[1, 2] = spread[0, 3] = 0.05
    return made_changes(
        mean,
        spread,
        tasks=["attribute", "reid", "pose", "parsing"],
        baseline=[0.78, 0.81, 0.88, 0.45],
    )


@pytest.fixture
def four_graph(four_changes) -> RelationGraph:
    return RelationGraph.from_changes(four_changes)
