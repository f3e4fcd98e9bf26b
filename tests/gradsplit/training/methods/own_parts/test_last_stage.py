"""A stage for each task, and at its limit a network for each."""

import pytest
from torch import nn

from gradsplit.errors import ModuleNameError
from gradsplit.training.fit import fit
from gradsplit.training.methods.own_parts.last_stage import LastStage
from gradsplit.training.network import build_network
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
