"""One of two processes: DistributedDataParallel with a split, in every regime.

    python distributed_worker.py RANK FOLDER

Rank r takes every second sample, from the r-th; the loss is a mean, so that DDP's average over
processes is that of one process on the union of the batches.
"""

import os
import sys
from pathlib import Path

import torch
import torch.distributed as dist
from torch import Tensor
from torch.nn.parallel import DistributedDataParallel

from gradsplit.engine.split import GradSplit
from tests.gradsplit.engine.split_examples import PAPER, SPLIT, TASKS, SmallNet

# Each half holds two samples of every task.
IDS = torch.arange(16) // 4
REGIMES = ("task", "samples", "backward")


def train(model, core: SmallNet, split: GradSplit, regime: str, images: Tensor, ids: Tensor):
    """Two steps with momentum; gives the parameters."""
    optimizer = torch.optim.SGD(core.parameters(), 0.05, momentum=0.9)
    for _ in range(2):
        optimizer.zero_grad()
        if regime == "task":
            for index, task in enumerate(TASKS):
                with split.task(task):
                    model(images[ids == index])[task].square().mean().backward()
        elif regime == "samples":
            with split.samples(ids):
                output = model(images)
            losses = [output[t][ids == i].square().mean() for i, t in enumerate(TASKS)]
            torch.stack(losses).sum().backward()
        else:
            output = model(images)
            split.backward({task: output[task].square().mean() for task in TASKS})
        optimizer.step()
    return {name: value.detach().clone() for name, value in core.named_parameters()}


def setting(regime: str):
    torch.manual_seed(0)
    core = SmallNet().double()
    return core, torch.randn(16, 3, 6, 6, dtype=torch.float64), regime


def main() -> None:
    rank, folder = int(sys.argv[1]), Path(sys.argv[2])
    torch.set_num_threads(1)
    dist.init_process_group("gloo", f"file://{folder / 'meet'}", rank=rank, world_size=2)
    for regime in REGIMES:
        core, images, _ = setting(regime)
        # One batch a task leaves the other heads without a gradient in each pass.
        model = DistributedDataParallel(core, find_unused_parameters=regime == "task")
        split = GradSplit(core, PAPER, SPLIT)
        found = train(model, core, split, regime, images[rank::2], IDS[rank::2])
        if rank == 0:
            torch.save(found, folder / f"{regime}.pt")
        dist.barrier()
    dist.destroy_process_group()


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
