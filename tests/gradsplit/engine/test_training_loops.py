"""With what training loops do: mixed precision, accumulation, clipping."""

import pytest
import torch

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


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_mixed_precision_in_every_regime(dtype):
    """The same roundings as plain mixed precision: tight where sums have the same order."""
    model, images = small_net()
    model, images = model.float(), images.float()
    split = GradSplit(model, PAPER, SPLIT)
    cast = torch.autocast("cpu", dtype)

    def losses():
        with cast:
            output = model(images)
        return {task: LOSSES[task]({task: output[task].float()}) for task in TASKS}

    wanted = reference(split, model, losses())
    exact = reference(split, model, losses_of(model, images))
    rounding = furthest(wanted, exact)
    assert 1e-5 < rounding < 0.2
    for task in TASKS:
        with split.task(task):
            losses()[task].backward()
    assert furthest(gradients(model), wanted) < 1e-6
    split.backward(losses())
    assert furthest(gradients(model), wanted) < rounding
    with cast:
        output = model(images)
    exact = reference(split, model, mixed_losses(model(images)))
    wanted = reference(split, model, mixed_losses(output))
    with split.samples(IDS), cast:
        output = model(images)
    sum(mixed_losses(output).values()).backward()
    found = gradients(model)
    assert all(value.dtype == torch.float32 for value in found.values())
    assert furthest(found, wanted) < 2 * furthest(wanted, exact)


def test_a_gradient_scaler_skips_the_step_when_any_gradient_overflows():
    model, images = small_net()
    model, images = model.float(), images.float()
    split = GradSplit(model, PAPER, SPLIT)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**10)
    wanted = reference(split, model, losses_of(model, images))
    split.backward({t: scaler.scale(loss) for t, loss in losses_of(model, images).items()})
    scaler.unscale_(optimizer)
    assert furthest({n: p.grad for n, p in model.named_parameters()}, wanted) < 1e-5
    before = model.conv.weight.detach().clone()
    scaler.step(optimizer)
    scaler.update()
    assert not model.conv.weight.equal(before)
    optimizer.zero_grad()
    before = model.conv.weight.detach().clone()
    split.backward(
        {t: scaler.scale(loss * float("inf")) for t, loss in losses_of(model, images).items()}
    )
    scaler.step(optimizer)
    scaler.update()
    assert model.conv.weight.equal(before)
    assert scaler.get_scale() == 2.0**9


def test_accumulation_over_micro_batches_equals_one_large_batch():
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    split.backward(losses_of(model, images))
    wanted = gradients(model)
    for part in images.split(2):
        split.backward(losses_of(model, part))
    assert furthest(gradients(model), wanted) < 1e-12
    with split.samples(IDS):
        output = model(images)
    sum(mixed_losses(output).values()).backward()
    wanted = gradients(model)
    for part, ids in zip(images.split(3), torch.tensor(IDS).split(3), strict=True):
        with split.samples(ids):
            output = model(part)
        sum(
            LOSSES[task]({task: output[task][ids == index]}) for index, task in enumerate(TASKS)
        ).backward()
    assert furthest(gradients(model), wanted) < 1e-12


def test_clipping_acts_after_masking():
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    wanted = reference(split, model, losses_of(model, images))
    norm = torch.stack([value.norm() for value in wanted.values()]).norm()
    split.backward(losses_of(model, images))
    assert float(torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)) == pytest.approx(
        float(norm), rel=1e-12
    )
