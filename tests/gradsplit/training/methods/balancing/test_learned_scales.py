"""IMTL-L and uncertainty weighting against TorchJD's, and the cases they must agree with."""

import pytest
import torch
import torchjd.scalarization
from torch import Tensor

from gradsplit.errors import GradSplitError
from gradsplit.tasksets.registry import load_taskset
from gradsplit.training.fit import fit
from gradsplit.training.methods.balancing.imtl_l import ImtlL
from gradsplit.training.methods.balancing.learned_scales import LearnedScales
from gradsplit.training.methods.balancing.uncertainty import Uncertainty
from tests.gradsplit.toy_tasks import Toy
from tests.gradsplit.training.methods.scripted import weights

close = torch.testing.assert_close
LOSSES = torch.rand(30, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) + 0.2
LOUD = LOSSES * torch.tensor([1.0, 20.0, 0.1])


def theirs(kind: str, losses: Tensor, optimizer: str, rate: float) -> list[Tensor]:
    """The gradients of TorchJD's scalarizer for the losses, scaled to sum to T."""
    scalarizer = getattr(torchjd.scalarization, kind)(losses.shape[1]).double()
    trained = list(scalarizer.parameters())
    made = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD}[optimizer]
    moved = made(trained, lr=rate, **({"momentum": 0.9} if optimizer == "sgd" else {}))
    seen = []
    for row in losses:
        values = row.clone().requires_grad_()
        moved.zero_grad()
        scalarizer(values).backward()
        assert values.grad is not None
        seen.append(values.grad * len(row) / values.grad.sum())
        moved.step()
    return seen


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
@pytest.mark.parametrize(("method", "kind"), [(ImtlL(), "IMTLL"), (Uncertainty(), "UW")])
def test_it_is_torchjds(method: LearnedScales, kind: str, optimizer: str) -> None:
    rate = {"adam": 0.04, "sgd": 0.004}[optimizer]
    ours = weights(method, LOUD.tolist(), optimizer=optimizer, learning_rate=rate)
    wanted = theirs(kind, LOUD, optimizer, 2.5 * rate)
    close(ours, wanted, rtol=1e-6, atol=0)
    assert ours[-1].std() > 0.3


def test_the_first_step_is_multi_heads() -> None:
    for method in (ImtlL(), Uncertainty()):
        close(weights(method, [[1.0, 4.0]])[0], torch.ones(2, dtype=torch.float64))


def test_weighted_losses_become_equal_and_weights_sum_to_the_number_of_tasks() -> None:
    last = weights(ImtlL(), [[0.5, 2.0, 8.0]] * 400, learning_rate=0.01)[-1]
    close(last, torch.tensor([16.0, 4.0, 1.0]).double() / 7, rtol=1e-2, atol=0)
    assert last.sum().item() == pytest.approx(3.0, rel=1e-12)


def test_with_adam_uncertainty_is_imtl_l() -> None:
    close(weights(Uncertainty(), LOUD.tolist()), weights(ImtlL(), LOUD.tolist()), rtol=1e-5, atol=0)


def test_the_scales_do_not_decay() -> None:
    plain = weights(ImtlL(), LOUD.tolist(), optimizer="adamw")
    decayed = weights(ImtlL(), LOUD.tolist(), optimizer="adamw", weight_decay=0.5)
    close(decayed, plain)


def test_equal_losses_are_ordinary_training_and_so_is_one_task() -> None:
    close(weights(ImtlL(), [[0.3, 0.3]] * 5)[-1], torch.ones(2, dtype=torch.float64))
    plain = fit(Toy(), ("sum",), 0)
    for method in (ImtlL(), Uncertainty()):
        assert fit(Toy(), ("sum",), 0, method=method).scores == plain.scores


def test_it_trains_planted_tasks_the_same_way_twice() -> None:
    taskset = load_taskset("planted", {"steps": 20})
    for method in (ImtlL(), Uncertainty()):
        runs = [fit(taskset, taskset.task_names, 3, method=method) for _ in range(2)]
        assert runs[0].scores == runs[1].scores
        assert runs[0].losses["loud"][-1] < runs[0].losses["loud"][0]


def test_a_loss_of_zero_and_a_negative_one() -> None:
    assert torch.isfinite(weights(ImtlL(), [[0.0, 1.0]] * 3)[-1]).all()
    with pytest.raises(GradSplitError, match=r"`imtl-l` needs losses of 0 or more.*`a` is -1"):
        weights(ImtlL(), [[-1.0, 1.0]])


def test_options_are_checked() -> None:
    with pytest.raises(GradSplitError, match="above 0, got 0"):
        Uncertainty(rate=0)
