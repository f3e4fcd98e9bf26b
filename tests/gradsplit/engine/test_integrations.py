"""One example each: PyTorch Lightning and the Trainer of transformers."""

import pytest
import torch
from torch import nn

from gradsplit.engine.reference import reference_gradients
from gradsplit.engine.split import GradSplit
from tests.gradsplit.engine.split_examples import (
    IDS,
    LOSSES,
    PAPER,
    SPLIT,
    TASKS,
    furthest,
    losses_of,
    small_net,
)

RATE = 0.01


def after_one_step(losses_from) -> dict[str, torch.Tensor]:
    """The parameters after one step of plain gradient descent along the reference."""
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    parameters = dict(model.named_parameters())
    gradients = reference_gradients(split, losses_from(model, images), parameters)
    return {name: p.detach() - RATE * gradients[name] for name, p in parameters.items()}


def mixed_losses(model, images):
    output, ids = model(images), torch.tensor(IDS)
    return {
        task: LOSSES[task]({task: output[task][ids == index]}) for index, task in enumerate(TASKS)
    }


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("regime", ["samples", "backward"])
def test_lightning(regime, tmp_path):
    lightning = pytest.importorskip("pytorch_lightning", reason="needs pytorch_lightning")

    class Module(lightning.LightningModule):
        """Mixed batches need nothing special; `split.backward` needs manual optimisation."""

        def __init__(self, net: nn.Module) -> None:
            super().__init__()
            self.net = net
            self.automatic_optimization = regime == "samples"
            self.split = None

        def on_fit_start(self) -> None:
            # Here the parameters are where they will be trained.
            object.__setattr__(self, "split", GradSplit(self.net, PAPER, SPLIT))

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), RATE)

        def training_step(self, batch, index):
            images, ids = batch
            if regime == "samples":
                with self.split.samples(ids):
                    output = self.net(images)
                return sum(
                    LOSSES[task]({task: output[task][ids == at]}) for at, task in enumerate(TASKS)
                )
            optimizer = self.optimizers()
            optimizer.zero_grad()
            self.split.backward(losses_of(self.net, images))
            optimizer.step()
            return None

    net, images = small_net()
    data = torch.utils.data.TensorDataset(images, torch.tensor(IDS))
    trainer = lightning.Trainer(
        max_steps=1, accelerator="cpu", logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False, default_root_dir=tmp_path,
    )  # fmt: skip
    trainer.fit(Module(net), torch.utils.data.DataLoader(data, batch_size=8))
    wanted = after_one_step(mixed_losses if regime == "samples" else losses_of)
    assert furthest(dict(net.named_parameters()), wanted) < 1e-12


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("regime", ["samples", "backward"])
def test_transformers_trainer(regime, tmp_path):
    transformers = pytest.importorskip("transformers", reason="needs transformers")
    pytest.importorskip("accelerate", reason="transformers' Trainer needs accelerate")
    net, images = small_net()
    split = GradSplit(net, PAPER, SPLIT)

    class Trainer(transformers.Trainer):
        """Mixed batches go into the loss; `split.backward` takes the place of the backward."""

        def compute_loss(self, model, inputs, **ignored):
            with split.samples(inputs["ids"]):
                output = model(inputs["images"])
            return sum(
                LOSSES[task]({task: output[task][inputs["ids"] == at]})
                for at, task in enumerate(TASKS)
            )

        def training_step(self, model, inputs, *rest):
            if regime == "samples":
                return super().training_step(model, inputs, *rest)
            losses = losses_of(model, self._prepare_inputs(inputs)["images"])
            split.backward(losses)
            return sum(loss.detach() for loss in losses.values())

    data = [{"images": image, "ids": task} for image, task in zip(images, IDS, strict=True)]
    settings = transformers.TrainingArguments(
        output_dir=str(tmp_path), max_steps=1, per_device_train_batch_size=8, report_to=[],
        save_strategy="no", use_cpu=True, remove_unused_columns=False, disable_tqdm=True,
        max_grad_norm=0.0, learning_rate=RATE, lr_scheduler_type="constant",
    )  # fmt: skip
    optimizer = torch.optim.SGD(net.parameters(), RATE)

    class InOrder(Trainer):
        def _get_train_sampler(self, *ignored):
            return torch.utils.data.SequentialSampler(data)

    InOrder(net, settings, train_dataset=data, optimizers=(optimizer, None)).train()
    wanted = after_one_step(mixed_losses if regime == "samples" else losses_of)
    assert furthest(dict(net.named_parameters()), wanted) < 1e-12
