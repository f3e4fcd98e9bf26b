"""One step of each recipe is one backward pass a task, masked afterwards, in double precision."""

import pytest
import torch
from torch.nn import functional as F

from gradsplit.engine.reference import reference_gradients
from gradsplit.engine.split import GradSplit
from relations import GradientMask
from tests.e2e.recipes.programs import program
from tests.gradsplit.engine.split_examples import furthest

pytestmark = [pytest.mark.long, pytest.mark.filterwarnings("ignore")]
RATE = 0.01
LAST = "encoder.encoder.layer.1"


@pytest.fixture(autouse=True)
def exact_numbers(tmp_path, monkeypatch):
    """Double precision, plain gradient descent, no clipping, files in a folder of their own."""
    monkeypatch.chdir(tmp_path)
    torch.set_default_dtype(torch.float64)
    for name in ("Adam", "AdamW"):
        monkeypatch.setattr(torch.optim, name, lambda of, *_: torch.optim.SGD(of, RATE))
    yield
    torch.set_default_dtype(torch.float32)


def mask_of(tasks) -> GradientMask:
    """The first task may not update the second's channels, nor the second the third's."""
    mask = GradientMask.full(tasks)
    allowed = mask.may_update.copy()
    allowed[0, 1] = allowed[1, 2] = False
    return GradientMask(tasks, allowed)


def kept(module, name: str, patch) -> list:
    """The networks that a program makes from now on."""
    made, make = [], getattr(module, name)

    def keep(*words):
        made.append(make(*words))
        return made[-1]

    patch.setattr(module, name, keep)
    return made


def after_a_step(network, mask, modules, losses, most: float = float("inf")):
    """The trained parameters after a step along the reference; `most` clips the gradient."""
    split = GradSplit(network, mask, modules)
    trained = {name: p for name, p in network.named_parameters() if p.requires_grad}
    gradients = reference_gradients(split, losses, trained)
    norm = torch.stack([gradient.norm() for gradient in gradients.values()]).norm()
    factor = RATE * min(1.0, most / (norm + 1e-6))
    stepped = {name: p.detach() - factor * gradients[name] for name, p in trained.items()}
    split.remove()
    return stepped


def assert_same(network, wanted) -> None:
    found = {name: value.detach() for name, value in network.named_parameters() if name in wanted}
    assert furthest(found, wanted) < 1e-11


def test_accelerate(monkeypatch):
    module = program("with_accelerate", monkeypatch, STEPS=1)
    mask, tasks = mask_of(module.TASKS), module.TASKS
    batches = {task: module.endless(module.loader_of(task, 0)) for task in tasks}
    network = module.Network(tasks, 0)
    losses = {task: torch.zeros(()) for task in tasks}
    for task in tasks * module.PARTS:
        inputs, labels = next(batches[task])
        losses[task] = losses[task] + F.cross_entropy(network(inputs, task), labels) / module.PARTS
    wanted = after_a_step(network, mask, ["last"], losses, most=1.0)
    made = kept(module, "Network", monkeypatch)
    module.train(tasks, 0, mask)
    assert_same(made[0], wanted)


def test_trainer_with_mixed_batches(monkeypatch):
    module = program("with_trainer", monkeypatch, STEPS=1)
    mask, tasks = mask_of(module.TASKS), module.TASKS
    network = module.Network(tasks, 0)
    data = dict(zip(tasks, module.MicroBatches(tasks, 0).data, strict=True))
    # Parts of one size: the mean over a task's samples is the mean over the parts.
    losses = {t: F.cross_entropy(network(words)[t], label) for t, (words, label) in data.items()}
    wanted = after_a_step(network, mask, [LAST], losses)
    assert_same(trained(module.trainer_of(tasks, 0, mask)), wanted)


def test_trainer_with_all_labels(monkeypatch):
    program("with_trainer", monkeypatch)
    module = program("with_trainer_all_labels", monkeypatch, STEPS=1)
    mask, tasks = mask_of(module.TASKS), module.TASKS
    texts = module.texts(32)
    monkeypatch.setattr(module, "texts", lambda _: texts)
    network = module.Network(tasks, 0)
    outputs = network(torch.stack([text["input_ids"] for text in texts]))
    losses = {
        task: F.cross_entropy(outputs[task], torch.stack([text[task] for text in texts]))
        for task in tasks
    }
    wanted = after_a_step(network, mask, [LAST], losses)
    assert_same(trained(module.trainer_of(0, mask)), wanted)


