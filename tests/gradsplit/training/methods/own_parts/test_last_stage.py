"""A stage for each task, and at its limit a network for each."""

import copy

import pytest
import torch
from torch import nn

from gradsplit.errors import ModuleNameError
from gradsplit.training.fit import fit
from gradsplit.training.methods.own_parts.last_stage import LastStage
from gradsplit.training.methods.own_parts.per_task import PerTask, PerTaskNetwork
from gradsplit.training.network import MultiTaskNetwork, build_network
from tests.gradsplit.toy_tasks import Toy
from tests.gradsplit.training.methods.toy_gradients import TASKS


def test_a_trunk_of_their_own_for_all_is_single_task_training() -> None:
    apart = fit(Toy(), TASKS, 3, method=LastStage(("0", "last"))).scores
    for task in TASKS:
        assert apart[task] == pytest.approx(fit(Toy(), (task,), 3).scores[task], abs=1e-12)


def test_last_stage_copies_the_split_modules_only() -> None:
    def sizes(network: nn.Module) -> int:
        return sum(one.numel() for one in network.parameters())

    shared = build_network(Toy(), TASKS, 0)
    copied = LastStage().network(Toy(), TASKS, 0)
    last = sizes(shared.trunk.get_submodule("last"))
    assert sizes(copied) == sizes(shared) + 2 * last
    assert copied.task_specific == ("last",)
    with pytest.raises(ModuleNameError):
        LastStage(()).network(Toy(), TASKS, 0)


def test_a_norm_of_each_task_is_still_a_norm_to_torchs_transformer() -> None:
    """Which asks it for its `eps`."""
    layer = nn.TransformerEncoderLayer(4, 2, 8, dropout=0.0, batch_first=True)
    shared = MultiTaskNetwork(layer, {task: nn.Identity() for task in ("pose", "reid")}).eval()
    inputs = torch.randn(2, 3, 4)
    wanted = shared(inputs, "reid")
    network = PerTaskNetwork(shared, ["norm1", "norm2"], copy.deepcopy).eval()
    assert torch.equal(network(inputs, "reid"), wanted)
    with torch.no_grad():
        layer.norm1.by_task["pose"].weight.zero_()
        torch.testing.assert_close(network(inputs, "reid"), wanted)
        assert not torch.allclose(network(inputs, "pose"), wanted)
    assert copy.deepcopy(network).trunk.norm1.eps == 1e-5
    with pytest.raises(AttributeError, match="nothing_like_it"):
        _ = layer.norm1.nothing_like_it


def test_a_part_of_each_task_is_copied_whole_whatever_is_in_it() -> None:
    """A layer with parametrizations has a way of copying of its own, which is not the part's."""
    layer = nn.utils.parametrizations.weight_norm(nn.Linear(2, 2))
    part = PerTask({"pose": layer, "reid": copy.deepcopy(layer)})
    copied = copy.deepcopy(part)
    assert isinstance(copied, PerTask) and list(copied.by_task) == ["pose", "reid"]
    assert torch.equal(copied(torch.ones(1, 2)), part(torch.ones(1, 2)))
