"""Three tasks in mixed batches with the Trainer of transformers, checkpointing and accumulation."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import Dataset
from transformers import BertConfig, BertModel, Trainer, TrainingArguments

from gradsplit import GradSplit, generator, seed_for
from relations import GradientMask, PairwiseProbe, RelationGraph

TASKS = ("low", "even", "rare")
# Optimizer steps, micro batches of a step, samples of each task in a micro batch.
STEPS, PARTS, BATCH = 25, 2, 8
SIZES = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 2}
SIZES |= {"num_attention_heads": 2, "vocab_size": 20, "max_position_embeddings": 8}
NO_DROPOUT = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}


class Network(nn.Module):
    """An encoder that the tasks share, and a head for each."""

    def __init__(self, tasks: tuple[str, ...], seed: int) -> None:
        super().__init__()
        torch.manual_seed(seed_for(seed, "trunk"))
        self.encoder = BertModel(BertConfig(**SIZES, **NO_DROPOUT), add_pooling_layer=False)
        self.heads = nn.ModuleDict()
        for task in tasks:
            torch.manual_seed(seed_for(seed, "head", task))
            self.heads[task] = nn.Linear(SIZES["hidden_size"], 2)

    def forward(self, input_ids: Tensor) -> dict[str, Tensor]:
        """Logits [samples, 2] of every task."""
        hidden = self.encoder(input_ids).last_hidden_state.mean(dim=1)
        return {task: head(hidden) for task, head in self.heads.items()}


def samples(task: str, count: int, *purpose: str, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Texts [count, 8] of 20 words, and labels [count] of a task; in their place come your data."""
    words = torch.randint(20, (count, 8), generator=generator(seed, *purpose, task))
    label = {
        "low": (words < 10).sum(dim=1) > 4,
        "even": (words % 2 == 0).sum(dim=1) > 4,
        "rare": ((words == 3) | (words == 7)).any(dim=1),
    }[task]
    return words, label.long()


class MicroBatches(Dataset):
    """The samples in the order of their use: a micro batch has as many of every task."""

    def __init__(self, tasks: tuple[str, ...], seed: int) -> None:
        self.data = [samples(task, STEPS * PARTS * BATCH, "training", seed=seed) for task in tasks]

    def __len__(self) -> int:
        return STEPS * PARTS * BATCH * len(self.data)

    def __getitem__(self, place: int) -> dict[str, Tensor]:
        part, rest = divmod(place, BATCH * len(self.data))
        task, own = divmod(rest, BATCH)
        words, label = (values[part * BATCH + own] for values in self.data[task])
        return {"input_ids": words, "target": label, "task_ids": torch.tensor(task)}


class MaskedTrainer(Trainer):
    """Mixed batches go into `compute_loss`, and nothing else changes."""

    split: GradSplit
    loss_is_scaled_for_ga = False  # ours is the mean of a micro batch: the Trainer divides it

    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):  # noqa: ARG002
        """The sum over tasks of the mean loss of a task's own samples."""
        with self.split.samples(inputs["task_ids"]):
            outputs = model(inputs["input_ids"])
        losses = []
        for index, task in enumerate(self.split.tasks):
            own = inputs["task_ids"] == index
            losses.append(F.cross_entropy(outputs[task][own], inputs["target"][own]))
        loss = torch.stack(losses).sum()
        return (loss, outputs) if return_outputs else loss


def trainer_of(tasks: tuple[str, ...], seed: int, mask: GradientMask | None) -> MaskedTrainer:
    """All that a run needs, before it is trained."""
    network = Network(tasks, seed)
    mask = mask or GradientMask.full(tasks)
    split = GradSplit(network, mask, modules=["encoder.encoder.layer.1"])
    # Not by `TrainingArguments(gradient_checkpointing=True)`: the split brings a context.
    kept = {"use_reentrant": False, "context_fn": split.checkpoint_context}
    network.encoder.activation_checkpointing_enable(activation_checkpointing_kwargs=kept)
    settings = TrainingArguments(
        output_dir="trainer-out", max_steps=STEPS, gradient_accumulation_steps=PARTS,
        per_device_train_batch_size=BATCH * len(tasks), train_sampling_strategy="sequential",
        learning_rate=1e-2, seed=seed, remove_unused_columns=False,
        save_strategy="no", report_to=[], disable_tqdm=True, logging_strategy="no",
    )  # fmt: skip
    trainer = MaskedTrainer(network, settings, train_dataset=MicroBatches(tasks, seed))
    trainer.split = split
    return trainer


def train(tasks: tuple[str, ...], seed: int, mask: GradientMask | None = None) -> dict[str, float]:
    """Train one network for these tasks; accuracy of each on new samples."""
    trainer = trainer_of(tasks, seed, mask)
    trainer.train()
    trainer.split.remove()
    return {task: score(trainer.model.eval(), task, trainer.args.device) for task in tasks}


@torch.no_grad()
def score(network: nn.Module, task: str, device: torch.device) -> float:
    """Accuracy on samples that no training has seen."""
    words, label = samples(task, 1000, "test")
    found = network(words.to(device))[task].argmax(dim=1).cpu()
    return round((found == label).float().mean().item(), 3)


if __name__ == "__main__":
    changes = PairwiseProbe(TASKS, train, seeds=range(2), ledger="trainer.db").run()
    mask = GradientMask.from_graph(RelationGraph.from_changes(changes))
    print(changes, mask, sep="\n\n")
    print("without the mask", train(TASKS, 2), "\nwith the mask   ", train(TASKS, 2, mask))
