"""What two processes check of other ways to spread a model; see `two_processes`."""

import copy
from functools import partial

import pytest
import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FullyShardedDataParallel
from torch.distributed.pipelining import PipelineStage, Schedule1F1B
from torch.distributed.tensor import Replicate, Shard, distribute_tensor
from torch.distributed.tensor.parallel import ColwiseParallel, parallelize_module

from gradsplit.engine.reference import reference_gradients
from gradsplit.engine.split import GradSplit
from gradsplit.errors import NotExactError
from tests.gradsplit.engine.split_examples import PAPER, SPLIT, TASKS, TWO, SmallNet, furthest
from tests.gradsplit.engine.tools.joint import (
    IDS,
    REGIMES,
    average_unwrapped,
    images,
    losses,
    net,
    own,
    propagate,
)
from tests.gradsplit.engine.tools.two_processes import Checks

CHECKS = Checks()


def flattened(module: nn.Module, *, original: bool = False) -> FullyShardedDataParallel:
    cpu = torch.device("cpu")
    return FullyShardedDataParallel(module, device_id=cpu, use_orig_params=original)


@CHECKS.named("FullyShardedDataParallel over the split")
def flattened_parameters_are_refused() -> None:
    for original in (True, False):
        core = net()
        flattened(core, original=original)
        with pytest.raises(NotExactError, match=r"flattened the parameters of `conv`"):
            GradSplit(core, PAPER, SPLIT)
        core = net()
        core.conv = flattened(core.conv, original=original)
        with pytest.raises(NotExactError, match=r"flattened the parameters of `conv`"):
            GradSplit(core, PAPER, SPLIT)


def flattened_elsewhere(part: str, regime: str) -> None:
    core, plain = net(), net()
    if part == "stem":
        core.stem = flattened(core.stem)
    else:
        for task in TASKS:
            core.heads[task] = flattened(core.heads[task])
    split = GradSplit(core, PAPER, SPLIT)
    propagate(core, split, regime, own(images()), own(IDS))
    average_unwrapped(core, but="_flat_param")
    propagate(plain, GradSplit(plain, PAPER, SPLIT), regime, images(), IDS)
    for name, parameter in core.named_parameters():
        if "_flat_param" not in name:
            wanted = plain.get_parameter(name).grad
            assert torch.allclose(parameter.grad, wanted, rtol=1e-10, atol=1e-14), name
    flat = [p for name, p in core.named_parameters() if "_flat_param" in name]
    found = sum(p.grad.square().sum() for p in flat if p.grad is not None)
    dist.all_reduce(found)
    of_part = plain.get_submodule("stem" if part == "stem" else "heads").parameters()
    assert torch.allclose(found, sum(p.grad.square().sum() for p in of_part), rtol=1e-10)


for part in ("stem", "heads"):
    for regime in REGIMES:
        if (part, regime) != ("heads", "backward"):
            CHECKS[f"FullyShardedDataParallel in the {part}, {regime}"] = partial(
                flattened_elsewhere, part, regime
            )


@CHECKS.named("FullyShardedDataParallel in the heads, backward")
def flattened_heads_are_refused_for_several_tasks() -> None:
    core = net()
    for task in TASKS:
        core.heads[task] = flattened(core.heads[task])
    split = GradSplit(core, PAPER, SPLIT)
    with pytest.raises(NotExactError, match="FullyShardedDataParallel in or above the split"):
        split.backward(losses(core(own(images())), "backward", IDS))


@CHECKS.named("a DTensor")
def distributed_tensors_are_refused() -> None:
    mesh = init_device_mesh("cpu", (2,))
    model = nn.Sequential(nn.Linear(3, 4))
    model[0].weight = nn.Parameter(
        distribute_tensor(model[0].weight.detach(), mesh, [Shard(0)])
    )  # fmt: skip
    with pytest.raises(NotExactError, match="a DTensor"):
        GradSplit(model, TWO, ["0"])


@CHECKS.named("tensor parallelism in the split")
def tensor_parallel_layers_are_refused() -> None:
    core = net()
    mesh = init_device_mesh("cpu", (2,))
    parallelize_module(core, mesh, {"linear": ColwiseParallel()})
    with pytest.raises(NotExactError, match="tensor parallelism"):
        GradSplit(core, PAPER, SPLIT)


def tensor_parallel_heads(regime: str) -> None:
    """Both processes have the same samples; the heads are theirs together."""
    core, plain = net(), net()
    mesh = init_device_mesh("cpu", (2,))
    plan = {f"heads.{task}": ColwiseParallel(output_layouts=Replicate()) for task in TASKS}
    parallelize_module(core, mesh, plan)
    for network in (core, plain):
        propagate(network, GradSplit(network, PAPER, SPLIT), regime, images(), IDS)
    for name, parameter in core.named_parameters():
        found = parameter.grad.full_tensor() if "heads" in name else parameter.grad
        wanted = plain.get_parameter(name).grad
        assert torch.allclose(found, wanted, rtol=1e-10, atol=1e-14), name


for regime in REGIMES:
    CHECKS[f"tensor parallelism above the split, {regime}"] = partial(tensor_parallel_heads, regime)


@CHECKS.named("pipeline of two stages, task")
def pipeline_stages_with_splits_of_their_own() -> None:
    """Each process attaches to its own stage; a schedule runs one task's microbatches."""
    rank, batch = dist.get_rank(), torch.randn(8, 5, dtype=torch.float64)
    target, modules = torch.zeros(8, 8, dtype=torch.float64), ["0.2", "1.0", "1.1"]
    stages = [
        nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 8)).double(),
        nn.Sequential(nn.Linear(8, 8), nn.LayerNorm(8)).double(),
    ]
    for value in (batch, *(p for stage in stages for p in stage.parameters())):
        dist.broadcast(value.data, 0)
    plain = nn.Sequential(*copy.deepcopy(stages))
    own_modules = [name[2:] for name in modules if name.startswith(f"{rank}.")]
    split = GradSplit(stages[rank], PAPER, own_modules)
    task = TASKS[0]
    schedule = Schedule1F1B(
        PipelineStage(stages[rank], rank, 2, torch.device("cpu")), n_microbatches=2,
        # Torch's own scaling would scale what earlier tasks have accumulated once more.
        scale_grads=False, loss_fn=lambda y, target: _of_task(y - target, task) / 2,
    )  # fmt: skip
    for task in TASKS:
        with split.task(task):
            schedule.step(*([batch] if rank == 0 else []), target=target if rank else None)
    output = plain(batch)
    reference = reference_gradients(
        GradSplit(plain, PAPER, modules), {t: _of_task(output, t) for t in TASKS},
        dict(plain.named_parameters()),
    )  # fmt: skip
    found = {f"{rank}.{name}": p.grad for name, p in stages[rank].named_parameters()}
    assert furthest(found, {name: reference[name] for name in found}) < 1e-12


def _of_task(output: torch.Tensor, task: str) -> torch.Tensor:
    """A loss of two of the outputs."""
    at = 2 * TASKS.index(task)
    return output[:, at : at + 2].square().mean()


@CHECKS.named("part of a model that fully_shard has sharded")
def an_inner_model_is_refused() -> None:
    """The split must be given what fully_shard was applied to."""
    from torch.distributed.fsdp import fully_shard

    class Outer(nn.Module):
        def __init__(self, inner: SmallNet) -> None:
            super().__init__()
            self.inner = inner

    outer = Outer(net())
    fully_shard(outer, mesh=init_device_mesh("cpu", (2,)))
    with pytest.raises(NotExactError, match="attach to the model it was applied to"):
        GradSplit(outer.inner, PAPER, SPLIT)
