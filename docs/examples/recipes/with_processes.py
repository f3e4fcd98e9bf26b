"""Several processes, with DistributedDataParallel or fully_shard: relations, mask, training.

torchrun --nproc-per-node 2 with_processes.py ddp        (or: fsdp)
"""

import sys
from collections.abc import Callable

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.fsdp import fully_shard
from torch.nn import functional as F
from torch.nn.parallel import DistributedDataParallel

from gradsplit import GradSplit, generator, seed_for
from relations import GradientMask, PairwiseProbe, RelationGraph

TASKS = ("sum", "product", "length")
STEPS, BATCH = 100, 32  # steps, samples of each task in a step, of all processes together


class Network(nn.Module):
    """A trunk that the tasks share, and a head for each."""

    def __init__(self, tasks: tuple[str, ...], seed: int) -> None:
        super().__init__()
        torch.manual_seed(seed_for(seed, "trunk"))
        self.first, self.last = nn.Linear(8, 32), nn.Linear(32, 24)
        self.heads = nn.ModuleDict()
        for task in tasks:
            torch.manual_seed(seed_for(seed, "head", task))
            self.heads[task] = nn.Linear(24, 2)

    def forward(self, inputs: Tensor) -> dict[str, Tensor]:
        """Logits [samples, 2] of every task: all parameters take part in every pass."""
        hidden = self.last(self.first(inputs).relu()).relu()
        return {task: head(hidden) for task, head in self.heads.items()}


def samples(task: str, count: int, *purpose: str, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Inputs [count, 8] and labels [count] of a task; in their place come your data."""
    inputs = torch.randn(count, 8, generator=generator(seed, *purpose, task))
    value = {
        "sum": inputs[:, :4].sum(dim=1),
        "product": inputs[:, 0] * inputs[:, 1],
        "length": inputs[:, 2:6].norm(dim=1) - 1.83,
    }[task]
    return inputs, (value > 0).long()


def spread(network: Network) -> nn.Module:
    """The network over all processes, as the command line says."""
    if sys.argv[1] == "ddp":
        return DistributedDataParallel(network)
    for part in (network.first, network.last, network):
        fully_shard(part)
    return network


def train(tasks: tuple[str, ...], seed: int, mask: GradientMask | None = None) -> dict[str, float]:
    """Train one network for these tasks in all processes; accuracy of each on new samples."""
    model = spread(Network(tasks, seed))
    names = ["module.last" if sys.argv[1] == "ddp" else "last"]
    split = GradSplit(model, mask or GradientMask.full(tasks), modules=names)
    optimizer = torch.optim.Adam(model.parameters(), 5e-3)
    data = [samples(task, STEPS * BATCH, "training", seed=seed) for task in tasks]
    for step in range(STEPS):
        # Every process has as many samples of a task: means of means are means.
        own = slice(step * BATCH + dist.get_rank(), (step + 1) * BATCH, dist.get_world_size())
        inputs, labels = (torch.cat([values[i][own] for values in data]) for i in (0, 1))
        ids = torch.arange(len(tasks)).repeat_interleave(len(inputs) // len(tasks))
        with split.samples(ids):
            outputs = model(inputs)
        losses = [
            F.cross_entropy(outputs[task][ids == index], labels[ids == index])
            for index, task in enumerate(tasks)
        ]
        optimizer.zero_grad()
        torch.stack(losses).sum().backward()
        optimizer.step()
    split.remove()
    return {task: score(model, task) for task in tasks}


@torch.no_grad()
def score(model: nn.Module, task: str) -> float:
    """Accuracy on samples that no training has seen."""
    inputs, labels = samples(task, 1000, "test")
    return round((model(inputs)[task].argmax(dim=1) == labels).float().mean().item(), 3)


def led(train: Callable[..., dict[str, float]]) -> Callable[..., dict[str, float]]:
    """For the first process: the same training, with all others called to it."""

    def in_all_processes(*run: object) -> dict[str, float]:
        dist.broadcast_object_list([run])
        try:
            return train(*run)
        except Exception as error:  # a run that fails here alone: the others would wait for ever
            raise SystemExit(f"{run}: {error!r}") from error

    return in_all_processes


def follow() -> None:
    """For the others: train what the first process says, until it says that no more comes."""
    while True:
        order: list = [None]
        dist.broadcast_object_list(order)
        if order[0] is None:
            return
        train(*order[0])


def lead() -> None:
    """For the first process: it alone has the ledger, plans and prints."""
    train_in_all = led(train)
    changes = PairwiseProbe(TASKS, train_in_all, seeds=range(3), ledger="processes.db").run()
    mask = GradientMask.from_graph(RelationGraph.from_changes(changes))
    print(changes, mask, sep="\n\n")
    print("without the mask", train_in_all(TASKS, 3))
    print("with the mask   ", train_in_all(TASKS, 3, mask))
    dist.broadcast_object_list([None])


def main() -> None:
    """What every process runs."""
    dist.init_process_group("gloo")  # "nccl" on GPUs
    lead() if dist.get_rank() == 0 else follow()
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
