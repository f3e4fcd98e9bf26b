"""What two processes check of `fully_shard`; see `two_processes`."""

import tempfile
from functools import partial
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard

from gradsplit.engine.split import GradSplit
from gradsplit.errors import NotExactError
from tests.gradsplit.engine.split_examples import PAPER, SPLIT, TASKS, SmallNet, furthest
from tests.gradsplit.engine.tools.joint import (
    IDS,
    REGIMES,
    assert_as_by_reference,
    images,
    losses,
    net,
    own,
    parameters,
    propagate,
    propagate_other_tasks,
    trained,
    whole,
)
from tests.gradsplit.engine.tools.two_processes import Checks

CHECKS = Checks()

LAYOUTS: dict[str, list[str]] = {
    "whole": [""],
    "each part": ["stem", "conv", "norm", "block", "linear", "heads.pose", ""],
    "split only": ["block", "conv"],
    "heads only": [f"heads.{task}" for task in TASKS],
}


def sharded(layout: str = "each part", core: SmallNet | None = None, **options) -> SmallNet:
    core = core or net()
    mesh = options.pop("mesh", None) or init_device_mesh("cpu", (dist.get_world_size(),))
    for name in LAYOUTS[layout]:
        fully_shard(core.get_submodule(name), mesh=mesh, **options)
    return core


def trains_as_the_reference(regime: str, layout: str = "each part", **options) -> None:
    core = sharded(layout, **options)
    split = GradSplit(core, PAPER, SPLIT)
    step = partial(propagate, core, split, regime, own(images()), own(IDS))
    assert_as_by_reference(trained(core, step), regime)


for layout in LAYOUTS:
    for regime in REGIMES:
        # Plain fully_shard loses gradients of heads that are not called under a common root.
        if (layout, regime) != ("heads only", "task"):
            CHECKS[f"{layout}, {regime}"] = partial(trains_as_the_reference, regime, layout)
for regime in REGIMES:
    CHECKS[f"not resharded after forward, {regime}"] = partial(
        trains_as_the_reference, regime, reshard_after_forward=False
    )


def accumulates_without_communication(regime: str) -> None:
    """Two equal half steps, the first without `set_requires_gradient_sync`."""
    core = sharded()
    split = GradSplit(core, PAPER, SPLIT)

    def step() -> None:
        for last in (False, True):
            core.set_requires_gradient_sync(last)  # type: ignore[operator]
            propagate(core, split, regime, own(images()), own(IDS), scale=0.5)

    assert_as_by_reference(trained(core, step), regime)


def mixed_precision(regime: str) -> None:
    """The masked gradients of the same computation in bfloat16, a pass a task and select."""
    policy = MixedPrecisionPolicy(param_dtype=torch.bfloat16, reduce_dtype=torch.float32)
    core = sharded(core=net().float(), mp_policy=policy)
    split = GradSplit(core, PAPER, SPLIT)
    batch, ids = own(images()).float(), own(IDS)
    propagate(core, split, regime, batch, ids)
    found = {name: whole(p.grad) for name, p in core.named_parameters() if p.grad is not None}
    owners = {entry.name: entry.owner for entry in split.entries}
    wanted = {name: torch.zeros_like(gradient) for name, gradient in found.items()}
    for task, row in zip(split.tasks, split.may_update, strict=True):
        core.zero_grad()
        with split.unmasked():
            losses(core(batch), regime, ids)[task].backward()
        for name, parameter in core.named_parameters():
            if parameter.grad is not None:
                allowed = torch.from_numpy(row[owners[name]]) if name in owners else True
                wanted[name] += torch.where(torch.as_tensor(allowed), whole(parameter.grad), 0.0)
    assert furthest(found, wanted) < 0.02


for regime in REGIMES:
    CHECKS[f"accumulated, {regime}"] = partial(accumulates_without_communication, regime)
    CHECKS[f"mixed precision, {regime}"] = partial(mixed_precision, regime)
for shape in ((1, 2), (2, 1)):
    for regime in REGIMES:
        CHECKS[f"replicated and sharded {shape}, {regime}"] = partial(
            lambda shape, regime: trains_as_the_reference(
                regime, mesh=init_device_mesh("cpu", shape, mesh_dim_names=("copies", "parts"))
            ),
            shape, regime,
        )  # fmt: skip


