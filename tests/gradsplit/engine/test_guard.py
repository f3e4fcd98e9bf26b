"""No gradient reaches a split parameter unmasked, or masked twice."""

import pytest
import torch

from gradsplit.engine.split import GradSplit
from gradsplit.errors import GradSplitError, NotExactError
from tests.gradsplit.engine.split_examples import (
    IDS,
    LOSSES,
    PAPER,
    SPLIT,
    TASKS,
    furthest,
    gradients,
    losses_of,
    reference,
    small_net,
)


def test_a_plain_backward_is_refused_not_passed_on_unmasked():
    model, images = small_net()
    GradSplit(model, PAPER, SPLIT)
    with pytest.raises(GradSplitError, match="it is not known whose loss"):
        sum(losses_of(model, images).values()).backward()


def test_a_plain_forward_with_the_backward_in_a_samples_block_is_refused():
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    losses = losses_of(model, images)
    with pytest.raises(GradSplitError, match="it is not known"), split.samples(IDS):
        sum(losses.values()).backward()


def test_masked_and_unmasked_contributions_together_are_refused():
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    plain = sum(losses_of(model, images).values())
    with split.samples(IDS):
        masked = sum(losses_of(model, images).values())
    with pytest.raises(GradSplitError, match="it is not known"):
        (plain + masked).backward()


def test_a_mixed_batch_is_not_masked_a_second_time():
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    with split.samples(IDS):
        loss = sum(losses_of(model, images).values())
    with pytest.raises(GradSplitError, match="is masked already"), split.task("pose"):
        loss.backward()


@pytest.mark.parametrize("tasks", [TASKS, TASKS[:1]])
@pytest.mark.parametrize("inside", [True, False])
def test_losses_of_a_mixed_batch_are_refused_by_backward(tasks, inside):
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    refused = pytest.raises(GradSplitError, match="masked already")
    with split.samples(IDS):
        losses = losses_of(model, images)
        losses = {task: losses[task] for task in tasks}
        if inside:
            with refused:
                split.backward(losses)
    if not inside:
        with refused:
            split.backward(losses)
    assert model.conv.weight.grad is None


def test_parameters_frozen_when_attached_are_masked_once_they_train():
    model, images = small_net()
    model.conv.weight.requires_grad_(False)
    split = GradSplit(model, PAPER, SPLIT)
    assert not model.conv.weight.requires_grad
    split.backward(losses_of(model, images))
    assert model.conv.weight.grad is None
    model.zero_grad()
    model.conv.weight.requires_grad_(True)
    wanted = reference(split, model, losses_of(model, images))
    split.backward(losses_of(model, images))
    assert furthest(gradients(model), wanted) < 1e-12


def test_hooks_of_others_see_the_masked_gradient_and_see_it_once():
    model, images = small_net()
    seen = []
    model.conv.weight.register_hook(lambda gradient: seen.append(gradient.clone()))
    model.heads["pose"].bias.register_hook(lambda gradient: gradient / 2)
    split = GradSplit(model, PAPER, SPLIT)
    split.backward(losses_of(model, images))
    assert len(seen) == 1
    assert torch.equal(seen[0], model.conv.weight.grad)
    halved = model.heads["pose"].bias.grad
    split.remove()
    model.zero_grad()
    losses_of(model, images)["pose"].backward()
    assert torch.allclose(model.heads["pose"].bias.grad, halved)


def test_the_split_stays_usable_after_a_refusal():
    model, batch = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    with pytest.raises(NotExactError), split.samples(IDS[:5]):
        model(batch)
    with pytest.raises(GradSplitError):
        losses_of(model, batch)["pose"].backward()
    model.zero_grad()
    with split.task("pose"):
        LOSSES["pose"](model(batch)).backward()
    found = gradients(model)
    with split.samples([TASKS.index("pose")] * 8):
        loss = LOSSES["pose"](model(batch))
    loss.backward()
    assert all(value.allclose(found[name]) for name, value in gradients(model).items())
