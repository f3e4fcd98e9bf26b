"""What two processes check of `fully_shard`: when it is applied, and what is refused."""

import copy
from functools import partial

import pytest
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard

from gradsplit.engine.reference import check_exact
from gradsplit.engine.split import GradSplit
from gradsplit.errors import GradSplitError, NotExactError
from relations.mask import GradientMask
from tests.gradsplit.engine.split_examples import LOSSES, PAPER, SPLIT, TASKS, furthest
from tests.gradsplit.engine.tools.joint import (
    IDS,
    REGIMES,
    assert_as_by_reference,
    average_unwrapped,
    images,
    losses,
    net,
    own,
    propagate,
    trained,
    whole,
)
from tests.gradsplit.engine.tools.sharded_checks import sharded
from tests.gradsplit.engine.tools.two_processes import Checks

CHECKS = Checks()


@CHECKS.named("sharded after attaching")
def sharding_after_attaching_is_noticed() -> None:
    core = net()
    split = GradSplit(core, PAPER, SPLIT)
    sharded(core=core)
    with (
        pytest.raises(GradSplitError, match="after loading, sharding"),
        split.task("pose"),
    ):
        pass
    with pytest.raises(GradSplitError, match="sharding"), split.samples(own(IDS)):
        pass
    with pytest.raises(GradSplitError, match="sharding"):
        split.backward(losses(core(own(images())), "backward", own(IDS)))
    split.remove()
    split = GradSplit(core, PAPER, SPLIT)
    step = partial(propagate, core, split, "samples", own(images()), own(IDS))
    assert_as_by_reference(trained(core, step), "samples")


@CHECKS.named("attached after a step")
def attaching_between_steps() -> None:
    """Parameters may lie whole in the model at that time."""
    core = sharded(reshard_after_forward=False)
    core(own(images()))
    split = GradSplit(core, PAPER, SPLIT)
    step = partial(propagate, core, split, "backward", own(images()), own(IDS))
    assert_as_by_reference(trained(core, step), "backward")


@CHECKS.named("another mask")
def another_mask() -> None:
    core = sharded()
    split = GradSplit(core, GradientMask.full(list(TASKS)), SPLIT)
    core(own(images()))["pose"].sum().backward()
    core.zero_grad()
    split.set_mask(PAPER)
    step = partial(propagate, core, split, "task", own(images()), own(IDS))
    assert_as_by_reference(trained(core, step), "task")


@CHECKS.named("a parameter that is frozen at first")
def unfrozen_later() -> None:
    core = net()
    core.block.weight.requires_grad_(False)
    split = GradSplit(sharded(core=core), PAPER, SPLIT)
    for regime in REGIMES:
        propagate(core, split, regime, own(images()), own(IDS))
        assert core.block.weight.grad is None
    core.zero_grad()
    core.block.weight.requires_grad_(True)
    step = partial(propagate, core, split, "samples", own(images()), own(IDS))
    assert_as_by_reference(trained(core, step), "samples")


@CHECKS.named("public parameters")
def the_parameters_are_those_of_the_model() -> None:
    core = sharded()
    split = GradSplit(core, PAPER, SPLIT)
    for name, parameter in split.parameters.items():
        assert parameter is core.get_parameter(name)
    assert "conv" in split.table()
    split.remove()
    assert all(not p._backward_hooks for p in core.parameters())
    GradSplit(core, PAPER, SPLIT)
    with pytest.raises(GradSplitError, match="are split already"):
        GradSplit(core, PAPER, SPLIT)


@CHECKS.named("refused")
def what_is_refused_says_so() -> None:
    core = sharded()
    batch, ids = own(images()), own(IDS)
    with pytest.raises(NotExactError, match="mode='feature'"):
        GradSplit(core, PAPER, SPLIT, mode="feature")
    split = GradSplit(core, PAPER, SPLIT)
    with pytest.raises(NotExactError, match="cannot be audited"), split.samples(ids, audit=True):
        pass
    with split.samples(ids):
        output = core(batch)
    with pytest.raises(NotExactError, match="cannot be audited"):
        split.audit(losses(output, "samples", ids))
    with pytest.raises(GradSplitError, match="before fully_shard"):
        check_exact(core, PAPER, batch, LOSSES, SPLIT)
    with pytest.raises(GradSplitError, match="before fully_shard"):
        copy.deepcopy(split)


@CHECKS.named("a plain backward pass")
def an_unmasked_gradient_does_not_pass() -> None:
    core = sharded("whole")
    split = GradSplit(core, PAPER, SPLIT)
    with pytest.raises(GradSplitError, match="not known whose loss"):
        core(own(images()))["pose"].sum().backward()
    split.remove()


def heads_of_their_own(regime: str) -> None:
    """Sharded heads that are no part of the model that is split, over several steps."""
    trunk, plain = net(), net()
    heads = trunk.heads
    del trunk.heads
    mesh = init_device_mesh("cpu", (2,))
    for head in heads.values():
        fully_shard(head, mesh=mesh)
    split, reference = GradSplit(trunk, PAPER, SPLIT), GradSplit(plain, PAPER, SPLIT)

    def outputs(batch):
        features = trunk.features(batch)
        return {task: head(features) for task, head in heads.items()}

    for _ in range(3):
        propagate(outputs, split, regime, own(images()), own(IDS))
        propagate(plain, reference, regime, images(), IDS)
    average_unwrapped(trunk)
    found = {name: p.grad for name, p in trunk.named_parameters()}
    found |= {f"heads.{name}": whole(p.grad) for name, p in heads.named_parameters()}
    wanted = {name: p.grad for name, p in plain.named_parameters()}
    assert furthest(found, wanted) < 1e-12


for regime in ("samples", "backward"):
    CHECKS[f"sharded heads outside of the model, {regime}"] = partial(heads_of_their_own, regime)


@CHECKS.named("audits beside sharded heads")
def audits_leave_sharded_parts_out() -> None:
    trunk = net()
    heads = trunk.heads
    del trunk.heads
    fully_shard(heads.pose, mesh=init_device_mesh("cpu", (2,)))
    split = GradSplit(trunk, PAPER, SPLIT)
    with split.samples(own(IDS)):
        output = heads.pose(trunk.features(own(images())))
    with pytest.raises(NotExactError, match="cannot be audited"):
        split.audit({"pose": output.sum()})
    with (
        pytest.raises(NotExactError, match="cannot be audited"),
        split.samples(own(IDS), audit=True),
    ):
        heads.pose(trunk.features(own(images())))
    with split.samples(own(IDS), audit=True):  # up to where the sharded part begins
        features = trunk.features(own(images()))
    heads.pose(features).sum().backward()
