"""A loss of no task, such as a penalty on weights, beside those of the tasks."""

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
    mixed_losses,
    reference,
    small_net,
)

ANCHOR = 0.3


def weight_decay(model, images):
    return sum(parameter.square().sum() for parameter in model.parameters())


def to_an_anchor(model, images):
    """Elastic weight consolidation of split layers only."""
    return (model.conv.weight - ANCHOR).square().sum() + model.linear.bias.square().sum()


def orthogonality(model, images):
    weight = model.linear.weight
    return (weight @ weight.T - torch.eye(7).double()).square().sum()


def of_features(model, images):
    """A penalty on activations, from a pass of its own."""
    return model.features(images).abs().mean()


def of_heads(model, images):
    return model.heads["pose"].weight.square().sum()


PENALTIES = [weight_decay, to_an_anchor, orthogonality, of_features, of_heads]


def wanted_with(split, model, losses, penalty):
    wanted = reference(split, model, losses)
    parameters = dict(model.named_parameters())
    with split.unmasked():
        plain = torch.autograd.grad(
            penalty, list(parameters.values()), allow_unused=True, retain_graph=True
        )
    for (name, _), gradient in zip(parameters.items(), plain, strict=True):
        wanted[name] = wanted[name] + (0 if gradient is None else gradient)
    return wanted


@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("tasks", [TASKS, TASKS[:1], TASKS[2:3], ()])
def test_a_penalty_updates_everything(penalty, tasks):
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    losses = {task: loss for task, loss in losses_of(model, images).items() if task in tasks}
    wanted = wanted_with(split, model, losses, penalty(model, images))
    seen = []
    model.linear.weight.register_post_accumulate_grad_hook(seen.append)
    split.backward(losses, shared=penalty(model, images))
    assert furthest(gradients(model), wanted) < 1e-12
    assert len(seen) <= 1


def test_a_penalty_on_the_same_features():
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    features = model.features(images)
    losses = {task: model.heads[task](features).square().sum() for task in TASKS}
    penalty = features.abs().sum()
    wanted = wanted_with(split, model, losses, penalty)
    split.backward(losses, shared=penalty)
    assert furthest(gradients(model), wanted) < 1e-12


@pytest.mark.parametrize("regime", ["task", "samples"])
def test_a_penalty_beside_the_other_regimes(regime):
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    make = mixed_losses if regime == "samples" else lambda output: {"reid": LOSSES["reid"](output)}
    wanted = wanted_with(split, model, make(model(images)), weight_decay(model, images))
    if regime == "task":
        with split.task("reid"):
            make(model(images))["reid"].backward()
    else:
        with split.samples(IDS):
            output = model(images)
        sum(make(output).values()).backward()
    split.backward({}, shared=weight_decay(model, images))
    assert furthest(gradients(model), wanted) < 1e-12


@pytest.mark.parametrize("penalty", [weight_decay, to_an_anchor, orthogonality])
def test_a_penalty_inside_a_mixed_batch_is_told_where_it_goes(penalty):
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    way_out = r"split\.backward\(\{\}, shared=penalty\)"
    with pytest.raises(NotExactError, match=way_out), split.samples(IDS):
        sum(mixed_losses(model(images)).values()) + penalty(model, images)
    with pytest.raises(NotExactError, match=way_out), split.samples(IDS):
        penalty(model, images).backward()
    with split.samples(IDS):
        loss = sum(mixed_losses(model(images)).values())
    with pytest.raises(GradSplitError, match=way_out):
        (loss + penalty(model, images)).backward()


def test_a_penalty_without_effect_is_refused_by_name():
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    with pytest.raises(GradSplitError, match="of `shared` depends on no trainable parameter"):
        split.backward(losses_of(model, images), shared=torch.zeros(()))
    with pytest.raises(GradSplitError, match="No losses were given"):
        split.backward({})
