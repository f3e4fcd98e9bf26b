"""What the report's script works on."""

import json

import numpy as np

from analysis.page.embed import page_data, safe_json
from relations import ChangeMatrix, RelationGraph


def matrix(worst: float = -0.05, **options) -> ChangeMatrix:
    samples = np.zeros((3, 2, 2))
    samples[:, 0, 1] = worst
    return ChangeMatrix(["a", "b"], samples, **options)


def data(changes: ChangeMatrix) -> dict:
    graph = RelationGraph.from_changes(changes)
    return json.loads(safe_json(page_data(changes, graph, source="runs", options=())))


def test_an_edge_with_failed_runs_is_not_known():
    assert data(matrix())["known"] == [0, 1, 1, 0]
    assert data(matrix(failed=np.array([[0, 1], [0, 0]])))["known"] == [0, 0, 1, 0]


def test_numbers_keep_all_their_digits_and_what_is_not_known_is_null():
    changes = matrix(-1 / 3)
    assert data(changes)["change"] == [None, float(changes.mean[0, 1]), 0.0, None]
