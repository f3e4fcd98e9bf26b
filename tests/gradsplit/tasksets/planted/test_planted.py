import json
from itertools import islice, permutations, product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gradsplit.errors import TaskSetError
from gradsplit.tasksets.contract import check_taskset
from gradsplit.tasksets.planted.task_set import INPUTS, planted, planted_control, planted_near
from gradsplit.tasksets.planted.truth import Demand, best_scores, equilibria
from gradsplit.training.fit import fit
from gradsplit.training.trainer import TaskSetTrainer
from relations import GradientMask, PairwiseProbe, RelationGraph
from relations.executors.ensemble import Ensemble

SETS = [planted(), planted_control(), planted_near()]
by_name = pytest.mark.parametrize("taskset", SETS, ids=lambda taskset: taskset.name)
HARM = {"planted": -0.30, "planted-control": -0.25, "planted-near": -0.03}


def eigen_scores(taskset, tasks):
    """The optimum of the joint loss for any matrices: leading eigenvectors of sum_t B_t' B_t."""
    wanted = {task: taskset.mapping(task).numpy() for task in tasks}
    total = sum(matrix.T @ matrix for matrix in wanted.values())
    kept = np.linalg.eigh(total)[1][:, -taskset.width :]
    return {
        task: np.square(matrix @ kept).sum() / np.square(matrix).sum()
        for task, matrix in wanted.items()
    }


@by_name
def test_population_scores_are_those_of_the_best_trunk(taskset):
    names = taskset.task_names
    for tasks in [names, *((name,) for name in names), *permutations(names, 2)]:
        assert taskset.population_scores(tasks) == pytest.approx(eigen_scores(taskset, tasks))


@by_name
def test_the_one_harmful_edge_is_loud_to_quiet(taskset):
    changes = taskset.population_changes()
    assert taskset.harmful_edges() == [("loud", "quiet")]
    assert changes[0, 1] == pytest.approx(HARM[taskset.name])
    others = changes[~np.eye(4, dtype=bool)]
    assert np.sort(np.abs(others))[:-1] == pytest.approx(0, abs=1e-9)


def test_loss_weights_change_who_is_harmed():
    # With losses of one scale `quiet` keeps all it wants, and `loud` its tail less the last two.
    weighed = planted().with_recipe(weights={"loud": 1 / 16})
    assert weighed.harmful_edges() == [("quiet", "loud")]
    assert weighed.population_changes()[1, 0] == pytest.approx(-0.07)


def test_a_tie_at_the_boundary_has_no_answer():
    demand = Demand(("a", "b"), np.eye(2), np.eye(2))
    with pytest.raises(TaskSetError, match="worth the same"):
        best_scores(demand, 1)


def test_the_ends_of_masked_training_that_were_worked_out_by_hand():
    may_update = np.ones((4, 4), dtype=bool)
    may_update[0, 1] = False
    ends = planted().masked_population_scores(may_update, [3, 3, 3, 3])
    assert {(round(end["loud"], 9), round(end["quiet"], 9)) for end in ends} == {
        (0.93, 0.9),
        (0.97, 0.7),
        (1.0, 0.4),
    }
    # Everything that others want fits beside quiet's rows: splitting changes nothing.
    control = planted_control()
    assert control.masked_population_scores(may_update, [2, 2, 2, 2]) == [
        pytest.approx(control.population_scores(control.task_names))
    ]


@by_name
def test_without_a_mask_the_only_end_is_the_optimum(taskset):
    full = np.ones((4, 4), dtype=bool)
    sizes = [len(rows) for rows in np.array_split(np.arange(taskset.width), 4)]
    best = taskset.population_scores(taskset.task_names)
    assert taskset.masked_population_scores(full, sizes) == [pytest.approx(best)]


def plain_equilibria(demand, may_update, sizes):
    """Every way to give every row a coordinate or none, and whether any row wants to change."""
    worth = may_update.T.astype(float) @ demand.values
    owners = np.repeat(np.arange(len(sizes)), sizes)
    ends = set()
    for held in product([None, *range(demand.values.shape[1])], repeat=len(owners)):
        kept = [coordinate for coordinate in held if coordinate is not None]
        outside = [other for other in range(demand.values.shape[1]) if other not in kept]
        if len(set(kept)) < len(kept):
            continue
        at_rest = all(
            (0 if coordinate is None else worth[owner, coordinate])
            >= max((worth[owner, other] for other in outside), default=0) - 1e-12
            and (coordinate is None or worth[owner, coordinate] > 0)
            for owner, coordinate in zip(owners, held, strict=True)
        )
        if at_rest:
            shares = demand.variances[:, kept].sum(axis=1)
            ends.add(tuple(shares.round(9)))
    return ends


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_ends_are_those_of_the_plain_enumeration(data):
    tasks = data.draw(st.integers(2, 3))
    coordinates = data.draw(st.integers(1, 4))
    cell = st.sampled_from([0.0, 0.0, 1.0, 2.0, 5.0])
    values = np.array(
        data.draw(st.lists(st.lists(cell, min_size=coordinates, max_size=coordinates),
                           min_size=tasks, max_size=tasks))
    )  # fmt: skip
    values[:, 0] += 1e-3
    cuts = data.draw(st.lists(st.booleans(), min_size=tasks**2, max_size=tasks**2))
    may_update = np.array(cuts).reshape(tasks, tasks) | np.eye(tasks, dtype=bool)
    sizes = data.draw(st.lists(st.integers(1, 2), min_size=tasks, max_size=tasks))
    shares = values / values.sum(axis=1, keepdims=True)
    demand = Demand(tuple("abc"[:tasks]), shares, values)
    ends = {tuple(np.round([*end.values()], 9)) for end in equilibria(demand, may_update, sizes)}
    assert ends == plain_equilibria(demand, may_update, sizes)


