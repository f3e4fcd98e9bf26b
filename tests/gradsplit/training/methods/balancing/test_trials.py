"""Steps that are tried and taken back."""

import copy

import pytest
import torch
from torch import nn

from gradsplit.studies.estimates.estimators.lookahead import Lookahead
from gradsplit.training.methods.balancing.trials import Trials
from gradsplit.training.network import MultiTaskNetwork
from tests.gradsplit.toy_tasks import Toy
from tests.gradsplit.training.methods.quadratics import CENTRES, SHARPNESS, Quadratics, begun

TASKS = Toy().task_names


def test_transference_of_quadratics() -> None:
    run = begun(Quadratics())
    trials = Trials(run)
    before = trials.losses(run.tasks, ())
    assert before == [0.5, 2.0, 1.0]
    rows = -torch.tensor(SHARPNESS).unsqueeze(1) * CENTRES
    after = [trials.losses(run.tasks, trials.along(row)) for row in rows]
    found = 1 - torch.tensor(after) / torch.tensor(before)
    wanted = [[0.19, -0.105, -0.0025], [-0.48, 0.36, 0.18], [-0.01, 0.095, 0.0975]]
    torch.testing.assert_close(found, torch.tensor(wanted))


def test_it_is_the_estimator_that_looks_ahead() -> None:
    taskset = Toy().with_recipe(steps=1)
    run = begun(taskset)
    trials, trunk = Trials(run), run.trunk_parameters
    before = trials.losses(TASKS, ())
    values = []
    for source in TASKS:
        inputs, target = run.batches[source]
        loss = taskset.loss(source, run.network(inputs, source), target)
        moves = list(zip(trunk, torch.autograd.grad(loss, trunk), strict=True))
        values.append(trials.losses(TASKS, moves))
    ours = 1 - torch.tensor(values, dtype=torch.float64) / torch.tensor(before, dtype=torch.float64)
    theirs = torch.as_tensor(Lookahead(every=1).measure(taskset, 0).values)
    off = ~torch.eye(3, dtype=torch.bool)
    torch.testing.assert_close(ours[off], theirs[off], rtol=1e-6, atol=1e-9)


def test_everything_is_put_back() -> None:
    trunk = nn.Sequential(nn.Linear(5, 8), nn.BatchNorm1d(8), nn.Dropout(0.5)).double()
    heads = {task: Toy().head(task) for task in TASKS}
    run = begun(Toy(), MultiTaskNetwork(trunk, heads))
    run.network.train()
    state = copy.deepcopy(run.network.state_dict())
    drawn = torch.random.get_rng_state()
    trials = Trials(run)
    moves = [(one, torch.randn_like(one)) for one in run.network.parameters()]
    torch.random.set_rng_state(drawn)
    first = trials.losses(TASKS, moves)
    assert first == trials.losses(TASKS, moves) != trials.losses(TASKS, ())
    assert all(torch.equal(state[key], value) for key, value in run.network.state_dict().items())
    assert torch.equal(drawn, torch.random.get_rng_state())


def test_they_are_put_back_when_a_loss_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    run = begun(Toy())
    state = copy.deepcopy(run.network.state_dict())
    trials = Trials(run)
    run.batches.clear()
    with pytest.raises(KeyError):
        trials.losses(TASKS, [(one, one.clone()) for one in run.trunk_parameters])
    assert all(torch.equal(state[key], value) for key, value in run.network.state_dict().items())


def test_every_parameter_moves_at_its_own_rate() -> None:
    run = begun(Quadratics())
    trials = Trials(run)
    (value,) = run.trunk_parameters
    run.own_rate([value], 2.0)
    run.optimizer.param_groups[-1]["lr"] = 0.2
    assert trials.losses(("a",), [(value, torch.tensor([-1.0, 0.0]).double())]) == [0.5 * 0.8**2]
