"""Several splits on one model: nested blocks are exact, `backward` of one is refused."""

import pytest

from gradsplit.engine.split import GradSplit
from gradsplit.errors import GradSplitError
from relations.mask import GradientMask
from tests.gradsplit.engine.split_examples import (
    IDS,
    LOSSES,
    PAPER,
    TASKS,
    furthest,
    gradients,
    losses_of,
    mixed_losses,
    reference,
    small_net,
)


def two_splits():
    model, images = small_net()
    lower = GradSplit(model, PAPER, ["conv", "norm", "block"])
    upper = GradSplit(model, GradientMask.identity(TASKS), ["linear"], shares={"reid": 0.4})
    return model, images, lower, upper


def wanted_of(model, losses, lower, upper):
    with upper.unmasked(), lower.unmasked():
        of_lower, of_upper = (reference(split, model, losses) for split in (lower, upper))
    return {**of_lower, **{name: of_upper[name] for name in upper.parameters}}


@pytest.mark.parametrize("audit", [True, False])
def test_a_mixed_batch(audit):
    model, images, lower, upper = two_splits()
    wanted = wanted_of(model, mixed_losses(model(images)), lower, upper)
    with lower.samples(IDS, audit=audit), upper.samples(IDS, audit=audit):
        output = model(images)
    for split in (lower, upper):
        split.audit(mixed_losses(output))
    sum(mixed_losses(output).values()).backward()
    assert furthest(gradients(model), wanted) < 1e-12


def test_one_task_at_a_time():
    model, images, lower, upper = two_splits()
    wanted = wanted_of(model, losses_of(model, images), lower, upper)
    for task in TASKS:
        with lower.task(task), upper.task(task):
            LOSSES[task](model(images)).backward()
    assert furthest(gradients(model), wanted) < 1e-12


def test_the_same_images_one_task_at_a_time_on_one_forward_pass():
    """What takes the place of `backward`, at the price of a backward pass a task."""
    model, images, lower, upper = two_splits()
    wanted = wanted_of(model, losses_of(model, images), lower, upper)
    for task, loss in losses_of(model, images).items():
        with lower.task(task), upper.task(task):
            loss.backward(retain_graph=True)
    assert furthest(gradients(model), wanted) < 1e-12


def test_backward_of_one_split_alone_is_refused():
    model, images, lower, upper = two_splits()
    for split, other in ((lower, "linear"), (upper, "conv|norm|block")):
        with pytest.raises(GradSplitError, match=rf"split parameter `({other})\."):
            split.backward(losses_of(model, images))
        model.zero_grad()
