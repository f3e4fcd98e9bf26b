"""Epochs and the best on validation, in runs that are paired by seed and fair to each other."""

import copy
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gradsplit import GradSplit, endless_batches, generator, seed_for
from relations import GradientMask, PairwiseProbe, RelationGraph, Task

SIZES = {"sum": 600, "product": 300, "length": 150}  # training samples of each task
TASKS = tuple(Task(name) for name in SIZES)
EPOCHS, STEPS, BATCH = 8, 20, 16  # an epoch is so many steps, whoever is trained
CHOSEN_ON = "validation"  # never "test", the data that judge


def samples(task: str, count: int, purpose: str) -> tuple[Tensor, Tensor]:
    """Inputs [count, 8] and labels [count]: training, validation and test data never meet."""
    inputs = torch.randn(count, 8, generator=generator(0, purpose, task))
    value = {
        "sum": inputs[:, :4].sum(dim=1),
        "product": inputs[:, 0] * inputs[:, 1],
        "length": inputs[:, 2:6].norm(dim=1) - 1.83,
    }[task]
    return inputs, (value > 0).long()


class Network(nn.Module):
    """Every part draws its weights from a seed of its own, whoever else is built."""

    def __init__(self, tasks: tuple[str, ...], seed: int) -> None:
        super().__init__()
        torch.manual_seed(seed_for(seed, "trunk"))
        self.first, self.last = nn.Linear(8, 32), nn.Linear(32, 24)
        self.heads = nn.ModuleDict()
        for task in tasks:
            torch.manual_seed(seed_for(seed, "head", task))
            self.heads[task] = nn.Linear(24, 2)

    def forward(self, inputs: Tensor, task: str) -> Tensor:
        """Logits [samples, 2] of one task."""
        return self.heads[task](self.last(self.first(inputs).relu()).relu())


def batches_of(task: str, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
    """A task's batches without end: their order comes from the seed and the task alone."""
    return endless_batches(*samples(task, SIZES[task], "training"), BATCH, seed, task)


@torch.no_grad()
def scores_of(network: nn.Module, tasks: tuple[str, ...], purpose: str) -> dict[str, float]:
    """The accuracy of each task on one kind of data."""
    scores = {}
    for task in tasks:
        inputs, labels = samples(task, 1000, purpose)
        scores[task] = (network(inputs, task).argmax(dim=1) == labels).float().mean().item()
    return scores


def train(tasks: tuple[str, ...], seed: int, mask: GradientMask | None = None) -> dict[str, float]:
    """Train for epochs and give the test scores of the epoch that is best on validation data."""
    network = Network(tasks, seed)
    split = GradSplit(network, mask or GradientMask.full(tasks), modules=["last"])
    optimizer = torch.optim.Adam(network.parameters(), 1e-2)
    batches = {task: batches_of(task, seed) for task in tasks}
    best, weights = -1.0, network.state_dict()
    for _ in range(EPOCHS):
        for _ in range(STEPS):
            optimizer.zero_grad()
            for task in tasks:
                inputs, labels = next(batches[task])
                with split.task(task):
                    F.cross_entropy(network(inputs, task), labels).backward()
            optimizer.step()
        # One network serves all tasks of a run, so one epoch is chosen for all of them.
        found = sum(scores_of(network, tasks, CHOSEN_ON).values()) / len(tasks)
        if found > best:
            best, weights = found, copy.deepcopy(network.state_dict())
    split.remove()
    network.load_state_dict(weights)
    return scores_of(network, tasks, "test")


def check_pairs(seed: int) -> None:
    """That a single-task run and the joint run of a seed begin alike and see the same samples."""
    names = tuple(SIZES)
    together = Network(names, seed).state_dict()
    for task in names:
        alone = Network((task,), seed).state_dict()
        assert all(torch.equal(together[name], value) for name, value in alone.items()), task
        first, again = (next(batches_of(task, seed))[0] for _ in range(2))
        assert torch.equal(first, again), task


if __name__ == "__main__":
    check_pairs(seed=0)
    changes = PairwiseProbe(TASKS, train, seeds=range(3), ledger="pairing.db").run()
    mask = GradientMask.from_graph(RelationGraph.from_changes(changes))
    print(changes, mask, sep="\n\n")
    for name, used in (("without the mask", None), ("with the mask", mask)):
        scores = train(tuple(SIZES), 3, used)
        print(name, {task: round(score, 3) for task, score in scores.items()})
