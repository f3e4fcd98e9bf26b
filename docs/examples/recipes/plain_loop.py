"""A plain PyTorch loop with all labels on every sample: which task harms which, then the mask."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gradsplit import GradSplit, generator, seed_for
from relations import GradientMask, PairwiseProbe, RelationGraph, Task

TASKS = (Task("sign"), Task("largest"), Task("sum", higher_is_better=False))
OUTPUTS = {"sign": 2, "largest": 4, "sum": 1}
STEPS, BATCH = 400, 32


def samples(count: int, *purpose: str) -> tuple[Tensor, dict[str, Tensor]]:
    """Inputs [count, 8] and the labels of every task; in place of these come your own."""
    inputs = torch.randn(count, 8, generator=generator(0, *purpose))
    sign = (inputs[:, 0] * inputs[:, 1] > 0).long()
    return inputs, {"sign": sign, "largest": inputs[:, :4].argmax(1), "sum": 5 * inputs.sum(1)}


class Network(nn.Module):
    """Two layers that the tasks share, and a head for each."""

    def __init__(self, tasks: tuple[str, ...], seed: int) -> None:
        super().__init__()
        torch.manual_seed(seed_for(seed, "trunk"))
        self.first, self.last = nn.Linear(8, 24), nn.Linear(24, 24)
        self.heads = nn.ModuleDict()
        for task in tasks:
            torch.manual_seed(seed_for(seed, "head", task))
            self.heads[task] = nn.Linear(24, OUTPUTS[task])

    def forward(self, inputs: Tensor) -> dict[str, Tensor]:
        """The outputs of every task."""
        features = self.last(self.first(inputs).relu()).relu()
        return {task: head(features) for task, head in self.heads.items()}


def loss_of(task: str, output: Tensor, label: Tensor) -> Tensor:
    """The mean loss of a batch."""
    return F.mse_loss(output[:, 0], label) if task == "sum" else F.cross_entropy(output, label)


def train(tasks: tuple[str, ...], seed: int, mask: GradientMask | None = None) -> dict[str, float]:
    """Train one network for these tasks; the score of each on new samples."""
    network = Network(tasks, seed)
    split = GradSplit(network, mask or GradientMask.full(tasks), modules=["last"])
    optimizer = torch.optim.Adam(network.parameters(), 5e-3)
    inputs, labels = samples(2000, "training")
    order = generator(seed, "order")
    for _ in range(STEPS):
        own = torch.randint(len(inputs), (BATCH,), generator=order)
        outputs = network(inputs[own])
        losses = {task: loss_of(task, outputs[task], labels[task][own]) for task in tasks}
        optimizer.zero_grad()
        split.backward(losses)  # instead of sum(losses.values()).backward()
        optimizer.step()
    split.remove()
    return scores_of(network, tasks)


@torch.no_grad()
def scores_of(network: nn.Module, tasks: tuple[str, ...]) -> dict[str, float]:
    """Accuracy on samples that no training has seen; of `sum` the mean distance."""
    inputs, labels = samples(2000, "test")
    outputs = network(inputs)
    return {
        task: (outputs[task][:, 0] - labels[task]).abs().mean().item()
        if task == "sum"
        else (outputs[task].argmax(1) == labels[task]).float().mean().item()
        for task in tasks
    }


if __name__ == "__main__":
    changes = PairwiseProbe(TASKS, train, seeds=range(3), ledger="plain.db").run()
    mask = GradientMask.from_graph(RelationGraph.from_changes(changes))
    print(changes, mask, sep="\n\n")
    for name, used in (("without the mask", None), ("with the mask   ", mask)):
        scores = train(mask.tasks, 3, used)
        print(name, {task: round(score, 3) for task, score in scores.items()})
