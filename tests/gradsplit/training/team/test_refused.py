"""What a team does not train is said before any training."""

from dataclasses import dataclass
from typing import ClassVar

import pytest
import torch
from torch import nn

from gradsplit.errors import GradSplitError
from gradsplit.training.methods.balancing.equal_norm import EqualNorm
from gradsplit.training.methods.balancing.gradnorm import GradNorm
from gradsplit.training.methods.multi_head import MultiHead
from gradsplit.training.team.refused import check_method, for_team
from gradsplit.training.team.team import Team

CPU = Team(0, 2, torch.device("cpu"))
GPU = Team(0, 2, torch.device("cuda:0"), sync_batch_norm=True)


@dataclass(frozen=True)
class Mine(MultiHead):
    """Of one's own: what it is derived from says nothing for it."""

    name: ClassVar[str] = "mine"


def test_methods_that_say_so_pass():
    check_method(EqualNorm())


@pytest.mark.parametrize("method", [GradNorm(), Mine(), EqualNorm(of=GradNorm())])
def test_the_others_are_named(method):
    name = "mine" if isinstance(method, Mine) else "gradnorm"
    with pytest.raises(GradSplitError, match=f"^`{name}` cannot be trained by several"):
        check_method(method)


def test_batch_norm_is_refused_with_its_names_and_the_ways_out():
    network = nn.Sequential(*(nn.BatchNorm1d(2) for _ in range(5)))
    with pytest.raises(GradSplitError, match=r"\(`0`, `1`, `2`, \.\.\.\).*--sync-batch-norm"):
        for_team(network, CPU)


def test_it_is_synchronised_on_gpus_where_that_is_asked():
    network = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    names = list(network.state_dict())
    synchronised = for_team(network, GPU)
    assert type(synchronised[1]) is nn.SyncBatchNorm
    assert list(synchronised.state_dict()) == names


def test_a_norm_that_does_more_is_not_taken_apart():
    class WithReLU(nn.BatchNorm1d):
        def forward(self, input):
            return super().forward(input).relu()

    with pytest.raises(GradSplitError, match="`0` is a WithReLU, of which synchronising leaves"):
        for_team(nn.Sequential(WithReLU(2)), GPU)


def test_kept_statistics_do_no_harm():
    class Kept(nn.BatchNorm1d):
        def train(self, mode=True):
            return super().train(False)

    network = nn.Sequential(Kept(2))
    assert for_team(network, CPU) is network
