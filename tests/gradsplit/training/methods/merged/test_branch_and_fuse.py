"""The loop of Meta-GF and DR-MGF against a slow twin, its limits and its bill."""

import pytest
import torch
from torch import Tensor
from torch.func import functional_call

from gradsplit.errors import GradSplitError
from gradsplit.training.batches import next_batch
from gradsplit.training.fit import fit
from gradsplit.training.methods.balancing.loss_weights import LossWeights
from gradsplit.training.methods.merged.branch_and_fuse import BranchAndFuse
from gradsplit.training.methods.merged.dr_mgf import DrMgf, RoutedFusion, route
from gradsplit.training.methods.merged.fusion import Fusion
from gradsplit.training.methods.merged.meta_gf import LogisticFusion, MetaGf
from gradsplit.training.methods.method import Method
from gradsplit.training.methods.multi_head import MultiHead
from gradsplit.training.methods.on_top import balanced
from gradsplit.training.network import build_network, head_key
from gradsplit.training.optimizers import learning_rate
from tests.gradsplit.toy_tasks import Toy
from tests.gradsplit.training.methods.toy_gradients import TASKS

PAIR = ("sum", "error")
METHODS = [MetaGf(), DrMgf()]
by_method = pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)


def twin(method: BranchAndFuse, fusion_of: type[Fusion], routed_epochs: int) -> dict[str, Tensor]:
    """The network after three epochs of two steps, by plain loops over everything."""
    toy, recipe, network = Toy(), Toy().recipe, build_network(Toy(), TASKS, 0)
    data = {task: toy.batches(task, 0) for task in TASKS}
    fusion = fusion_of(network.trunk, TASKS)
    importances = {one.name: a for one, a in getattr(fusion, "routes", ())}
    models = torch.optim.Adam([*network.parameters(), *importances.values()])
    scales = torch.optim.Adam(fusion.learned)

    def step(optimizer, rate, values, counts):
        for group in optimizer.param_groups:
            group["lr"] = rate
        total = torch.zeros(())
        for task in TASKS:
            inputs, target = next_batch(data[task], task)
            features = functional_call(network.trunk, values, (inputs,))
            total = total + counts[task] * toy.loss(task, network.head(task)(features), target)
        network.zero_grad()
        optimizer.zero_grad()
        total.backward()
        optimizer.step()

    def routed(epoch, place):
        weights = importances.items() if epoch < routed_epochs else ()
        return {n: route(network.trunk.get_parameter(n), a, place) for n, a in weights}

    for epoch in range(3):
        rates = [learning_rate(recipe, 2 * epoch + number) for number in range(2)]
        before = [table.detach().clone() for table in fusion.learned]
        start = {name: one.detach().clone() for name, one in network.named_parameters()}
        moved: dict[str, list[Tensor]] = {name: [] for name in start}
        for place, task in enumerate(TASKS):
            network.load_state_dict(start)
            counts = {name: 1.0 if name == task else method.auxiliary for name in TASKS}
            for rate in rates:
                step(models, rate, routed(epoch, place), counts)
            ends = {name: one.detach().clone() for name, one in network.named_parameters()}
            ends |= {f"trunk.{name}": one.detach() for name, one in routed(epoch, place).items()}
            for name, end in ends.items():
                moved[name].append(end - start[name])
        network.load_state_dict(start)
        for place, task in enumerate(TASKS):
            for name, one in network.named_parameters():
                if name.startswith(f"heads.{head_key(task)}."):
                    one.data.add_(moved[name][place])
        changes = [torch.stack(moved[f"trunk.{one.name}"]) for one in fusion.shared]
        for rate in rates:
            share = rate / recipe.learning_rate
            step(scales, method.rate * share, fusion.fused(changes), dict.fromkeys(TASKS, 1.0))
        network.trunk.load_state_dict(fusion.fused(changes))
        if epoch >= routed_epochs:
            for table, old in zip(fusion.learned, before, strict=True):
                table.data.copy_(0.1 * table + 0.9 * old)
    return network.state_dict()


