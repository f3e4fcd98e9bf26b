"""With the tools people train with: precision, accumulation, checkpointing, compilation."""

import functools

import pytest
import torch
from torch.utils.checkpoint import checkpoint

from gradsplit.engine.reference import reference_gradients
from gradsplit.engine.split import GradSplit
from gradsplit.errors import GradSplitError, NotExactError
from tests.gradsplit.engine.split_examples import (
    IDS,
    LOSSES,
    PAPER,
    SPLIT,
    TASKS,
    SmallNet,
    furthest,
    gradients,
    losses_of,
    small_net,
)

IDS_TENSOR = torch.tensor(IDS)


def mixed_losses(output):
    return {
        task: LOSSES[task]({task: output[task][index == IDS_TENSOR]})
        for index, task in enumerate(TASKS)
    }


def reference(split, model, losses):
    return reference_gradients(split, losses, dict(model.named_parameters()))


class Checkpointed(SmallNet):
    """The block used twice is not kept but computed again."""

    def __init__(self) -> None:
        super().__init__()
        self.options = {"use_reentrant": False}

    def features(self, images):
        hidden = self.norm(self.conv(self.stem(images).relu())).relu_()
        hidden = checkpoint(lambda h: self.block(h + self.block(h)), hidden, **self.options)
        return self.layer_norm(self.linear(hidden.mean((2, 3)))).relu()


def checkpointed():
    torch.manual_seed(0)
    return Checkpointed().double(), torch.randn(8, 3, 6, 6, dtype=torch.float64)


def test_checkpointing_in_every_regime():
    model, images = checkpointed()
    split = GradSplit(model, PAPER, SPLIT)
    model.options["context_fn"] = split.checkpoint_context
    wanted = reference(split, model, losses_of(model, images))
    split.backward(losses_of(model, images))
    assert furthest(gradients(model), wanted) < 1e-12
    for task in TASKS:
        with split.task(task):
            LOSSES[task](model(images)).backward()
    assert furthest(gradients(model), wanted) < 1e-12
    wanted = reference(split, model, mixed_losses(model(images)))
    with split.samples(IDS):
        output = model(images)
    sum(mixed_losses(output).values()).backward()
    assert furthest(gradients(model), wanted) < 1e-12


def test_checkpointing_that_a_mixed_batch_cannot_see_is_refused():
    model, images = checkpointed()
    split = GradSplit(model, PAPER, SPLIT)
    refused = pytest.raises(NotExactError, match=r"context_fn=split.checkpoint_context")
    with refused, split.samples(IDS):
        model(images)
    model.options = {"use_reentrant": True}
    with split.samples(IDS):
        output = model(images)
    with pytest.raises(GradSplitError, match="checkpoint_context"):
        sum(mixed_losses(output).values()).backward()


def test_reentrant_checkpointing_one_task_at_a_time_and_refused_for_several():
    model, images = checkpointed()
    split = GradSplit(model, PAPER, SPLIT)
    wanted = reference(split, model, losses_of(model, images))
    model.options = {"use_reentrant": True}
    for task in TASKS:
        with split.task(task):
            LOSSES[task](model(images)).backward()
    assert furthest(gradients(model), wanted) < 1e-12
    with pytest.raises(NotExactError, match="use_reentrant=False"):
        split.backward(losses_of(model, images))


@pytest.fixture
def eager_compiler():
    """Compile with the compiler's front only: quick, and sees all that matters here."""
    torch._dynamo.reset()
    yield functools.partial(torch.compile, backend="aot_eager")
    torch._dynamo.reset()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_compiled_models_are_exact_or_refused(eager_compiler):
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    compiled = eager_compiler(model)
    wanted = reference(split, model, losses_of(model, images))
    for task in TASKS:
        with split.task(task):
            LOSSES[task](compiled(images)).backward()
    assert furthest(gradients(model), wanted) < 1e-12
    with pytest.raises(NotExactError, match="compiled code can be propagated once only"):
        split.backward(losses_of(compiled, images))
    gradients(model)
    wanted = reference(split, model, mixed_losses(model(images)))
    with split.samples(IDS):
        output = compiled(images)
    sum(mixed_losses(output).values()).backward()
    assert furthest(gradients(model), wanted) < 1e-12
    with pytest.raises(GradSplitError, match="it is not known"):
        sum(mixed_losses(compiled(images)).values()).backward()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_compiled_part_below_the_split_is_exact(eager_compiler):
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    wanted = reference(split, model, losses_of(model, images))
    model.stem.compile(backend="aot_eager")
    split.backward(losses_of(model, images))
    assert furthest(gradients(model), wanted) < 1e-12


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
    for part, ids in zip(images.split(3), IDS_TENSOR.split(3), strict=True):
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
