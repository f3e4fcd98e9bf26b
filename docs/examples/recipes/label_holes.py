"""Twelve binary tasks on the same samples, with holes in the labels: relations, mask, training."""

import numpy as np
import torch
from scipy.stats import rankdata
from torch import Tensor, nn
from torch.nn import functional as F

from gradsplit import GradSplit, generator, seed_for
from relations import GradientMask, PairwiseProbe, RelationGraph

TASKS = tuple(f"assay {n}" for n in range(1, 13))
STEPS, BATCH, FEATURES = 150, 64, 32


def samples(purpose: str, count: int) -> tuple[Tensor, Tensor]:
    """Inputs [count, 32] and labels [count, 12]: 0, 1 or NaN; in their place comes your table."""
    stream = generator(0, purpose)
    inputs = torch.randn(count, FEATURES, generator=stream)
    causes = inputs[:, :8].relu() @ torch.randn(8, 4, generator=generator(0, "causes"))
    mixing = torch.randn(4, len(TASKS), generator=generator(0, "mixing"))
    active = causes @ mixing + torch.randn(count, len(TASKS), generator=stream) > 1.5
    unknown = torch.rand(count, len(TASKS), generator=stream) < torch.linspace(0.1, 0.6, len(TASKS))
    return inputs, active.float().masked_fill(unknown, torch.nan)


TRAINING, TEST = samples("training", 2000), samples("test", 2000)


def losses_of(outputs: Tensor, labels: Tensor, tasks: tuple[str, ...]) -> dict[str, Tensor]:
    """The mean loss of each task over its own labels; a task without any has no loss."""
    losses = {}
    for column, task in enumerate(tasks):
        known = ~labels[:, column].isnan()
        if known.any():
            losses[task] = F.binary_cross_entropy_with_logits(
                outputs[known, column], labels[known, column]
            )
    return losses


def network_of(tasks: tuple[str, ...], seed: int) -> nn.Sequential:
    """Two layers that the tasks share, and a logit of each; a seed's own weights for each part."""
    torch.manual_seed(seed_for(seed, "trunk"))
    network = nn.Sequential(nn.Linear(FEATURES, 32), nn.ReLU(), nn.Linear(32, 24), nn.ReLU())
    head = nn.Linear(24, len(tasks))
    with torch.no_grad():
        for row, task in enumerate(tasks):
            head.weight[row] = torch.randn(24, generator=generator(seed, "head", task)) / 5
            head.bias[row] = 0.0
    return network.append(head)


def train(tasks: tuple[str, ...], seed: int, mask: GradientMask | None = None) -> dict[str, float]:
    """Train one network for these tasks; area under the ROC curve of each on new samples."""
    network = network_of(tasks, seed)
    split = GradSplit(network, mask or GradientMask.full(tasks), modules=["2"])
    optimizer = torch.optim.Adam(network.parameters(), 3e-3)
    inputs, labels = TRAINING[0], TRAINING[1][:, [TASKS.index(task) for task in tasks]]
    # The same samples in the same order for every run of a seed, whether labelled or not.
    order = generator(seed, "order")
    for _ in range(STEPS):
        batch = torch.randint(len(inputs), (BATCH,), generator=order)
        optimizer.zero_grad()
        if losses := losses_of(network(inputs[batch]), labels[batch], tasks):
            split.backward(losses)
            optimizer.step()
    split.remove()
    return scores_of(network, tasks)


@torch.no_grad()
def scores_of(network: nn.Module, tasks: tuple[str, ...]) -> dict[str, float]:
    """Area under the ROC curve over the labels that are known."""
    outputs, labels = network(TEST[0]).numpy(), TEST[1].numpy()
    scores = {}
    for column, task in enumerate(tasks):
        label = labels[:, TASKS.index(task)]
        known = ~np.isnan(label)
        ranks, active = rankdata(outputs[known, column]), label[known] == 1
        count = active.sum()
        area = (ranks[active].sum() - count * (count + 1) / 2) / (count * (~active).sum())
        scores[task] = float(area)
    return scores


if __name__ == "__main__":
    changes = PairwiseProbe(TASKS, train, seeds=range(2), ledger="holes.db").run()
    graph = RelationGraph.from_changes(changes)
    mask = GradientMask.from_graph(graph)
    print(f"harmful by the mean, of 132 edges: {graph.harmful()}")
    print(f"decided: {graph.harmful(sure=True)}")
    for name, used in (("without the mask", None), ("with the mask", mask)):
        print(f"{name}: mean area {np.mean(list(train(TASKS, 2, used).values())):.4f}")
