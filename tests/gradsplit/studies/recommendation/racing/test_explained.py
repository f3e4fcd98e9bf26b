"""Which edges are diagnosed, for how much room, and where the mask of a diagnosis is found."""

import numpy as np
import pytest

from gradsplit import load_taskset
from gradsplit.studies.diagnosis.examination import BUDGET
from gradsplit.studies.recommendation.racing import explained as module
from gradsplit.studies.recommendation.racing.explained import explained, mask_file
from gradsplit.studies.variant_runs import VariantRuns
from relations import ChangeMatrix, GradientMask, RelationGraph

TASKS = load_taskset("planted").task_names
HARM = {("loud", "quiet"): -0.3, ("quiet", "scarce"): -0.1, ("apart", "loud"): -0.2}
SEEDS = range(3)
EDGE = BUDGET * len(SEEDS)
"""Trainings of one edge, at most."""


@pytest.fixture
def graph():
    change = np.full((4, 4), 0.05)
    np.fill_diagonal(change, np.nan)
    for (source, target), harm in HARM.items():
        change[TASKS.index(source), TASKS.index(target)] = harm
    return RelationGraph.from_changes(ChangeMatrix(list(TASKS), change))


@pytest.fixture
def place(tmp_path):
    return VariantRuns(load_taskset("planted"), tmp_path / "probe.db", progress=False)


@pytest.fixture
def examined(monkeypatch):
    asked = []
    monkeypatch.setattr(
        module, "examine", lambda runs, edges, threshold: asked.append(list(edges)) or []
    )
    return asked


@pytest.mark.parametrize(
    ("room", "edges"),
    [
        (3 * EDGE, [("loud", "quiet")]),
        (6 * EDGE, [("loud", "quiet"), ("apart", "loud")]),
        (100 * EDGE, [("loud", "quiet"), ("apart", "loud"), ("quiet", "scarce")]),
    ],
)
def test_the_worst_that_a_third_of_the_room_pays_for(room, edges, place, graph, examined):
    assert explained(place, graph, SEEDS, room, -0.01) is not None
    assert examined == [edges]


def test_without_room_nothing_is_diagnosed(place, graph, examined):
    assert explained(place, graph, SEEDS, 3 * EDGE - 1, -0.01) is None
    assert not examined


def test_somebodys_own_diagnosis_is_kept_and_used(place, graph, examined, tmp_path):
    own = tmp_path / "diagnosis-mask.json"
    assert mask_file(tmp_path) == tmp_path / "diagnosis" / "diagnosis-mask.json"
    GradientMask.full(list(TASKS)).save(own)
    assert explained(place, graph, SEEDS, 100 * EDGE, -0.01) is None
    assert not examined
    assert mask_file(tmp_path) == own
