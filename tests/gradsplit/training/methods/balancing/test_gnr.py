"""GNR: toy numbers of the max-min problem, a slow twin, and the running averages."""

import numpy as np
import pytest
import torch

from gradsplit.errors import GradSplitError
from gradsplit.tasksets.registry import load_taskset
from gradsplit.training.fit import fit
from gradsplit.training.methods.balancing.gnr import Gnr, RunningGradients, max_min_weights
from gradsplit.training.methods.multi_head import MultiHead
from tests.gradsplit.toy_tasks import Toy
from tests.gradsplit.training.methods.toy_gradients import (
    TASKS,
    assert_equal,
    gradients,
    one_by_one,
)

close = torch.testing.assert_close


def ratios(weights: np.ndarray, gram: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Gradient to noise of each task, as it is defined."""
    found = []
    for task, weight in enumerate(weights):
        others = np.where(np.arange(len(weights)) == task, 0.0, weights)
        squared = others @ gram @ others + weight**2 * noise[task]
        found.append(weight * gram[task, task] ** 0.5 / max(squared, 1e-12) ** 0.5)
    return np.array(found)


@pytest.mark.parametrize(
    ("gram", "noise", "weights", "ratio"),
    [
        (np.diag([1.0, 4.0, 9.0]), [0, 0, 0], [1.636364, 0.818182, 0.545455], 0.707107),
        (np.diag([1.0, 4.0]), [0, 0], [4 / 3, 2 / 3], 1.0),
        (np.diag([1.0, 4.0]), [1, 4], [4 / 3, 2 / 3], 0.707107),
        # x = (w_1 / 2 w_2)^2 solves x^2 + (4 - 1/16) (-x) = 1.
        (np.diag([1.0, 4.0]), [4, 0.25], [1.606880, 0.393120], 0.485676),
        (
            np.array([[1, -0.5, 0], [-0.5, 1, 0], [0, 0, 1]]),
            [0, 0, 0],
            [1.076754, 1.076754, 0.846492],
            0.786151,
        ),
    ],
)
def test_toy_numbers(gram, noise, weights, ratio) -> None:
    noise = np.array(noise, dtype=float)
    found = max_min_weights(gram, noise)
    assert found == pytest.approx(weights, abs=2e-6)
    assert ratios(found, gram, noise) == pytest.approx(np.full(len(gram), ratio), abs=2e-6)


def test_no_weights_of_a_grid_are_better() -> None:
    """Also where gradients are parallel, opposite, or as wide as the tasks' number allows."""
    draw = np.random.default_rng(0)
    grid = np.linspace(0.01, 2.98, 25)
    grid = [(a, b, 3 - a - b) for a in grid for b in grid if a + b <= 2.99]
    for case in range(16):
        rows = draw.normal(size=(3, draw.choice([2, 3, 50])))
        rows += draw.choice([0, 1, -1]) * draw.normal(size=rows.shape[1])
        lengths = np.linalg.norm(rows, axis=1)
        gram = rows @ rows.T
        noise = (case % 2) * draw.exponential(3, size=3) * lengths**2
        ours = ratios(max_min_weights(gram, noise), gram, noise).min()
        theirs = max(ratios(np.array(pulls) / lengths, gram, noise).min() for pulls in grid)
        assert ours >= theirs * (1 - 1e-4)


def test_loudness_moves_nothing() -> None:
    draw = np.random.default_rng(1)
    rows, noise = draw.normal(size=(4, 9)), draw.exponential(size=4)
    factors = np.array([1e-6, 1.0, 30.0, 1e5])
    quiet = max_min_weights(rows @ rows.T, noise)
    loud = max_min_weights(
        (rows * factors[:, None]) @ (rows * factors[:, None]).T, noise * factors**2
    )
    assert loud * factors / (loud * factors).sum() == pytest.approx(quiet / quiet.sum(), rel=1e-5)
    assert loud.sum() == pytest.approx(4)


def test_limits() -> None:
    assert max_min_weights(np.array([[4.0]]), np.zeros(1)).tolist() == [1.0]
    # Equal gradients are multi-head, and so are exactly opposite ones.
    assert max_min_weights(np.ones((3, 3)), np.zeros(3)) == pytest.approx(np.ones(3))
    assert max_min_weights(np.array([[1.0, -1], [-1, 1]]), np.zeros(2)) == pytest.approx(np.ones(2))
    # One that is silent so far is left out of what the others share.
    silent = max_min_weights(np.diag([1.0, 0.0, 4.0]), np.zeros(3))
    assert silent == pytest.approx([4 / 3, 1.0, 2 / 3])
    assert max_min_weights(np.full((2, 2), np.nan), np.zeros(2)).tolist() == [1.0, 1.0]
    # With opposite gradients the third hears nothing of the others, and still counts.
    rest = max_min_weights(np.array([[1.0, -1, 0], [-1, 1, 0], [0, 0, 1]]), np.zeros(3))
    assert (rest > 0.009).all()


def test_a_noisier_task_gets_more() -> None:
    calm, noisy = max_min_weights(np.eye(2), np.array([0.1, 10.0]))
    assert noisy > calm


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9])
def test_averages_are_right_from_the_first_step(beta: float) -> None:
    rows = torch.randn(7, 2, 5, dtype=torch.float64)
    running = RunningGradients(beta)
    noise, total = torch.zeros(2).double(), 0.0
    for count in range(1, 8):
        running.add(rows[count - 1])
        kept = torch.tensor([beta ** (count - 1 - k) for k in range(count)]).double()
        close(running.mean, torch.einsum("k,ktp->tp", kept, rows[:count]) / kept.sum())
        if count > 1:
            before = kept[1:]
            mean = torch.einsum("k,ktp->tp", before, rows[: count - 1]) / before.sum()
            factor = 1 + before.square().sum() / before.sum() ** 2
            apart = (rows[count - 1] - mean).square().sum(1) / factor
            noise, total = beta * noise + apart, beta * total + 1
            close(running.noise, noise / total)


