"""Probe and GradSplit against relations known in closed form; minutes, run with -m slow."""

import numpy as np
import pytest

from analysis.comparison.comparison import Comparison
from gradsplit.tasksets.planted.task_set import planted, planted_control, planted_near
from gradsplit.training.fit import fit
from gradsplit.training.trainer import TaskSetTrainer
from relations import ChangeMatrix, GradientMask, PairwiseProbe, RelationGraph
from relations.executors.ensemble import Ensemble

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("taskset", "least", "most"), [(planted(), 0.02, 1.0), (planted_control(), -0.03, 0.03)]
)
def test_splitting_helps_where_it_must_and_not_where_it_cannot(taskset, least, most):
    names, seeds = taskset.task_names, range(12)
    may_update = np.ones((4, 4), dtype=bool)
    may_update[0, 1] = False
    mask = GradientMask(names, may_update)
    singles = [((task,), seed) for seed in seeds for task in names]
    alone = TaskSetTrainer(taskset).together(singles)
    together = TaskSetTrainer(taskset).together([(names, seed) for seed in seeds])
    comparison = Comparison(
        {
            "single": {
                seed: {task: alone[4 * seed + i][task] for i, task in enumerate(names)}
                for seed in seeds
            },
            "multi-head": dict(enumerate(together)),
            "gradsplit": {seed: fit(taskset, names, seed, mask=mask).scores for seed in seeds},
        }
    )
    assert least < comparison.difference("gradsplit", "multi-head").mean < most


@pytest.mark.parametrize(
    "taskset", [planted(), planted_control(), planted_near()], ids=lambda taskset: taskset.name
)
def test_decided_edges_are_right_in_20_probes_of_5_seeds(taskset, tmp_path):
    probe = PairwiseProbe(taskset.tasks, TaskSetTrainer(taskset), range(100), tmp_path / "probe.db")
    samples = probe.run(Ensemble(500), progress=False).by_seed
    truth = set(taskset.harmful_edges())
    decided = wrong = 0
    for start in range(0, 100, 5):
        changes = ChangeMatrix(taskset.tasks, samples[start : start + 5])
        graph = RelationGraph.from_changes(changes)
        harmful, cleared = (set(graph.with_verdict(v)) for v in ("harmful", "not harmful"))
        assert truth <= harmful, f"probe of seeds {start} to {start + 4}"
        decided += len(harmful | cleared)
        wrong += len(harmful - truth) + len(cleared & truth)
    assert wrong <= 0.05 * decided
