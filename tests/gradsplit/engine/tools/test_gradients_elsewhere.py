"""Gradients that do not simply end in `parameter.grad`, and wrappers that change little."""

import pytest
import torch
from torch import nn
from torch.func import functional_call

from gradsplit.engine.split import GradSplit
from tests.gradsplit.engine.split_examples import (
    IDS,
    LOSSES,
    PAPER,
    SPLIT,
    TASKS,
    furthest,
    gradients,
    losses_of,
    mixed_losses,
    reference,
    small_net,
)


def test_gradients_of_torch_func_are_plain_outside_of_mixed_batches():
    """Stated in the documentation: they pass no hook of a parameter."""
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    values = {name: parameter.detach() for name, parameter in model.named_parameters()}
    with split.unmasked():
        LOSSES["reid"](model(images)).backward()
    plain = gradients(model)
    with split.task("reid"):
        found = torch.func.grad(
            lambda given: LOSSES["reid"](functional_call(model, given, (images,)))
        )(values)
    assert furthest(found, plain) < 1e-12


def test_gradients_of_autograd_grad_are_masked_inside_task():
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    losses = losses_of(model, images)
    wanted = reference(split, model, {"reid": losses["reid"]})
    names = [name for name in wanted if "heads" not in name]
    with split.task("reid"):
        found = torch.autograd.grad(losses["reid"], [model.get_parameter(name) for name in names])
    assert furthest(dict(zip(names, found, strict=True)), {n: wanted[n] for n in names}) < 1e-12


@pytest.mark.parametrize("regime", ["samples", "backward"])
def test_an_optimizer_inside_the_backward_pass_sees_each_gradient_once(regime):
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    losses = mixed_losses(model(images)) if regime == "samples" else losses_of(model, images)
    wanted = {
        name: model.get_parameter(name).detach() - 0.1 * gradient
        for name, gradient in reference(split, model, losses).items()
    }

    def update(parameter):
        with torch.no_grad():
            parameter -= 0.1 * parameter.grad
        parameter.grad = None

    for parameter in model.parameters():
        parameter.register_post_accumulate_grad_hook(update)
    if regime == "samples":
        with split.samples(IDS):
            output = model(images)
        sum(mixed_losses(output).values()).backward()
    else:
        split.backward(losses_of(model, images))
    found = {name: parameter.detach() for name, parameter in model.named_parameters()}
    assert furthest(found, wanted) < 1e-12


@pytest.mark.parametrize("regime", ["task", "samples", "backward"])
def test_data_parallel_on_one_device(regime):
    core, images = small_net()
    model = nn.DataParallel(core)
    split = GradSplit(core, PAPER, SPLIT)
    losses = mixed_losses(core(images)) if regime == "samples" else losses_of(core, images)
    wanted = reference(split, core, losses)
    if regime == "samples":
        with split.samples(IDS):
            output = model(images)
        sum(mixed_losses(output).values()).backward()
    elif regime == "backward":
        split.backward(losses_of(model, images))
    else:
        for task in TASKS:
            with split.task(task):
                losses_of(model, images)[task].backward()
    assert furthest(gradients(core), wanted) < 1e-12


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("regime", ["samples", "backward"])
def test_checkpointing_of_hugging_face_models(regime):
    transformers = pytest.importorskip("transformers", reason="needs transformers")
    sizes = {"hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2}
    sizes |= {"intermediate_size": 16, "image_size": 8, "patch_size": 4}
    rates = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    torch.manual_seed(0)
    model = transformers.ViTModel(
        transformers.ViTConfig(**sizes, **rates), add_pooling_layer=False
    ).double()
    images = torch.randn(8, 3, 8, 8, dtype=torch.float64)
    names = [name for name, _ in model.named_modules()]
    last = next(name for name in names if name.endswith(("layer.1", "layers.1")))
    split = GradSplit(model, PAPER, [last])

    def losses(output):
        own = [torch.tensor(IDS) == i if regime == "samples" else ... for i in range(len(TASKS))]
        of_task = zip(TASKS, own, strict=True)
        return {t: output[kept][..., i].square().sum() for i, (t, kept) in enumerate(of_task)}

    wanted = reference(split, model, losses(model(images).last_hidden_state))
    options = {"use_reentrant": False}
    if regime == "samples":
        options["context_fn"] = split.checkpoint_context
    model.train()
    model.gradient_checkpointing_enable(gradient_checkpointing_kwargs=options)
    if regime == "samples":
        with split.samples(IDS):
            output = model(images).last_hidden_state
        sum(losses(output).values()).backward()
    else:
        split.backward(losses(model(images).last_hidden_state))
    assert furthest(gradients(model), wanted) < 1e-12
