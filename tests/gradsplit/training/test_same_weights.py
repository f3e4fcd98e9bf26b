"""Seeds whose networks begin alike are no repeats: refused by `check`, said before training."""

import warnings
from dataclasses import dataclass

import pytest
import torch
from torch import nn

from gradsplit import check_taskset, probe
from gradsplit.errors import SeedNote, TaskSetError
from gradsplit.training import same_weights as module
from gradsplit.training.same_weights import same_weights
from tests.gradsplit.toy_tasks import Toy


@pytest.fixture(autouse=True)
def nobody_looked(monkeypatch):
    monkeypatch.setattr(module, "_looked", set())


@dataclass(frozen=True)
class Fixed(Toy):
    """Sets a seed of its own where trunk or heads are built."""

    of_trunk: bool = True
    of_heads: tuple[str, ...] = ("sum", "error", "class.sign")
    frozen: bool = False

    def trunk(self):
        if self.of_trunk:
            torch.manual_seed(0)
        return super().trunk().requires_grad_(not self.frozen)

    def head(self, task):
        if task in self.of_heads:
            torch.manual_seed(0)
        return super().head(task)


@dataclass(frozen=True)
class Pretrained(Fixed):
    """Heads that begin at zero, which is nobody's mistake."""

    of_heads: tuple[str, ...] = ()

    def head(self, task):
        head = super().head(task)
        nn.init.zeros_(head.weight)
        nn.init.zeros_(head.bias)
        return head


def test_networks_of_two_seeds_are_compared():
    assert same_weights(Toy()).text == ""
    found = same_weights(Fixed(of_heads=("error",)))
    assert (found.trunk, found.heads, found.others) == (True, ("error",), True)
    assert same_weights(Fixed(frozen=True, of_heads=())).text == ""
    assert same_weights(Pretrained()).heads == ()


def test_check_refuses_a_network_that_begins_alike_for_every_seed():
    with pytest.raises(TaskSetError, match=r"same weights for every seed: seeds would not be rep"):
        check_taskset(Fixed())


@pytest.mark.parametrize(
    ("taskset", "said"),
    [
        (Fixed(of_heads=()), r"`trunk\(\)` gives .* right for pretrained"),
        (Pretrained(), r"`trunk\(\)` gives .* right for pretrained"),
        (Fixed(of_trunk=False, of_heads=("sum",)), r"`head\('sum'\)`: the same weights"),
    ],
)
def test_of_trunk_or_heads_alone_check_gives_a_note(taskset, said):
    with pytest.warns(SeedNote, match=said):
        check_taskset(taskset)


def test_the_random_state_stays():
    state = torch.get_rng_state()
    same_weights(Fixed())
    assert torch.equal(torch.get_rng_state(), state)


def test_it_is_said_once_before_runs_are_trained(tmp_path):
    with pytest.warns(SeedNote, match="`toy`") as said:
        probe(Fixed(), out=tmp_path, seeds=1).run(progress=False)
        probe(Fixed(), out=tmp_path, seeds=2).run(progress=False)
    assert len([one for one in said if one.category is SeedNote]) == 1


@pytest.mark.parametrize("taskset", [Toy(), Fixed(of_heads=()), Pretrained()])
def test_nothing_is_said_of_others_and_of_a_pretrained_trunk(taskset, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        probe(taskset, out=tmp_path, seeds=1).run(progress=False)