@CHECKS.named("processes with other tasks")
def mixed_batches_of_other_tasks() -> None:
    """One process has the first two tasks alone, the other one the last two."""
    core = sharded()
    split = GradSplit(core, PAPER, SPLIT)
    step = partial(propagate_other_tasks, core, split)
    assert_as_by_reference(trained(core, step), "samples")


@CHECKS.named("a penalty of no task")
def a_shared_loss() -> None:
    """On activations and on the sharded weights themselves."""
    core, plain = sharded(), net()
    split = GradSplit(core, PAPER, SPLIT)
    features = core(own(images()))["pose"]
    by_task = losses(core(own(images())), "backward", IDS)
    split.backward(by_task, shared=features.abs().mean())
    split.backward({}, shared=whole(core.linear.weight.square().sum()))
    found = {name: whole(p.grad) for name, p in core.named_parameters() if p.grad is not None}
    reference = GradSplit(plain, PAPER, SPLIT)
    reference.backward(losses(plain(images()), "backward", IDS))
    reference.backward({}, shared=plain(images())["pose"].abs().mean())
    reference.backward({}, shared=plain.linear.weight.square().sum())
    wanted = {n: p.grad for n, p in plain.named_parameters() if p.grad is not None}
    assert furthest(found, wanted) < 1e-12
    with pytest.raises(NotExactError, match=r"sharded parameter `linear\.weight` itself"):
        split.backward({"reid": whole(core.linear.weight.square().sum())})


@CHECKS.named("checkpoints")
def checkpoints_go_on() -> None:
    """State of the network and of the optimizer through `torch.distributed.checkpoint`."""
    import torch.distributed.checkpoint as dcp
    from torch.distributed.checkpoint.state_dict import get_state_dict, set_state_dict

    folder = [tempfile.mkdtemp()]
    dist.broadcast_object_list(folder)

    def fresh():
        core = sharded()
        split = GradSplit(core, PAPER, SPLIT)
        return core, split, torch.optim.Adam(core.parameters(), 0.01)

    def steps(core, split, optimizer, count):
        for _ in range(count):
            optimizer.zero_grad()
            propagate(core, split, "samples", own(images()), own(IDS))
            optimizer.step()

    core, split, optimizer = fresh()
    assert list(core.state_dict()) == list(net().state_dict())
    steps(core, split, optimizer, 2)
    weights, moments = get_state_dict(core, optimizer)
    dcp.save({"weights": weights, "moments": moments}, checkpoint_id=folder[0])
    steps(core, split, optimizer, 1)
    other, other_split, other_optimizer = fresh()
    weights, moments = get_state_dict(other, other_optimizer)
    dcp.load({"weights": weights, "moments": moments}, checkpoint_id=folder[0])
    set_state_dict(
        other, other_optimizer, model_state_dict=weights, optim_state_dict=moments
    )  # fmt: skip
    steps(other, other_split, other_optimizer, 1)
    for name, value in parameters(core).items():
        assert torch.equal(parameters(other)[name], value), name
    dist.barrier()
    if dist.get_rank() == 0:
        for path in Path(folder[0]).iterdir():
            path.unlink()
        Path(folder[0]).rmdir()


@CHECKS.named("clipped gradients")
def clipping_sees_masked_gradients() -> None:
    core, plain = sharded("whole"), net()
    split, reference = GradSplit(core, PAPER, SPLIT), GradSplit(plain, PAPER, SPLIT)
    propagate(core, split, "backward", own(images()), own(IDS))
    propagate(plain, reference, "backward", images(), IDS)
    norm = nn.utils.clip_grad_norm_(core.parameters(), 0.1)
    wanted = nn.utils.clip_grad_norm_(plain.parameters(), 0.1)
    assert torch.allclose(whole(norm), wanted, rtol=1e-12)
    for name, parameter in core.named_parameters():
        assert torch.allclose(whole(parameter.grad), plain.get_parameter(name).grad, rtol=1e-10)
