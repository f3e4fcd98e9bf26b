"""Running statistics of branches."""

import torch
from torch import nn

from gradsplit.training.methods.merged.running_statistics import RunningStatistics


def test_they_become_those_of_all_data_together() -> None:
    trunk = nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3, momentum=1.0), nn.GroupNorm(1, 3))
    trunk[0].requires_grad_(False)
    data = torch.randn(2, 50, 3) * torch.tensor([1.0, 3.0]).view(2, 1, 1) + 1
    statistics = RunningStatistics(trunk)
    for of_branch in data:
        trunk(of_branch)
        trunk[1].running_var.mul_(49 / 50)  # torch's is the unbiased one
        statistics.note()
    statistics.merge()
    seen = trunk[0](data.flatten(0, 1))
    torch.testing.assert_close(trunk[1].running_mean, seen.mean(0))
    torch.testing.assert_close(trunk[1].running_var, seen.var(0, unbiased=False))
    # The next branches are merged without these.
    statistics.note()
    statistics.merge()
    torch.testing.assert_close(trunk[1].running_mean, seen.mean(0))


def test_a_trunk_without_any_is_left_alone() -> None:
    statistics = RunningStatistics(nn.Linear(2, 2))
    statistics.note()
    statistics.merge()