@by_name
def test_it_keeps_the_contract_and_its_settings_are_json(taskset):
    check_taskset(taskset)
    assert json.loads(json.dumps(taskset.settings())) == taskset.settings()
    assert taskset.settings()["options"]["width"] == taskset.width


def test_the_score_is_r2_over_the_inputs():
    taskset = planted()
    wanted = taskset.mapping("loud").float()
    guess = wanted + 0.3 * torch.randn(wanted.shape, generator=torch.Generator().manual_seed(0))
    assert taskset.score("loud", lambda inputs: inputs @ wanted.T) == pytest.approx(1)
    assert taskset.score("loud", lambda inputs: inputs @ wanted.T * 0) == 0
    inputs = torch.randn(20000, INPUTS, generator=torch.Generator().manual_seed(1))
    truth = inputs @ wanted.T
    sampled = 1 - (inputs @ guess.T - truth).square().sum() / truth.square().sum()
    exact = taskset.score("loud", lambda inputs: inputs @ guess.T)
    assert exact == pytest.approx(sampled.item(), abs=0.01)


def test_batches_are_the_planted_labels_with_the_planted_noise():
    taskset = planted_near().with_recipe(batch_size=500)
    inputs, labels = (
        torch.cat(part) for part in zip(*islice(taskset.batches("quiet", 0), 4), strict=True)
    )
    noise = labels - inputs @ taskset.mapping("quiet").float().T
    assert noise.square().sum(1).mean().sqrt().item() == pytest.approx(0.6, rel=0.1)
    # Drawn with replacement from the 600 labelled samples of this seed.
    assert len(inputs.unique(dim=0)) == pytest.approx(600 * (1 - np.exp(-2000 / 600)), rel=0.05)


def test_every_seed_and_task_has_data_of_its_own():
    taskset = planted()
    first = {
        (task, seed): next(taskset.batches(task, seed))[0]
        for task in taskset.task_names
        for seed in (0, 1)
    }
    for one, two in permutations(first.values(), 2):
        assert not torch.equal(one, two)
    assert torch.equal(next(taskset.batches("loud", 0))[0], first["loud", 0])


def test_a_finished_run_is_near_the_population():
    taskset = planted()
    for tasks in [("quiet",), ("loud", "quiet")]:
        scores = fit(taskset, tasks, 0).scores
        assert scores == pytest.approx(taskset.population_scores(tasks), abs=0.01)


@pytest.mark.long
def test_a_masked_run_ends_near_an_end():
    taskset = planted()
    may_update = np.ones((4, 4), dtype=bool)
    may_update[0, 1] = False
    mask = GradientMask(taskset.task_names, may_update)
    scores = fit(taskset, taskset.task_names, 0, mask=mask).scores
    ends = taskset.masked_population_scores(may_update, [3, 3, 3, 3])
    misses = [
        abs(scores["quiet"] - end["quiet"]) + abs(scores["loud"] - end["loud"]) for end in ends
    ]
    assert min(misses) < 0.03


@pytest.mark.long
def test_three_seeds_recover_the_graph(tmp_path):
    taskset = planted()
    trainer = TaskSetTrainer(taskset)
    probe = PairwiseProbe(taskset.tasks, trainer, range(3), tmp_path / "probe.db")
    changes = probe.run(Ensemble(), progress=False)
    graph = RelationGraph.from_changes(changes)
    assert graph.harmful() == graph.harmful(sure=True) == taskset.harmful_edges()
    assert changes.mean[0, 1] == pytest.approx(-0.30, abs=0.03)


@pytest.mark.long
def test_unfinished_training_invents_harm(tmp_path):
    taskset = planted().with_recipe(steps=200)
    probe = PairwiseProbe(taskset.tasks, TaskSetTrainer(taskset), range(3), tmp_path / "probe.db")
    graph = RelationGraph.from_changes(probe.run(Ensemble(), progress=False))
    assert set(taskset.harmful_edges()) < set(graph.harmful())
