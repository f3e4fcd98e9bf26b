"""Averages of weights over the steps of a training."""

import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from gradsplit.engine.split import GradSplit
from tests.gradsplit.engine.split_examples import PAPER, SPLIT, losses_of, small_net


def test_an_average_follows_the_split_model_and_is_not_split():
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.9))
    optimizer = torch.optim.SGD(model.parameters(), 0.01)
    wanted = [value.detach().clone() for value in model.parameters()]
    for step in range(3):
        optimizer.zero_grad()
        split.backward(losses_of(model, images))
        optimizer.step()
        average.update_parameters(model)
        now = list(model.parameters())
        share = 0.9 if step else 0.0
        wanted = [share * w + (1 - share) * p.detach() for w, p in zip(wanted, now, strict=True)]
    for value, of_average in zip(wanted, average.module.parameters(), strict=True):
        assert torch.allclose(of_average, value, rtol=1e-12)
    average.module(images)["pose"].sum().backward()
