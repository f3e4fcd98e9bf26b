"""Accelerate: its `prepare`, `accumulate` and `backward`, on one process."""

import pytest
import torch

from gradsplit.engine.split import GradSplit
from tests.gradsplit.engine.split_examples import (
    IDS,
    LOSSES,
    PAPER,
    SPLIT,
    TASKS,
    furthest,
    losses_of,
    mixed_losses,
    reference,
    small_net,
)

accelerate = pytest.importorskip("accelerate", reason="needs accelerate")
pytestmark = pytest.mark.filterwarnings("ignore")
RATE = 0.01


@pytest.fixture
def accelerator():
    accelerate.state.AcceleratorState._reset_state(reset_partial_state=True)
    yield accelerate.Accelerator(cpu=True, gradient_accumulation_steps=2)
    accelerate.state.AcceleratorState._reset_state(reset_partial_state=True)


def propagate(accelerator, split, model, images, regime):
    if regime == "task":
        for task in TASKS:
            with split.task(task):
                accelerator.backward(LOSSES[task](model(images)))
    elif regime == "samples":
        with split.samples(IDS):
            output = model(images)
        accelerator.backward(sum(mixed_losses(output).values()))
    else:
        # What `accelerator.backward` does to a loss.
        steps = accelerator.gradient_accumulation_steps
        losses = {task: loss / steps for task, loss in losses_of(model, images).items()}
        split.backward(losses)


@pytest.mark.parametrize("regime", ["task", "samples", "backward"])
def test_accumulated_steps(accelerator, regime):
    core, images = small_net()
    split = GradSplit(core, PAPER, SPLIT)
    model, optimizer = accelerator.prepare(core, torch.optim.SGD(core.parameters(), RATE))
    losses = mixed_losses(core(images)) if regime == "samples" else losses_of(core, images)
    gradients = reference(split, core, losses)
    wanted = {name: p.detach() - RATE * gradients[name] for name, p in core.named_parameters()}
    for _ in range(accelerator.gradient_accumulation_steps):
        with accelerator.accumulate(model):
            propagate(accelerator, split, model, images, regime)
            optimizer.step()
            optimizer.zero_grad()
    assert furthest(dict(core.named_parameters()), wanted) < 1e-12
