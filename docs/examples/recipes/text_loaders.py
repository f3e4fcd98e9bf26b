"""Texts of any length with a loader for each task: which task harms which, then the mask."""

from collections.abc import Iterator
from functools import cache

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_sequence
from torch.utils.data import DataLoader

from gradsplit import GradSplit, generator, seed_for
from relations import GradientMask, PairwiseProbe, RelationGraph

CLASSES = {"topic": 4, "mood": 2, "question": 2}
TASKS = tuple(CLASSES)
SIZES = {"topic": 600, "mood": 300, "question": 150}  # labelled texts: loaders of unequal length
STEPS, BATCH = 100, 16
FILLERS = ("the", "a", "of", "to", "and", "it", "is", "on", "at", "by", "we", "they", "had", "in")
SIGNS = {
    "topic": ["goal match team", "vote law party", "cell virus gene", "bank stock price"],
    "mood": ["sad bad awful", "good happy fine"],
    "question": ["so then thus", "who why when"],
}
WORDS = [*FILLERS, *" ".join(" ".join(signs) for signs in SIGNS.values()).split()]


@cache
def texts(task: str, count: int, *purpose: str) -> list[tuple[str, int]]:
    """Texts of 4 to 10 words with a label; in place of these come your own."""
    stream = generator(0, *purpose, task)
    made = []
    for _ in range(count):
        length = int(torch.randint(4, 11, (1,), generator=stream))
        words = [FILLERS[i] for i in torch.randint(len(FILLERS), (length,), generator=stream)]
        places = torch.randperm(length, generator=stream)[: len(SIGNS)]
        labels = {}
        for (name, signs), place in zip(SIGNS.items(), places.tolist(), strict=True):
            labels[name] = int(torch.randint(len(signs), (1,), generator=stream))
            sign = int(torch.randint(4, (1,), generator=stream))
            if sign < 3:  # one text in four says nothing of it
                words[place] = signs[labels[name]].split()[sign]
        made.append((" ".join(words), labels[task]))
    return made


def collate(batch: list[tuple[str, int]]) -> tuple[list[Tensor], Tensor]:
    """Word ids of each text, and the labels [texts]."""
    ids = [torch.tensor([WORDS.index(word) for word in text.split()]) for text, _ in batch]
    return ids, torch.tensor([label for _, label in batch])


def endless(task: str, seed: int) -> Iterator[tuple[list[Tensor], Tensor]]:
    """A task's batches without end: its loader starts again on its own when it is through."""
    order = generator(seed, "order", task)
    loader = DataLoader(
        texts(task, SIZES[task], "training"), BATCH, shuffle=True, collate_fn=collate,
        generator=order,
    )  # fmt: skip
    while True:
        yield from loader


class Network(nn.Module):
    """Word vectors and a GRU that the tasks share, and a head for each."""

    def __init__(self, tasks: tuple[str, ...], seed: int) -> None:
        super().__init__()
        torch.manual_seed(seed_for(seed, "trunk"))
        self.words, self.reader = nn.Embedding(len(WORDS), 16), nn.GRU(16, 24)
        self.heads = nn.ModuleDict()
        for task in tasks:
            torch.manual_seed(seed_for(seed, "head", task))
            self.heads[task] = nn.Linear(24, CLASSES[task])

    def forward(self, ids: list[Tensor], task: str) -> Tensor:
        """Logits [texts, classes] of one task, from the state after the last word."""
        packed = pack_sequence([self.words(text) for text in ids], enforce_sorted=False)
        return self.heads[task](self.reader(packed)[1][-1])


def train(tasks: tuple[str, ...], seed: int, mask: GradientMask | None = None) -> dict[str, float]:
    """Train one network for these tasks; accuracy of each on new texts."""
    network = Network(tasks, seed)
    split = GradSplit(network, mask or GradientMask.full(tasks), modules=["reader"])
    optimizer = torch.optim.Adam(network.parameters(), 1e-2)
    batches = {task: endless(task, seed) for task in tasks}
    for _ in range(STEPS):
        optimizer.zero_grad()
        for task in tasks:
            ids, labels = next(batches[task])
            with split.task(task):
                F.cross_entropy(network(ids, task), labels).backward()
        optimizer.step()  # one for all tasks, not one for each
    split.remove()
    return {task: score(network, task) for task in tasks}


@torch.no_grad()
def score(network: nn.Module, task: str) -> float:
    """Accuracy on texts that no training has seen."""
    ids, labels = collate(texts(task, 500, "test"))
    return round((network(ids, task).argmax(dim=1) == labels).float().mean().item(), 3)


if __name__ == "__main__":
    changes = PairwiseProbe(TASKS, train, seeds=range(3), ledger="text.db").run()
    mask = GradientMask.from_graph(RelationGraph.from_changes(changes))
    print(changes, mask, sep="\n\n")
    print("without the mask", train(TASKS, 3), "\nwith the mask   ", train(TASKS, 3, mask))