def test_noise_is_the_trace_of_the_covariance() -> None:
    drawing = torch.Generator().manual_seed(0)
    running = RunningGradients(0.9)
    for rows in torch.randn(4, 5000, 3, generator=drawing, dtype=torch.float64):
        running.add(rows * torch.tensor([1.0, 2.0, 3.0]) + 5)
    # Of one task's estimate the standard deviation is about 10.
    assert running.noise.mean().item() == pytest.approx(14.0, abs=0.6)


def test_the_trunk_gets_the_weighted_gradients_and_heads_their_own() -> None:
    own = one_by_one()
    names = [name for name in own["sum"] if name.startswith("trunk.")]
    rows = np.stack([np.concatenate([own[t][n].flatten() for n in names]) for t in TASKS])
    weights = max_min_weights(rows @ rows.T, np.zeros(3))
    found = gradients(Gnr())
    for name, gradient in found.items():
        shares = weights if name in names else np.ones(3)
        wanted = sum(share * own[task][name] for share, task in zip(shares, TASKS, strict=True))
        close(gradient, wanted, rtol=1e-7, atol=1e-10)


def test_one_task_is_ordinary_training() -> None:
    assert_equal(gradients(Gnr(), TASKS[:1]), gradients(MultiHead(), TASKS[:1]))


def test_the_loudness_of_a_loss_is_taken_out_of_the_directions() -> None:
    sgd = Toy().with_recipe(optimizer="sgd", steps=1)
    kept = []

    def keep(step) -> None:
        kept.append(torch.cat([one.grad.flatten() for one in step.network.trunk.parameters()]))

    for factor in (1.0, 100.0):
        fit(sgd.with_recipe(weights={"sum": factor}), TASKS, 0, method=Gnr(), observe=keep)
    assert torch.cosine_similarity(*kept, dim=0).item() == pytest.approx(1.0, abs=1e-9)


def test_it_trains_planted_tasks_the_same_way_twice() -> None:
    taskset = load_taskset("planted", {"steps": 20})
    runs = [fit(taskset, taskset.task_names, 3, method=Gnr()) for _ in range(2)]
    assert runs[0].scores == runs[1].scores
    assert runs[0].losses["loud"][-1] < runs[0].losses["loud"][0]


def test_beta_is_checked() -> None:
    with pytest.raises(GradSplitError, match="0 <= beta < 1, got 1"):
        Gnr(beta=1.0)
