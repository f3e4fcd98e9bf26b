"""Lightning, automatic and manual optimization: which task harms which, training with the mask."""

import logging

import pytorch_lightning as lightning
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from gradsplit import GradSplit, generator, seed_for
from relations import GradientMask, PairwiseProbe, RelationGraph

TASKS = ("sum", "product", "length")
STEPS, BATCH = 200, 16  # steps, samples in a batch (of each task, where it is mixed)


class Network(lightning.LightningModule):
    """A trunk that the tasks share, and a head for each."""

    def __init__(self, tasks: tuple[str, ...], seed: int, mask: GradientMask | None) -> None:
        super().__init__()
        torch.manual_seed(seed_for(seed, "trunk"))
        self.first, self.last = nn.Linear(8, 32), nn.Linear(32, 24)
        self.heads = nn.ModuleDict()
        for task in tasks:
            torch.manual_seed(seed_for(seed, "head", task))
            self.heads[task] = nn.Linear(24, 2)
        self.mask = mask or GradientMask.full(tasks)

    def on_fit_start(self) -> None:
        """Attach where the parameters are those that will be trained."""
        self.split = GradSplit(self, self.mask, modules=["last"])

    def on_fit_end(self) -> None:
        """Leave a plain network."""
        self.split.remove()

    def forward(self, inputs: Tensor) -> dict[str, Tensor]:
        """Logits [samples, 2] of every task."""
        hidden = self.last(self.first(inputs).relu()).relu()
        return {task: head(hidden) for task, head in self.heads.items()}

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """As ever."""
        return torch.optim.Adam(self.parameters(), 5e-3)


class MixedBatches(Network):
    """Automatic optimization: sample n is of task `split.tasks[ids[n]]`."""

    def training_step(self, batch: list[Tensor]) -> Tensor:
        """Only the forward pass is inside the block."""
        inputs, labels, ids = batch
        with self.split.samples(ids):
            outputs = self(inputs)
        losses = [
            F.cross_entropy(outputs[task][ids == index], labels[ids == index])
            for index, task in enumerate(self.split.tasks)
        ]
        return torch.stack(losses).sum()


class AllLabels(Network):
    """Manual optimization: every sample has the labels of all tasks."""

    automatic_optimization = False

    def training_step(self, batch: list[Tensor]) -> None:
        """`split.backward` takes the place of `manual_backward`."""
        inputs, *labels = batch
        outputs, optimizer = self(inputs), self.optimizers()
        optimizer.zero_grad()
        self.split.backward(
            {
                task: F.cross_entropy(outputs[task], label)
                for task, label in zip(self.split.tasks, labels, strict=True)
            }
        )
        self.clip_gradients(optimizer, gradient_clip_val=1.0)
        optimizer.step()


def label(task: str, inputs: Tensor) -> Tensor:
    """The labels [n] of inputs [n, 8]; in place of this and `inputs_of` come your data."""
    value = {
        "sum": inputs[:, :4].sum(dim=1),
        "product": inputs[:, 0] * inputs[:, 1],
        "length": inputs[:, 2:6].norm(dim=1) - 1.83,
    }[task]
    return (value > 0).long()


def inputs_of(count: int, *purpose: str) -> Tensor:
    """Inputs [count, 8]."""
    return torch.randn(count, 8, generator=generator(0, *purpose))


def mixed(tasks: tuple[str, ...], seed: int) -> TensorDataset:
    """The samples in the order of their use: as many of every task in a batch."""
    columns: list[tuple[Tensor, ...]] = []
    for index, task in enumerate(tasks):
        inputs = inputs_of(400, "training", task)
        order = torch.randint(400, (STEPS * BATCH,), generator=generator(seed, "order", task))
        ids = torch.full((len(order),), index)
        columns.append((inputs[order], label(task, inputs)[order], ids))
    # [task, step, own sample, ...] -> [step, task, own sample, ...] -> one after the other
    stacked = (
        torch.stack(same).unflatten(1, (STEPS, BATCH)) for same in zip(*columns, strict=True)
    )
    return TensorDataset(*(column.transpose(0, 1).flatten(0, 2) for column in stacked))


def fit(network: Network, data: TensorDataset, size: int) -> dict[str, float]:
    """Train and give the accuracy of each task on samples that no training has seen."""
    trainer = lightning.Trainer(
        max_steps=STEPS, accelerator="cpu", logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False,
    )  # fmt: skip
    trainer.fit(network, DataLoader(data, size))
    inputs = inputs_of(1000, "test")
    with torch.no_grad():
        outputs = network.eval()(inputs)
    right = {task: outputs[task].argmax(dim=1) == label(task, inputs) for task in outputs}
    return {task: round(found.float().mean().item(), 3) for task, found in right.items()}


def train(tasks: tuple[str, ...], seed: int, mask: GradientMask | None = None) -> dict[str, float]:
    """Train one network for these tasks on mixed batches; accuracy of each."""
    return fit(MixedBatches(tasks, seed, mask), mixed(tasks, seed), BATCH * len(tasks))


def train_all_labels(seed: int, mask: GradientMask) -> dict[str, float]:
    """The same where every sample has all labels."""
    inputs = inputs_of(STEPS * BATCH, "all labels", str(seed))
    data = TensorDataset(inputs, *(label(task, inputs) for task in mask.tasks))
    return fit(AllLabels(tuple(mask.tasks), seed, mask), data, BATCH)


if __name__ == "__main__":
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    changes = PairwiseProbe(TASKS, train, seeds=range(3), ledger="lightning.db").run()
    mask = GradientMask.from_graph(RelationGraph.from_changes(changes))
    print(changes, mask, sep="\n\n")
    print("without the mask", train(TASKS, 3), "\nwith the mask   ", train(TASKS, 3, mask))
    print("every sample with all labels", train_all_labels(3, mask))
