import numpy as np
import pytest
import torch
from torch import nn

from gradsplit.errors import GradSplitError
from gradsplit.studies.estimates.estimators.linear import Linear
from gradsplit.studies.estimates.quadratic import Directions, quadratic_around
from gradsplit.training.network import build_network
from tests.gradsplit.studies.estimates.awkward import Awkward
from tests.gradsplit.studies.estimates.quadratics import BOWLS, START, Quadratics

NAMES = list(BOWLS)
RIDGE = 0.1


def by_hand(theta, weights):
    """Where a task alone and a pair would lead, with the same pull back to theta."""
    steep = np.array([weight * BOWLS[task][0] for task, weight in zip(NAMES, weights, strict=True)])
    centres = np.array([centre for _, centre in BOWLS.values()])
    rho = RIDGE * steep.sum()  # the mean curvature: every direction has the sum of them

    def solved(*members):
        chosen = list(members)
        pulled = steep[chosen] @ centres[chosen] + rho * theta
        return pulled / (steep[chosen].sum() + rho)

    def loss(task, at):
        return 1 + BOWLS[NAMES[task]][0] / 2 * np.sum((at - centres[task]) ** 2)

    values = np.full((3, 3), np.nan)
    for source in range(3):
        for target in range(3):
            if source != target:
                gain = loss(target, solved(target)) - loss(target, solved(source, target))
                values[source, target] = gain / loss(target, theta)
    return values


@pytest.mark.parametrize("weights", [(1.0, 1.0, 1.0), (2.0, 0.5, 1.0)])
def test_quadratics_are_predicted_exactly(weights):
    taskset = Quadratics().with_recipe(weights=dict(zip(NAMES, weights, strict=True)))
    start = np.array(START)
    speed = sum(
        weight * BOWLS[task][0] * (start - np.array(BOWLS[task][1]))
        for task, weight in zip(NAMES, weights, strict=True)
    )
    measured = Linear(ridge=RIDGE).measure(taskset, seed=0)
    np.testing.assert_allclose(measured.values, by_hand(start - 0.1 * speed, weights), rtol=1e-9)
    assert max(measured.diagnostics["residual"]) < 1e-9
    assert measured.diagnostics["directions"] == 2


def test_a_quadratic_is_the_loss_to_first_order_of_the_outputs():
    taskset = Awkward()
    network = build_network(taskset, taskset.task_names, 0).eval()
    directions = Directions.draw(network.trunk, 6, seed=0)
    batch = next(taskset.batches("sum", 0))
    measured = quadratic_around(network, taskset, "sum", [batch], directions)
    parameters = dict(directions.parameters)
    tangents = list(directions)

    def at(u):
        moved = {
            name: value + sum(length * one[name] for length, one in zip(u, tangents, strict=True))
            for name, value in parameters.items()
        }
        return torch.func.functional_call(network, moved, (batch[0], "sum"))

    u = torch.randn(6, dtype=torch.float64)
    zero = torch.zeros(6, dtype=torch.float64)
    jacobian = torch.autograd.functional.jacobian(at, zero)
    linear = at(zero) + torch.einsum("nod,d->no", jacobian, u)
    expected = float(taskset.loss("sum", linear, batch[1]).detach())
    assert measured.at(u.numpy()) == pytest.approx(expected)
    assert np.linalg.eigvalsh(measured.curvature).min() > -1e-12


def test_random_directions_keep_products():
    trunk = nn.Linear(40, 30, bias=False).double()
    directions = Directions.draw(trunk, 400, seed=0)
    gradient = torch.randn(30, 40, dtype=torch.float64)
    projected = torch.tensor([float((one["trunk.weight"] * gradient).sum()) for one in directions])
    assert projected.square().sum() == pytest.approx(gradient.square().sum().item(), rel=0.2)
    again = [one["trunk.weight"] for one in directions]
    assert all(torch.equal(a, b["trunk.weight"]) for a, b in zip(again, directions, strict=True))


def test_the_residual_says_when_the_network_is_not_linear():
    bent = Linear(directions=30, batches=1, ridge=1e-3).measure(Awkward(), seed=0)
    assert max(bent.diagnostics["residual"]) > 1e-3


def test_heads_with_several_outputs():
    class Several(Awkward):
        def head(self, task):
            class Two(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.one, self.two = nn.Linear(8, 1).double(), nn.Linear(8, 3).double()

                def forward(self, features):
                    return {"value": self.one(features), "rest": (self.two(features),)}

            return Two()

        def loss(self, task, output, target):
            return super().loss(task, output["value"], target) + output["rest"][0].mean().square()

        def score(self, task, predict):
            return super().score(task, lambda inputs: predict(inputs)["value"])

    assert np.isfinite(Linear(directions=8).measure(Several(), 0).values[0, 1:]).all()


def test_options_are_checked():
    with pytest.raises(GradSplitError, match="above 0"):
        Linear(ridge=0)
