"""Low-rank changes for each task: at first none, and in the end part of the weights."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from gradsplit.errors import GradSplitError, ModuleNameError
from gradsplit.training.fit import fit
from gradsplit.training.methods.own_parts.last_stage import LastStage
from gradsplit.training.methods.own_parts.lora_stage import LoraStage
from gradsplit.training.methods.own_parts.low_rank import LowRankNetwork
from gradsplit.training.model_size import count
from gradsplit.training.network import MultiTaskNetwork, build_network
from tests.gradsplit.toy_tasks import Toy
from tests.gradsplit.training.methods.toy_gradients import TASKS, small_figures


def size(network: nn.Module) -> int:
    return sum(one.numel() for one in network.parameters())


def moved(network: MultiTaskNetwork) -> MultiTaskNetwork:
    """With changes that are not zero any more."""
    with torch.no_grad():
        for name, one in network.named_parameters():
            if ".up." in name:
                one.copy_(torch.randn_like(one))
    return network


def vit() -> nn.Module:
    transformers = pytest.importorskip("transformers", reason="needs the package transformers")
    config = transformers.ViTConfig(
        hidden_size=12, num_hidden_layers=2, num_attention_heads=2, intermediate_size=16,
        image_size=8, patch_size=4, hidden_dropout_prob=0.0,
    )  # fmt: skip

    class Features(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.vit = transformers.ViTModel(config, add_pooling_layer=False)

        def forward(self, images: Tensor) -> Tensor:
            return self.vit(images).last_hidden_state[:, 0]

    return Features().double()


def encoder() -> nn.Module:
    """Torch's own attention, whose projections are no layers, on pieces of a row of pixels."""
    layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
    pieces = nn.Sequential(nn.Flatten(), nn.Unflatten(1, (24, 8)))
    return nn.Sequential(pieces, nn.TransformerEncoder(layer, 1), nn.Flatten()).double()


def convolutions() -> nn.Module:
    plain, grouped = nn.Conv2d(3, 6, 3, stride=2), nn.Conv2d(6, 4, (1, 3), groups=2)
    return nn.Sequential(plain, nn.ReLU(), grouped, nn.Flatten()).double()


TRUNKS = {
    "vit": (vit, ["vit.layers.1"], 6),
    "torch's encoder": (encoder, ["1"], 4),
    "convolutions": (convolutions, [""], 2),
}


@pytest.mark.parametrize("name", TRUNKS)
def test_nothing_is_changed_at_first_and_merging_changes_nothing(name: str) -> None:
    build, modules, changed = TRUNKS[name]
    torch.manual_seed(0)
    shared = MultiTaskNetwork(build(), {"pose": nn.Identity(), "re.id": nn.Identity()})
    inputs = torch.randn(5, 3, 8, 8, dtype=torch.float64)
    wanted = shared.eval()(inputs, "pose")
    network = LowRankNetwork(shared, modules, 2, seed=0).eval()
    assert len(network._parts) == changed
    for task in network.tasks:
        assert torch.equal(network(inputs, task), wanted)
    moved(network)
    outputs = {task: network(inputs, task) for task in network.tasks}
    assert not torch.allclose(outputs["pose"], outputs["re.id"])
    for task, output in outputs.items():
        merged = network.for_use(task)
        assert type(merged) is MultiTaskNetwork and merged.tasks == (task,)
        assert not any("parametrizations" in key for key in merged.state_dict())
        assert torch.equal(merged(inputs, task), output)
        assert torch.equal(network(inputs, task), output)


def test_the_change_of_a_convolution_is_two_convolutions() -> None:
    """A narrow one with the kernel and a 1x1, the form in which it is usually written."""
    shared = MultiTaskNetwork(nn.Sequential(nn.Conv2d(3, 6, 3)).double(), {"a": nn.Identity()})
    network = moved(LowRankNetwork(shared, ["0"], 2, seed=0))
    inputs = torch.randn(2, 3, 7, 5, dtype=torch.float64)
    (change,) = network._parts
    layer = network.trunk[0].parametrizations["weight"]
    narrow = torch.conv2d(inputs, change.down["a"].view(2, 3, 3, 3))
    wanted = torch.conv2d(inputs, layer.original, network.trunk[0].bias)
    wanted = wanted + torch.conv2d(narrow, change.up["a"][:, :, None, None])
    torch.testing.assert_close(network(inputs, "a"), wanted, rtol=0, atol=1e-12)


def test_a_loss_trains_the_shared_weights_and_its_own_changes() -> None:
    network = moved(LoraStage(2).network(Toy(), TASKS, 0))
    network(torch.randn(4, 5, dtype=torch.float64), "error").sum().backward()
    got = {name for name, one in network.named_parameters() if one.grad is not None}
    own = {f"trunk.last.parametrizations.weight.0.{part}.error" for part in ("up", "down")}
    assert {name for name in got if ".parametrizations.weight.0." in name} == own
    assert "trunk.last.parametrizations.weight.original" in got


def test_frozen_and_with_all_of_the_rank_it_is_isolated_as_a_last_stage_is() -> None:
    """No task's last stage feels the others: with the rest of the trunk frozen too, tasks train
    together as they do alone."""

    class FrozenFirst(Toy):
        def trunk(self) -> nn.Module:
            trunk = super().trunk()
            trunk[0].requires_grad_(False)
            return trunk

    method = LoraStage(rank=8, freeze=True)
    together = fit(FrozenFirst(), TASKS, 3, method=method)
    for task in TASKS:
        alone = fit(FrozenFirst(), (task,), 3, method=method).scores[task]
        assert together.scores[task] == pytest.approx(alone, abs=1e-12)
    fresh = build_network(Toy(), TASKS, 3).trunk[2]
    layer = together.network.trunk[2]
    assert torch.equal(layer.parametrizations["weight"].original, fresh.weight)
    assert torch.equal(layer.bias, fresh.bias)


def test_parameters_are_rank_times_both_sides_for_each_task() -> None:
    wide = replace(Toy(), width=20)
    shared = size(build_network(wide, TASKS, 0))
    assert size(LoraStage(3).network(wide, TASKS, 0)) == shared + 3 * (20 + 20) * len(TASKS)
    assert size(LoraStage(50).network(wide, TASKS, 0)) == shared + 20 * (20 + 20) * len(TASKS)


def test_operations_are_those_of_the_merged_network() -> None:
    figures, image = small_figures(), torch.zeros(1, 3, 16, 8)
    tasks = figures.task_names
    ours, copied = (m.network(figures, tasks, 0) for m in (LoraStage(), LastStage()))
    assert count(ours, image).flops == count(copied, image).flops
    assert ours.task_specific[0].startswith("layer4.")


def test_a_tasks_changes_do_not_depend_on_the_others() -> None:
    both, alone = (
        LoraStage(2).network(Toy(), tasks, 5)._parts[0].down["error"]
        for tasks in (("sum", "error"), ("error",))
    )
    assert torch.equal(both, alone)
    assert not torch.equal(both, LoraStage(2).network(Toy(), TASKS, 6)._parts[0].down["error"])


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(GradSplitError, match="`rank` must be a whole number of at least 1, got 0"):
        LoraStage(0)
    with pytest.raises(ModuleNameError, match="no linear layer, convolution or attention in 1"):
        LoraStage(modules=("1",)).network(Toy(), TASKS, 0)
    with pytest.raises(ModuleNameError, match="no module `nowhere`"):
        LoraStage(modules=("nowhere",)).network(Toy(), TASKS, 0)
