"""What a method may do with gradients."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import torch

from gradsplit.training.fit import fit
from gradsplit.training.loop import Training
from gradsplit.training.methods.multi_head import MultiHead
from gradsplit.training.step import Backward, Losses
from tests.gradsplit.training.methods.toy_gradients import small_figures


class Assigned(MultiHead):
    """Multi-head by gradients that are computed aside and assigned, as methods may do."""

    @contextmanager
    def training(self, run: Training) -> Iterator[Backward]:
        def backward(losses: Losses) -> None:
            total = sum(loss for _, loss in losses)
            trained = list(run.network.parameters())
            for one, gradient in zip(trained, torch.autograd.grad(total, trained), strict=True):
                # Any memory layout is allowed: this is not that of a channels_last kernel.
                one.grad = gradient.contiguous()

        yield backward


def test_assigned_gradients_train_the_elements_they_belong_to() -> None:
    figures = small_figures().with_recipe(steps=3, batch_size=4)
    ours, plain = (
        fit(figures, ("pose", "parsing"), 0, method=one) for one in (Assigned(), MultiHead())
    )
    kernel = plain.network.trunk.get_submodule("layer4.0.conv1").weight
    assert not kernel.is_contiguous()
    for task in ("pose", "parsing"):
        assert ours.losses[task] == pytest.approx(plain.losses[task], rel=1e-4)
