"""Low-rank adapters: the frozen weights stay, each adapter is a layer with channels of its own."""

import pytest
from torch import nn

from gradsplit.engine.reference import check_exact
from gradsplit.engine.split import GradSplit
from gradsplit.errors import GradSplitError
from tests.gradsplit.engine.split_examples import IDS, LOSSES, PAPER, SPLIT, TASKS, small_net


class Adapted(nn.Module):
    """A layer and a low-rank addition to it."""

    def __init__(self, layer: nn.Linear, rank: int) -> None:
        super().__init__()
        self.layer = layer.requires_grad_(False)
        self.down = nn.Linear(layer.in_features, rank, bias=False, dtype=layer.weight.dtype)
        self.up = nn.Linear(rank, layer.out_features, bias=False, dtype=layer.weight.dtype)

    def forward(self, x):
        return self.layer(x) + self.up(self.down(x))


def test_adapters_put_in_before_attaching_are_exact():
    model, images = small_net()
    model.linear = Adapted(model.linear, rank=4)
    assert check_exact(model, PAPER, images, LOSSES, SPLIT, task_ids=IDS).exact


def test_adapters_put_in_afterwards_are_noticed():
    model, _ = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    model.linear = Adapted(model.linear, rank=4)
    with pytest.raises(GradSplitError, match="were replaced"), split.task("pose"):
        pass


@pytest.mark.filterwarnings("ignore")
def test_peft():
    peft = pytest.importorskip("peft", reason="needs peft")
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    settings = peft.LoraConfig(r=4, target_modules=["linear"], init_lora_weights=False)
    adapted = peft.get_peft_model(model, settings).double()
    with pytest.raises(GradSplitError, match="were replaced"), split.task("pose"):
        pass
    split.remove()
    for task in TASKS:
        for parameter in model.heads[task].parameters():
            parameter.requires_grad_(True)
    modules = [f"base_model.model.{name}" for name in SPLIT]
    assert check_exact(adapted, PAPER, images, LOSSES, modules, task_ids=IDS).exact
    split = GradSplit(adapted, PAPER, modules)
    assert any("lora_A" in name for name in split.parameters)
