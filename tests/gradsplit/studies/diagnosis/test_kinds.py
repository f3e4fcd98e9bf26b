"""Diagnoses of edges whose changes are absolute or standardised."""

from pathlib import Path

import numpy as np
import pytest

from gradsplit.studies.diagnosis.cause import Case
from gradsplit.studies.diagnosis.conclusion import conclude
from gradsplit.studies.diagnosis.diagnose import in_question
from gradsplit.studies.diagnosis.intervention_runs import InterventionRuns
from gradsplit.studies.diagnosis.swapped_labels import SwappedLabels
from gradsplit.studies.variant_runs import VariantRuns
from gradsplit.tasksets.causes.task_sets import late_stage
from gradsplit.training.taskset import TaskSet
from relations import ChangeMatrix, RelationGraph, Task
from relations.change_kinds import ChangeKind
from relations.runs import Run
from tests.gradsplit.studies.diagnosis.edges import Given

SEEDS = range(3)
ALONE = np.array([-0.1, 0.0, 0.2])  # crosses zero
BESIDE = ALONE - [0.3, 0.2, 0.4]


def runs(taskset: TaskSet) -> InterventionRuns:
    """Runs of the pair and of its tasks alone, with scores that are given."""
    source, target = taskset.task_names
    given = InterventionRuns(VariantRuns(taskset, Path("nowhere.db")), SEEDS)
    for seed in SEEDS:
        given._scores[Run((source,), seed)] = {source: 0.8}
        given._scores[Run((target,), seed)] = {target: float(ALONE[seed])}
        both = {source: 0.8, target: float(BESIDE[seed])}
        given._scores[Run((source, target), seed)] = both
    return given


@pytest.mark.parametrize(("kind", "unit"), [("absolute", 1.0), ("standardised", ALONE.std(ddof=1))])
def test_the_harm_is_a_difference_in_the_unit_of_the_target(kind: str, unit: float) -> None:
    plain = late_stage()
    source, target = plain.task_names
    measured = runs(plain.with_kinds(**{kind: {target: -0.1}}))
    np.testing.assert_allclose(measured.before((source, target)), (BESIDE - ALONE) / unit)
    gains = measured.gains_apart((source, target), target)
    np.testing.assert_allclose(gains, (ALONE - BESIDE.mean()) / unit)


@pytest.mark.parametrize(("threshold", "open_"), [(-0.1, False), (-0.5, True)])
def test_it_is_harm_below_the_targets_own_threshold(threshold: float, open_: bool) -> None:
    taskset = late_stage()
    source, target = taskset.task_names
    measured = runs(taskset.with_kinds(absolute={target: threshold}))
    found = conclude(measured, Case((source, target), measured.taskset, ("late",)), "harmful")
    assert found.change == pytest.approx(-0.3)
    assert ("no harm" in found.named.open) == open_
    text = str(found)
    assert f"{source} -> {target}: -0.30 abs. (harmful)" in text and "target [abs.]" in text
    assert found.to_dict()["changes"][target]["threshold"] == threshold


def test_edges_in_question_are_below_their_own_threshold() -> None:
    tasks = [Task("a"), Task("b", change="absolute", threshold=-0.5)]
    by_seed = np.array([[0, -0.4], [-0.02, 0]]) + 1e-4 * np.random.default_rng(0).normal(
        size=(4, 2, 2)
    )
    graph = RelationGraph.from_changes(ChangeMatrix(tasks, by_seed))
    assert list(in_question(graph)) == [("b", "a")]


def test_a_source_in_whose_place_the_target_is_trained_is_measured_as_the_target() -> None:
    swapped = SwappedLabels(Given().with_kinds(absolute={"a": -0.1}), "b", "a")
    kinds = {task.name: task.kind for task in swapped.tasks}
    assert kinds["b"] == kinds["a"] == ChangeKind("absolute", -0.1)
