"""What two processes check of DistributedDataParallel; see `two_processes`."""

from functools import partial

import pytest
import torch
from torch.nn.parallel import DistributedDataParallel

from gradsplit.engine.split import GradSplit
from gradsplit.errors import GradSplitError, NotExactError
from tests.gradsplit.engine.split_examples import PAPER, SPLIT, TASKS
from tests.gradsplit.engine.tools.joint import (
    IDS,
    REGIMES,
    assert_as_by_reference,
    images,
    losses,
    net,
    own,
    propagate,
    propagate_other_tasks,
    trained_alone,
)
from tests.gradsplit.engine.tools.two_processes import Checks

CHECKS = Checks()

UNUSED = {"find_unused_parameters": True}
VIEW = {"gradient_as_bucket_view": True}
STATIC = {"static_graph": True}
OPTIONS = {
    "default": {},
    "find_unused_parameters": UNUSED,
    "gradient_as_bucket_view": VIEW,
    "both": {**UNUSED, **VIEW},
    "static_graph": STATIC,
    "static_graph and gradient_as_bucket_view": {**STATIC, **VIEW},
}


def trains_as_the_reference(regime: str, options: dict[str, bool]) -> None:
    core = net()
    model = DistributedDataParallel(core, **options)
    split = GradSplit(core, PAPER, SPLIT)
    step = partial(propagate, model, split, regime, own(images()), own(IDS))
    assert_as_by_reference(trained_alone(core, step), regime)


for name, options in OPTIONS.items():
    for regime in REGIMES:
        # A pass of one task leaves the heads of the others without gradients.
        heads_left_out = regime == "task" and "find_unused_parameters" not in options
        if not heads_left_out and not (regime == "backward" and "static_graph" in options):
            CHECKS[f"{name}, {regime}"] = partial(trains_as_the_reference, regime, options)


def accumulates_without_communication(regime: str) -> None:
    """Two equal half steps, the first inside `no_sync`."""
    core = net()
    model = DistributedDataParallel(core, find_unused_parameters=regime == "task")
    split = GradSplit(core, PAPER, SPLIT)

    def step() -> None:
        batch, ids = own(images()), own(IDS)
        with model.no_sync():
            propagate(model, split, regime, batch, ids, scale=0.5)
        propagate(model, split, regime, batch, ids, scale=0.5)

    assert_as_by_reference(trained_alone(core, step), regime)


for regime in REGIMES:
    CHECKS[f"no_sync, {regime}"] = partial(accumulates_without_communication, regime)


@CHECKS.named("static_graph, backward")
def one_forward_of_several_tasks_is_refused() -> None:
    model = DistributedDataParallel(net(), static_graph=True)
    split = GradSplit(model.module, PAPER, SPLIT)
    with pytest.raises(NotExactError, match="static_graph=True"):
        split.backward(losses(model(own(images())), "backward", IDS))


@CHECKS.named("static_graph, task")
def a_pass_of_one_task_is_refused_by_torch() -> None:
    """Because it leaves out the heads of the others."""
    model = DistributedDataParallel(net(), static_graph=True)
    split = GradSplit(model.module, PAPER, SPLIT)
    with pytest.raises(RuntimeError):
        for _ in range(2):
            propagate(model, split, "task", own(images()), own(IDS))


@CHECKS.named("static_graph, task without heads")
def one_task_a_step_with_a_static_graph() -> None:
    """All parameters take part in every pass."""
    core, plain = net().linear, net().linear
    model = DistributedDataParallel(core, static_graph=True)
    batch = torch.randn(8, core.in_features, dtype=torch.float64)
    for network, samples in ((model, own(batch)), (plain, batch)):
        split = GradSplit(network, PAPER, ["module"] if network is model else [""])
        for task in TASKS:
            with split.task(task):
                network(samples).square().mean().backward()
    assert torch.allclose(core.weight.grad, plain.weight.grad, rtol=1e-12)


@CHECKS.named("attached to the wrapped model")
def names_begin_with_module() -> None:
    core = net()
    model = DistributedDataParallel(core)
    split = GradSplit(model, PAPER, [f"module.{name}" for name in SPLIT])
    step = partial(propagate, model, split, "backward", own(images()), own(IDS))
    assert_as_by_reference(trained_alone(core, step), "backward")


@CHECKS.named("attached before wrapping")
def wrapping_after_attaching() -> None:
    core = net()
    split = GradSplit(core, PAPER, SPLIT)
    model = DistributedDataParallel(core)
    step = partial(propagate, model, split, "samples", own(images()), own(IDS))
    assert_as_by_reference(trained_alone(core, step), "samples")


@CHECKS.named("processes with other tasks")
def mixed_batches_of_other_tasks() -> None:
    """One process has the first two tasks alone, the other one the last two."""
    core = net()
    model = DistributedDataParallel(core)
    split = GradSplit(core, PAPER, SPLIT)
    step = partial(propagate_other_tasks, model, split)
    assert_as_by_reference(trained_alone(core, step), "samples")


@CHECKS.named("a forward pass a task")
def losses_of_separate_forward_passes() -> None:
    """As with one batch a task in every framework; gradients are averaged in each pass."""
    core = net()
    model = DistributedDataParallel(core, find_unused_parameters=True)
    split = GradSplit(core, PAPER, SPLIT)

    def step() -> None:
        batch, ids = own(images()), own(IDS)
        for index, task in enumerate(TASKS):
            split.backward({task: model(batch[ids == index])[task].square().mean()})

    assert_as_by_reference(trained_alone(core, step), "task")


@CHECKS.named("a plain backward pass")
def an_unmasked_gradient_does_not_pass() -> None:
    core = net()
    model = DistributedDataParallel(core)
    split = GradSplit(core, PAPER, SPLIT)
    with pytest.raises(GradSplitError, match="not known whose loss"):
        sum(losses(model(own(images())), "backward", IDS).values()).backward()
    split.remove()