@pytest.mark.parametrize(
    ("method", "fusion", "routed"),
    [(MetaGf(epochs=3), LogisticFusion, 0), (DrMgf(epochs=3, routes=0.7), RoutedFusion, 2)],
    ids=["meta-gf", "dr-mgf"],
)
def test_it_is_the_slow_twin(method: BranchAndFuse, fusion: type[Fusion], routed: int) -> None:
    ours = fit(Toy(), TASKS, 0, method=method).network.state_dict()
    for name, value in twin(method, fusion, routed).items():
        torch.testing.assert_close(ours[name], value, rtol=1e-9, atol=1e-12)


@by_method
def test_one_task_alone_is_ordinary_training(method: Method) -> None:
    alone, plain = (fit(Toy(), ("sum",), 3, method=one) for one in (method, MultiHead()))
    assert alone.scores == plain.scores
    assert alone.losses == plain.losses


@by_method
@pytest.mark.parametrize(
    ("options", "batches"),
    [({}, 24), ({"equal": "samples"}, 4), ({"auxiliary": 0.0}, 12), ({"epochs": 2}, 24)],
)
def test_what_it_costs(method: BranchAndFuse, options: dict, batches: int) -> None:
    """Batches of each of three tasks in six steps: T + 1 times as many, or one network's share."""
    losses = fit(Toy(), TASKS, 0, method=type(method)(**options)).losses
    assert {task: len(values) for task, values in losses.items()} == dict.fromkeys(TASKS, batches)


def test_the_samples_are_shared_where_they_are_few() -> None:
    both = MetaGf(equal="samples", auxiliary=0.0)
    losses = fit(Toy(), TASKS, 0, method=both).losses
    assert {len(values) for values in losses.values()} == {6}


def test_frozen_parameters_and_other_optimizers() -> None:
    class Frozen(Toy):
        def trunk(self):
            trunk = super().trunk()
            trunk[0].requires_grad_(False)
            return trunk

    frozen = Frozen().with_recipe(optimizer="sgd", learning_rate=0.01)
    start = build_network(frozen, TASKS, 0).trunk
    for method in METHODS:
        trunk = fit(frozen, TASKS, 0, method=method).network.trunk
        assert torch.equal(trunk[0].weight, start[0].weight)
        last = trunk.get_submodule("last"), start.get_submodule("last")
        assert not torch.equal(*(one.weight for one in last))


@by_method
def test_what_goes_on_top(method: Method) -> None:
    """Loss weights act in branches and in the pass that fuses; a balancing finds its gradients."""
    quiet = dict.fromkeys(TASKS, 0.5)
    weighted = fit(Toy(), TASKS, 0, method=LossWeights(quiet, of=method))
    recipe = fit(Toy().with_recipe(weights=quiet), TASKS, 0, method=method)
    for task in TASKS:
        assert weighted.scores[task] == pytest.approx(recipe.scores[task], rel=1e-9)
    plain = fit(Toy(), TASKS, 0, method=method).scores
    for balance in ("fairgrad", "famo", "gradnorm", "uncertainty"):
        scores = fit(Toy(), TASKS, 0, method=balanced(method, balance)).scores
        assert scores != plain
        assert scores == fit(Toy(), TASKS, 0, method=balanced(method, balance)).scores


@pytest.mark.parametrize(
    "options",
    [{"epochs": 0}, {"auxiliary": -1.0}, {"rate": 0.0}, {"average": 1.0}, {"equal": "epochs"}],
)
def test_options_out_of_range(options: dict) -> None:
    with pytest.raises(GradSplitError, match="meta-gf needs epochs >= 1"):
        MetaGf(**options)
    with pytest.raises(GradSplitError, match="routes from 0 to 1"):
        DrMgf(routes=1.5)
