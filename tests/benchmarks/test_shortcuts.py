"""The study of shorter probes trains and reads what it says, and counts verdicts right."""

import importlib
import sys

import numpy as np
import pytest
import torch

from gradsplit.tasksets.causes.task_sets import late_stage
from gradsplit.tasksets.figures.task_set import Figures
from gradsplit.tasksets.planted.task_set import planted
from gradsplit.training.fit import fit
from gradsplit.training.network import build_network
from relations import ChangeMatrix
from tests.places import BENCHMARKS

FOLDER = BENCHMARKS / "shortcuts"
PARTS = ("shortcuts_frozen", "shortcuts_judge", "shortcuts_report", "shortcuts")


@pytest.fixture
def study(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    yield {name: importlib.import_module(name) for name in PARTS}
    for name in PARTS:
        sys.modules.pop(name, None)


def small_figures():
    taskset = Figures(pictures=40, identities=8, height=32, width=16)
    return taskset.with_recipe(steps=2, batch_size=8, warmup=0)


@pytest.mark.parametrize("taskset", [late_stage(), small_figures()], ids=["linear", "pictures"])
def test_frozen_and_last_stage_are_the_whole_trunk(study, taskset):
    task = taskset.task_names[0]
    whole = build_network(taskset, taskset.task_names, seed=3)
    lower, _ = study["shortcuts_frozen"].divided(whole.trunk)
    frozen = study["shortcuts_frozen"].Frozen(taskset, lower, joint=3)
    part = build_network(frozen, taskset.task_names, seed=3)
    for (inputs, target), (features, same) in rounds(taskset, frozen, task):
        torch.testing.assert_close(part(features, task), whole(inputs, task))
        assert all(map(torch.equal, tensors(target), tensors(same)))


def rounds(taskset, frozen, task):
    pairs = zip(taskset.batches(task, 5), frozen.batches(task, 5), strict=False)
    return [next(pairs) for _ in range(4)]


def tensors(target):
    return target if isinstance(target, tuple) else (target,)


def test_lower_stages_stay_and_the_last_is_trained(study):
    frozen = study["shortcuts_frozen"].frozen(late_stage().with_recipe(steps=3), joint=9)
    before = [one.clone() for one in frozen.lower.parameters()]
    fresh = build_network(frozen, ("target",), seed=0).trunk
    trained = fit(frozen, ("target",), seed=0).network.trunk
    assert all(map(torch.equal, before, frozen.lower.parameters()))
    assert not torch.equal(next(fresh.parameters()), next(trained.parameters()))


def test_one_stage_cannot_be_frozen(study):
    with pytest.raises(study["shortcuts_frozen"].TaskSetError, match="one stage"):
        study["shortcuts_frozen"].divided(planted().trunk())


def test_reading_on_the_way_is_a_shorter_run_and_changes_nothing(study):
    taskset = planted().with_recipe(steps=8, schedule="constant")
    found = study["shortcuts"].read_on_the_way(taskset, ("loud", "quiet"), seed=1)
    for share in (4, 2, 1):
        short = study["shortcuts"].shortened(taskset, share)
        assert found[share] == fit(short, ("loud", "quiet"), seed=1).scores


def test_a_shorter_training_has_a_shorter_warm_up(study):
    short = study["shortcuts"].shortened(Figures(preset="quick"), 4)
    assert (short.recipe.steps, short.recipe.warmup) == (100, 10)


def matrix(*values):
    """Changes of four tasks over three seeds with next to no noise."""
    mean = np.full((4, 4), np.nan)
    mean[~np.eye(4, dtype=bool)] = values
    noise = 1e-4 * np.array([-1, 0, 1])[:, None, None]
    return ChangeMatrix(("a", "b", "c", "d"), mean + noise)


WHOLE = (-0.2, -0.1, 0.05, 0.0, 0.01, 0.02, 0.0, 0.03, 0.01, 0.0, 0.02, 0.01)


def test_kept_counts_sides_verdicts_and_contradictions(study):
    kept = study["shortcuts_judge"].Kept.of
    whole = matrix(*WHOLE)
    same = kept([whole], [whole])
    assert (same.edges, same.same_side, same.decided, same.kept) == (12, 12, 12, 12)
    assert (same.contradicted, same.harmful, same.harmful_kept) == (0, 2, 2)
    assert same.rank == pytest.approx(1)
    turned = kept([whole], [matrix(0.2, *WHOLE[1:])])
    assert (turned.same_side, turned.kept, turned.contradicted) == (11, 11, 1)
    assert turned.harmful_kept == 1


def test_halving_drops_the_pairs_that_look_least_harmful(study):
    judge = study["shortcuts_judge"]
    short = matrix(*WHOLE)  # a -> b and a -> c are lowest, then the first that are equal
    gone = judge.dropped(short)
    assert len(gone) == 3
    assert not {frozenset("ab"), frozenset("ac")} & set(gone)
    assert judge.harm_lost([("a", "b"), ("c", "a")], short) == 0
    assert judge.harm_lost([tuple(gone[0])], short) == 1


def test_cost_of_halving(study):
    cost = study["shortcuts_judge"].cost_of_halving
    # 4 tasks: 4 single-task and 6 pair runs cost 16; 3 pairs are kept.
    assert cost(4, 4, again=True) == (4 + 4 + 6) / 16
    assert cost(4, 2, again=False) == (4 + 6 + 3) / 16