def trained(trainer):
    """The network of a Trainer after its only step, by plain gradient descent."""
    trainer.args.max_grad_norm = 0.0
    trainer.optimizer = torch.optim.SGD(trainer.model.parameters(), RATE)
    trainer.train()
    assert trainer.state.global_step == 1
    trainer.split.remove()
    return trainer.model


def test_lightning_with_mixed_batches(monkeypatch):
    module = program("with_lightning", monkeypatch, STEPS=1)
    mask, tasks = mask_of(module.TASKS), module.TASKS
    network = module.Network(tasks, 0, mask)
    inputs, labels, ids = module.mixed(tasks, 0).tensors
    outputs = network(inputs)
    losses = {
        task: F.cross_entropy(outputs[task][ids == index], labels[ids == index])
        for index, task in enumerate(tasks)
    }
    wanted = after_a_step(network, mask, ["last"], losses)
    made = kept(module, "MixedBatches", monkeypatch)
    module.train(tasks, 0, mask)
    assert_same(made[0], wanted)


def test_lightning_with_all_labels(monkeypatch):
    module = program("with_lightning", monkeypatch, STEPS=1)
    mask, tasks = mask_of(module.TASKS), module.TASKS
    network = module.Network(tasks, 0, mask)
    inputs = module.inputs_of(module.BATCH, "all labels", "0")
    outputs = network(inputs)
    losses = {task: F.cross_entropy(outputs[task], module.label(task, inputs)) for task in tasks}
    wanted = after_a_step(network, mask, ["last"], losses, most=1.0)
    made = kept(module, "AllLabels", monkeypatch)
    module.train_all_labels(0, mask)
    assert_same(made[0], wanted)


def test_adapters(monkeypatch):
    module = program("with_peft", monkeypatch, STEPS=1)
    mask, names = mask_of(module.DATA_SETS), module.DATA_SETS
    model = module.adapted(0)
    batches = {name: module.texts(name, module.BATCH, "training", seed=0) for name in names}
    losses = {n: model(input_ids=batch, labels=batch).loss for n, batch in batches.items()}
    wanted = after_a_step(model, mask, ["base_model.model.model.layers.1"], losses)
    assert all("lora_" in name for name in wanted)
    made = kept(module, "adapted", monkeypatch)
    module.train(names, 0, mask)
    assert_same(made[0], wanted)


def test_label_holes(monkeypatch):
    module = program("label_holes", monkeypatch, STEPS=1)
    mask, tasks = mask_of(module.TASKS), module.TASKS
    network, (inputs, labels) = module.network_of(tasks, 0), module.TRAINING
    order = module.generator(0, "order")
    own = torch.randint(len(inputs), (module.BATCH,), generator=order)
    losses = module.losses_of(network(inputs[own]), labels[own], tasks)
    wanted = after_a_step(network, mask, ["2"], losses)
    made = kept(module, "network_of", monkeypatch)
    module.train(tasks, 0, mask)
    assert_same(made[0], wanted)


def test_a_task_without_labels_in_a_batch_is_left_out(monkeypatch):
    module = program("label_holes", monkeypatch)
    labels = torch.tensor([[1.0, float("nan")], [0.0, float("nan")]])
    found = module.losses_of(torch.zeros(2, 2), labels, ("a", "b"))
    assert list(found) == ["a"]
    assert found["a"].item() == pytest.approx(0.6931, abs=1e-4)


def test_texts(monkeypatch):
    module = program("text_loaders", monkeypatch, STEPS=1)
    mask, tasks = mask_of(module.TASKS), module.TASKS
    network = module.Network(tasks, 0)
    losses = {}
    for task in tasks:
        ids, labels = next(module.endless(task, 0))
        losses[task] = F.cross_entropy(network(ids, task), labels)
    wanted = after_a_step(network, mask, ["reader"], losses)
    made = kept(module, "Network", monkeypatch)
    module.train(tasks, 0, mask)
    assert_same(made[0], wanted)


def test_a_plain_loop(monkeypatch):
    module = program("plain_loop", monkeypatch, STEPS=1)
    tasks = tuple(task.name for task in module.TASKS)
    mask, network = mask_of(tasks), module.Network(tasks, 0)
    inputs, labels = module.samples(2000, "training")
    own = torch.randint(2000, (module.BATCH,), generator=module.generator(0, "order"))
    outputs = network(inputs[own])
    losses = {task: module.loss_of(task, outputs[task], labels[task][own]) for task in tasks}
    wanted = after_a_step(network, mask, ["last"], losses)
    made = kept(module, "Network", monkeypatch)
    module.train(tasks, 0, mask)
    assert_same(made[0], wanted)
