"""Sparse differences: what is trained in which phase."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
import torch

from gradsplit.errors import GradSplitError
from gradsplit.training.fit import Fitted, fit
from gradsplit.training.loop import Training
from gradsplit.training.methods.balancing.equal_norm import EqualNorm
from gradsplit.training.methods.own_parts.sparse_deltas import sparse_deltas
from gradsplit.training.methods.own_parts.sparse_deltas.sparse_deltas import SparseDeltas
from gradsplit.training.methods.own_parts.sparse_deltas.sparse_network import SparseDeltaNetwork
from gradsplit.training.model_size import count
from tests.gradsplit.toy_tasks import Toy

TASKS = Toy().task_names


def trained(method: SparseDeltas, steps: int = 8) -> Fitted:
    return fit(Toy().with_recipe(steps=steps), TASKS, 0, method=method)


def test_the_base_task_is_trained_alone() -> None:
    for base in TASKS:
        alone = fit(Toy(), (base,), 0)
        method = SparseDeltas(base=base)
        together = fit(Toy(), TASKS, 0, method=method)
        assert together.scores[base] == alone.scores[base]
        assert together.losses[base] == alone.losses[base]
        assert fit(Toy(), (base,), 0, method=method).scores == alone.scores


def test_every_task_sees_as_many_batches_as_elsewhere() -> None:
    assert {len(losses) for losses in trained(SparseDeltas(), 7).losses.values()} == {7}


def test_the_first_task_is_the_base_unless_named() -> None:
    network = trained(SparseDeltas()).network
    assert isinstance(network, SparseDeltaNetwork) and network.base == TASKS[0]
    with pytest.raises(GradSplitError, match="`none` must be one of the run's, which has sum"):
        trained(SparseDeltas(base="none"))


def test_the_support_is_frozen_behind_the_first_phase(monkeypatch: pytest.MonkeyPatch) -> None:
    supports: list[list[torch.Tensor]] = []
    train_on = SparseDeltas._train_on

    def noted(self: SparseDeltas, run: Training, steps: int, others: Sequence[str]) -> None:
        train_on(self, run, steps, others)
        assert isinstance(run.network, SparseDeltaNetwork)
        supports.append([value != 0 for value in run.network.of("error").values])

    monkeypatch.setattr(SparseDeltas, "_train_on", noted)
    network = trained(SparseDeltas(penalty=0.5, gate_rate=1.0), 60).network
    assert isinstance(network, SparseDeltaNetwork)
    frozen = network.of("error").supports
    assert 0 < network.of("error").size < sum(one.numel() for one in frozen)
    for support in supports:
        assert all(torch.equal(*pair) for pair in zip(support, frozen, strict=True))


def test_values_move_in_every_phase(monkeypatch: pytest.MonkeyPatch) -> None:
    ends = []
    phase = sparse_deltas._phase

    def noted(run: Training, steps: int) -> Training:
        if isinstance(run.network, SparseDeltaNetwork):
            ends.append(run.network.of("error").values[0].detach().clone())
        return phase(run, steps)

    monkeypatch.setattr(sparse_deltas, "_phase", noted)
    network = trained(SparseDeltas()).network
    assert isinstance(network, SparseDeltaNetwork)
    values = [*ends, network.of("error").values[0]]
    assert len(values) == 4 and values[0].abs().max() == 0
    assert not any(torch.equal(*pair) for pair in pairwise(values))


def test_a_high_price_shuts_all_gates_and_a_low_one_none() -> None:
    inputs = torch.randn(1, 5, dtype=torch.float64)
    dear = count(trained(SparseDeltas(penalty=1e4, gate_rate=4.0), 40).network, inputs)
    free = count(trained(SparseDeltas(penalty=0.0), 8).network, inputs)
    assert dear.besides == {"own weights [%]": 0.0, "own activations [%]": 0.0}
    assert free.besides["own weights [%]"] > 99
    assert free.parameters > dear.parameters and free.flops > dear.flops


def test_a_strong_pull_brings_activations_together() -> None:
    drawn = torch.Generator().manual_seed(0)
    images = torch.randn(20, 1, 5, dtype=torch.float64, generator=drawn)
    free, pulled = (
        trained(SparseDeltas(penalty=0.0, pull=pull, threshold=0.01), 80).network
        for pull in (0.0, 100.0)
    )
    own = [
        sum(count(network, image).besides["own activations [%]"] for image in images)
        for network in (free, pulled)
    ]
    assert own[1] < own[0]


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
def test_gates_have_an_optimizer_of_their_own(optimizer: str) -> None:
    taskset = Toy().with_recipe(optimizer=optimizer, steps=40, weight_decay=0.1)
    network = fit(taskset, TASKS, 0, method=SparseDeltas(penalty=1e4, gate_rate=4.0)).network
    assert isinstance(network, SparseDeltaNetwork)
    assert network.of("error").size == 0


def test_what_weighs_all_losses_cannot_be_on_top_of_it() -> None:
    with pytest.raises(GradSplitError, match="needs the losses of all tasks in every step"):
        fit(Toy(), TASKS, 0, method=EqualNorm(of=SparseDeltas()))


@pytest.mark.parametrize("options", [(-1,), (2, -1), (2, 1, -1), (2, 1, 1, -1)])
def test_options_out_of_range_are_refused(options: tuple[float, ...]) -> None:
    with pytest.raises(GradSplitError, match=r"0 or more .* got .*-1"):
        SparseDeltas(None, *options)
