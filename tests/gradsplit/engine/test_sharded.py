"""Parameters of several processes: exact, or refused in words. One gloo process on the CPU."""

import pytest
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from gradsplit.engine.split import GradSplit
from gradsplit.errors import GradSplitError, NotExactError
from tests.gradsplit.engine.split_examples import (
    IDS,
    LOSSES,
    PAPER,
    SPLIT,
    TASKS,
    TWO,
    furthest,
    gradients,
    losses_of,
    mixed_losses,
    reference,
    sequential_split,
    small_net,
)

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module", autouse=True)
def process(tmp_path_factory):
    if not dist.is_available():
        pytest.skip("torch was built without distributed")
    meet = tmp_path_factory.mktemp("gloo") / "meet"
    dist.init_process_group("gloo", f"file://{meet}", rank=0, world_size=1)
    yield
    dist.destroy_process_group()


def shard(module, **options):
    fsdp = pytest.importorskip("torch.distributed.fsdp")
    if not hasattr(fsdp, "fully_shard"):
        pytest.skip("no fully_shard in this torch")
    mesh = dist.device_mesh.init_device_mesh("cpu", (1,))
    fsdp.fully_shard(module, mesh=mesh, **options)


@pytest.mark.parametrize("part", ["whole", "split"])
def test_sharded_split_parameters_are_refused_when_attaching(part):
    model, _ = small_net()
    shard(model if part == "whole" else model.conv)
    with pytest.raises(NotExactError, match=r"sharded over processes, first `conv.weight`"):
        GradSplit(model, PAPER, SPLIT)


def test_sharding_after_attaching_is_noticed():
    model, split = sequential_split(nn.Linear(3, 4), nn.Linear(4, 4))
    shard(model)
    with pytest.raises(GradSplitError, match="were replaced"), split.task("a"):
        pass


def test_distributed_tensors_are_refused():
    tensor = pytest.importorskip("torch.distributed.tensor")
    mesh = dist.device_mesh.init_device_mesh("cpu", (1,))
    model = nn.Sequential(nn.Linear(3, 4))
    model[0].weight = nn.Parameter(
        tensor.distribute_tensor(model[0].weight.detach(), mesh, [tensor.Shard(0)])
    )
    with pytest.raises(NotExactError, match="a DTensor"):
        GradSplit(model, TWO, ["0"])


EACH = [{}, {"find_unused_parameters": True}, {"gradient_as_bucket_view": True}]
STATIC = {"static_graph": True}


@pytest.mark.parametrize(
    ("regime", "options"),
    [
        # DistributedDataParallel itself refuses a pass that leaves out the other tasks' heads.
        ("task", {"find_unused_parameters": True}),
        *[("samples", options) for options in [*EACH, STATIC]],
        *[("backward", options) for options in [*EACH, STATIC]],
    ],
)
def test_data_parallel(regime, options):
    """With static_graph=True losses of several tasks on one forward pass are refused."""
    core, images = small_net()
    model = DistributedDataParallel(core, **options)
    split = GradSplit(core, PAPER, SPLIT)
    make = (
        mixed_losses
        if regime == "samples"
        else lambda output: {task: LOSSES[task](output) for task in TASKS}
    )
    wanted = reference(split, core, make(core(images)))
    for _ in range(2):
        if regime == "task":
            for task in TASKS:
                with split.task(task):
                    LOSSES[task](model(images)).backward()
        elif regime == "samples":
            with split.samples(IDS):
                output = model(images)
            sum(mixed_losses(output).values()).backward()
        elif "static_graph" in options:
            with pytest.raises(NotExactError, match="static_graph=True"):
                split.backward(losses_of(model, images))
            return
        else:
            split.backward(losses_of(model, images))
        assert furthest(gradients(core), wanted) < 1e-12
