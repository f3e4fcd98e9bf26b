"""A loader for each task under Accelerate: which task harms which, and training with the mask."""

from collections.abc import Iterator

import torch
from accelerate import Accelerator
from accelerate.utils import GradientAccumulationPlugin
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from gradsplit import GradSplit, generator, seed_for
from relations import GradientMask, PairwiseProbe, RelationGraph

TASKS = ("sum", "product", "length")
STEPS, PARTS, BATCH = 100, 2, 16  # optimizer steps, batches of a task in a step, their size


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

    def forward(self, inputs: Tensor, task: str) -> Tensor:
        """Logits [samples, 2] of one task."""
        return self.heads[task](self.last(self.first(inputs).relu()).relu())


def samples(task: str, purpose: str, count: int) -> tuple[Tensor, Tensor]:
    """Inputs [count, 8] and labels [count] of a task; in their place come your data."""
    inputs = torch.randn(count, 8, generator=generator(0, purpose, task))
    value = {
        "sum": inputs[:, :4].sum(dim=1),
        "product": inputs[:, 0] * inputs[:, 1],
        "length": inputs[:, 2:6].norm(dim=1) - 1.83,
    }[task]
    return inputs, (value > 0).long()


def loader_of(task: str, seed: int) -> DataLoader:
    """A task's own loader: its order comes from the seed and the task alone."""
    data = TensorDataset(*samples(task, "training", 400))
    return DataLoader(data, BATCH, shuffle=True, generator=generator(seed, "order", task))


def endless(loader: DataLoader) -> Iterator[list[Tensor]]:
    """Batches without end, so that every run gives a task the same number of them."""
    while True:
        yield from loader


def train(tasks: tuple[str, ...], seed: int, mask: GradientMask | None = None) -> dict[str, float]:
    """Train one network for these tasks; accuracy of each on new samples."""
    plugin = GradientAccumulationPlugin(num_steps=PARTS, sync_with_dataloader=False)
    accelerator = Accelerator(gradient_accumulation_plugin=plugin)
    network = Network(tasks, seed)
    split = GradSplit(network, mask or GradientMask.full(tasks), modules=["last"])
    model, optimizer = accelerator.prepare(network, torch.optim.Adam(network.parameters(), 5e-3))
    loaders = {task: accelerator.prepare(loader_of(task, seed)) for task in tasks}
    batches = {task: endless(loader) for task, loader in loaders.items()}
    for _ in range(STEPS * PARTS):
        with accelerator.accumulate(model):
            for task in tasks:
                inputs, labels = next(batches[task])
                with split.task(task):
                    accelerator.backward(F.cross_entropy(model(inputs, task), labels))
            if accelerator.sync_gradients:
                accelerator.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()
    split.remove()
    return {task: score(model, task, accelerator.device) for task in tasks}


@torch.no_grad()
def score(model: nn.Module, task: str, device: torch.device) -> float:
    """Accuracy on samples that no training has seen."""
    inputs, labels = samples(task, "test", 1000)
    found = model(inputs.to(device), task).argmax(dim=1).cpu()
    return round((found == labels).float().mean().item(), 3)


if __name__ == "__main__":
    changes = PairwiseProbe(TASKS, train, seeds=range(3), ledger="accelerate.db").run()
    mask = GradientMask.from_graph(RelationGraph.from_changes(changes))
    print(changes, mask, sep="\n\n")
    print("without the mask", train(TASKS, 3), "\nwith the mask   ", train(TASKS, 3, mask))
