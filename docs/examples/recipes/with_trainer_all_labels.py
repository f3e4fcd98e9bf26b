"""The Trainer of transformers where every sample has the labels of all tasks."""

import torch
from torch.nn import functional as F
from transformers import Trainer, TrainingArguments
from with_trainer import PARTS, STEPS, TASKS, Network

from gradsplit import GradSplit, generator
from relations import GradientMask


class SharedSamplesTrainer(Trainer):
    """`split.backward` takes the place of the Trainer's own backward pass."""

    split: GradSplit

    def training_step(self, model, inputs, num_items_in_batch=None):  # noqa: ARG002
        """One forward pass, a loss a task, the masked gradients of all."""
        model.train()
        inputs = self._prepare_inputs(inputs)
        with self.compute_loss_context_manager():  # bf16, if it is on
            outputs = model(inputs["input_ids"])
            parts = self.current_gradient_accumulation_steps
            losses = {
                task: F.cross_entropy(outputs[task], inputs[task]) / parts
                for task in self.split.tasks
            }
        self.split.backward(losses)
        return torch.stack([loss.detach() for loss in losses.values()]).sum()


def texts(count: int) -> list[dict[str, torch.Tensor]]:
    """Texts of 8 words with the labels of three tasks; in their place come your data."""
    words = torch.randint(20, (count, 8), generator=generator(0, "texts"))
    labels = {
        "low": (words < 10).sum(dim=1) > 4,
        "even": (words % 2 == 0).sum(dim=1) > 4,
        "rare": ((words == 3) | (words == 7)).any(dim=1),
    }
    columns = {"input_ids": words} | {task: label.long() for task, label in labels.items()}
    return [{name: column[n] for name, column in columns.items()} for n in range(count)]


def trainer_of(seed: int, mask: GradientMask) -> SharedSamplesTrainer:
    """All that a run needs, before it is trained."""
    network = Network(tuple(mask.tasks), seed)
    split = GradSplit(network, mask, modules=["encoder.encoder.layer.1"])
    kept = {"use_reentrant": False}
    network.encoder.activation_checkpointing_enable(activation_checkpointing_kwargs=kept)
    settings = TrainingArguments(
        output_dir="trainer-out", max_steps=STEPS, gradient_accumulation_steps=PARTS,
        per_device_train_batch_size=16, learning_rate=1e-2, seed=seed, logging_strategy="no",
        remove_unused_columns=False, save_strategy="no", report_to=[],
    )  # fmt: skip
    trainer = SharedSamplesTrainer(network, settings, train_dataset=texts(400))
    trainer.split = split
    return trainer


if __name__ == "__main__":
    print(trainer_of(0, GradientMask.identity(TASKS)).train().training_loss)
