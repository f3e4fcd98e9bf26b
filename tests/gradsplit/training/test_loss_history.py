"""All losses of a training are kept in their order, and take no tensor each."""

import gc

import pytest
import torch
from torch import Tensor

from gradsplit import fit
from gradsplit.training.loss_history import LossHistory
from tests.gradsplit.toy_tasks import Toy


@pytest.mark.parametrize("count", [1, 49, 50, 51, 100, 230])
def test_every_loss_in_its_order(count):
    history = LossHistory()
    for loss in torch.arange(float(count)):
        history.append(loss)
        assert history.last == loss
    assert history.all().tolist() == list(range(count))
    again = LossHistory()
    again.append(torch.tensor(-1.0))
    again.extend(history.all())
    assert again.last == count - 1 and len(again) == count + 1
    again.append(torch.tensor(0.5))
    assert again.all().tolist() == [-1, *range(count), 0.5]


def test_none_yet():
    assert not LossHistory() and len(LossHistory()) == 0


def test_a_long_training_holds_as_many_tensors_as_a_short_one():
    held = {}

    def count(step, _):
        if step in (150, 450):
            gc.collect()
            held[step] = sum(type(one) is Tensor for one in gc.get_objects())

    fitted = fit(Toy().with_recipe(steps=450), ("sum", "error"), 0, on_step=count)
    assert held[450] - held[150] < 50  # of 600 losses
    assert len(fitted.losses["sum"]) == 450
