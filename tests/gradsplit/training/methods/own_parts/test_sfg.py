"""Filters that are shared or one task's, as is learned."""

import pytest
import torch
from torch import nn

from gradsplit.errors import GradSplitError, ModuleNameError
from gradsplit.training.fit import fit
from gradsplit.training.methods.own_parts.filter_owners import OwnedFilters
from gradsplit.training.methods.own_parts.sfg import StochasticFilterGroups
from gradsplit.training.network import build_network
from tests.gradsplit.toy_tasks import Toy
from tests.gradsplit.training.methods.toy_gradients import TASKS, small_figures

SFG = StochasticFilterGroups()
INPUTS = torch.randn(4, 5, dtype=torch.float64)
SURE = 60.0


def test_with_one_task_it_is_single_task_training() -> None:
    ours, alone = (fit(Toy(), ("error",), 3, method=method) for method in (SFG, None))
    assert ours.losses["error"] == pytest.approx(alone.losses["error"], abs=1e-12)
    assert ours.scores["error"] == pytest.approx(alone.scores["error"], abs=1e-12)


def test_at_first_every_filter_is_shared_in_use() -> None:
    network, plain = SFG.network(Toy(), TASKS, 0).eval(), build_network(Toy(), TASKS, 0)
    for task in TASKS:
        assert torch.equal(network(INPUTS, task), plain(INPUTS, task))


def test_where_all_filters_are_surely_shared_it_is_multi_head_and_where_owned_isolated() -> None:
    network, plain = SFG.network(Toy(), TASKS, 0).train(), build_network(Toy(), TASKS, 0)
    (owned,) = network._parts
    with torch.no_grad():
        owned.logits[:, 0] = SURE
    torch.testing.assert_close(network(INPUTS, "sum"), plain(INPUTS, "sum"), rtol=0, atol=1e-12)
    owners = torch.arange(8) % 3
    with torch.no_grad():
        owned.logits.zero_()
        owned.logits[range(8), 1 + owners] = SURE
    network(INPUTS, "error").sum().backward()
    touched = owned.layer.weight.grad.abs().sum(1) > 1e-15
    assert touched.tolist() == (owners == TASKS.index("error")).tolist()


def test_draws_are_as_frequent_as_the_distribution_says() -> None:
    torch.manual_seed(0)
    owned = OwnedFilters(nn.Linear(1, 4000), TASKS).train()
    owned.heat = 0.01
    with torch.no_grad():
        owned.layer.weight.zero_()
        owned.layer.bias.fill_(1)
        owned.logits.copy_(torch.tensor([0.1, 0.2, 0.3, 0.4]).log())
    for task, wanted in zip(TASKS, (0.3, 0.4, 0.5), strict=True):
        owned.task = task
        assert owned(torch.zeros(1, 1)).mean().item() == pytest.approx(wanted, abs=0.03)


def test_a_filter_goes_to_the_task_that_it_serves() -> None:
    """One task wants the filter's output at 1, the other at 0."""
    torch.manual_seed(0)
    owned = OwnedFilters(nn.Linear(1, 1), ["wants", "not"]).train()
    owned.layer.requires_grad_(False)
    owned.layer.weight.zero_()
    owned.layer.bias.fill_(1)
    optimizer = torch.optim.Adam([owned.logits], 0.1)
    for _ in range(200):
        optimizer.zero_grad()
        for owned.task, target in (("wants", 1.0), ("not", 0.0)):
            (owned(torch.zeros(1, 1)) - target).square().sum().backward()
        optimizer.step()
    assert owned.logits.argmax().item() == 1


def test_channels_of_convolutions_and_the_temperature() -> None:
    heats: list[float] = []
    method = StochasticFilterGroups(hottest=2.0, coldest=0.5)
    figures = small_figures().with_recipe(steps=3, batch_size=4)
    tasks = figures.task_names[:2]
    fitted = fit(
        figures,
        tasks,
        0,
        method=method,
        observe=lambda step: heats.append(step.network.trunk.layer4[0].conv1.heat),
    )
    assert heats == pytest.approx([2.0, 1.0, 0.5])
    owned = fitted.network.trunk.layer4[0].conv1
    with torch.no_grad():
        owned.logits[1, 2] += SURE
    owned.task = tasks[0]
    assert (owned(torch.rand(2, 4, 4, 4))[:, 1] == 0).all()
    owned.task = tasks[1]
    assert (owned(torch.rand(2, 4, 4, 4))[:, 1] != 0).any()


@pytest.mark.parametrize(
    "layer",
    [nn.Linear(4, 6), nn.Linear(4, 6, bias=False), nn.Conv2d(4, 6, 3, groups=2)],
    ids=["linear", "no bias", "grouped"],
)
def test_who_computes_with_a_layers_weights_gets_what_the_task_has_in_use(layer) -> None:
    owned = OwnedFilters(layer, TASKS).eval()
    with torch.no_grad():
        owned.logits.copy_(torch.eye(4)[torch.arange(6) % 4])
    inputs = torch.randn(2, 4, 5, 5) if isinstance(layer, nn.Conv2d) else torch.randn(2, 4)
    wanted = {}
    for owned.task in TASKS:
        wanted[owned.task] = owned(inputs)
    for owned.task in TASKS:
        values = {"weight": owned.weight} | ({} if owned.bias is None else {"bias": owned.bias})
        found = torch.func.functional_call(layer, values, (inputs,))
        torch.testing.assert_close(found, wanted[owned.task])
    transposed = nn.ConvTranspose2d(4, 6, 3)
    assert OwnedFilters(transposed, TASKS).weight is transposed.weight


class Pieces(Toy):
    """Torch's own transformer, which computes with its layers' weights where it may."""

    def trunk(self) -> nn.Module:
        layer = nn.TransformerEncoderLayer(4, 2, 6, dropout=0.0, batch_first=True)
        pieces = nn.Sequential(nn.Linear(5, 8), nn.Unflatten(1, (2, 4)))
        return nn.Sequential(pieces, nn.TransformerEncoder(layer, 1), nn.Flatten()).double()


def test_torchs_own_transformer_gives_a_task_its_filters_on_every_way() -> None:
    network = StochasticFilterGroups(modules=("1",)).network(Pieces(), TASKS, 0).eval()
    with torch.no_grad():
        for owned in network._parts:
            owned.logits[::2, 1] = SURE
    slow = {task: network(INPUTS, task) for task in TASKS}
    with torch.no_grad():
        for task in TASKS:
            torch.testing.assert_close(network(INPUTS, task), slow[task], rtol=0, atol=1e-12)
    assert not torch.allclose(slow["sum"], slow["error"])


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ModuleNameError, match="no linear layer, convolution or attention in 1"):
        StochasticFilterGroups(modules=("1",)).network(Toy(), TASKS, 0)
    with pytest.raises(GradSplitError, match="`coldest` must be above 0 and `hottest` no less"):
        StochasticFilterGroups(hottest=0.05)
    with pytest.raises(GradSplitError, match="`rate` must be above 0, got 0"):
        StochasticFilterGroups(rate=0)
