import copy
import gc
import pickle
import weakref

import numpy as np
import pytest
import torch
from torch import nn

from gradsplit.engine.reference import reference_gradients
from gradsplit.engine.split import GradSplit
from gradsplit.errors import (
    GradSplitError,
    MaskMismatchError,
    ModuleNameError,
    NotExactError,
    UnsupportedLayerError,
)
from relations.mask import GradientMask
from tests.gradsplit.engine.split_examples import (
    IDS,
    LOSSES,
    PAPER,
    SPLIT,
    TASKS,
    furthest,
    gradients,
    losses_of,
    small_net,
)

CLOSE = 1e-12


def reference(split, model, losses):
    return reference_gradients(split, losses, dict(model.named_parameters()))


def test_one_task_at_a_time():
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    wanted = reference(split, model, losses_of(model, images))
    for task in TASKS:
        with split.task(task):
            LOSSES[task](model(images)).backward()
    assert furthest(gradients(model), wanted) < CLOSE


def test_a_blocked_group_gets_exactly_nothing():
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    with split.task("reid"):
        LOSSES["reid"](model(images)).backward()
    own = split.owners.of(10) == TASKS.index("reid")
    assert (model.conv.weight.grad[~own] == 0).all()
    assert (model.conv.weight.grad[own] != 0).all()
    assert (model.stem.weight.grad != 0).all()


def test_all_tasks_on_the_same_images():
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    wanted = reference(split, model, losses_of(model, images))
    split.backward(losses_of(model, images))
    assert furthest(gradients(model), wanted) < CLOSE


def test_separate_graphs_in_one_call():
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    losses = {task: LOSSES[task](model(images)) for task in TASKS}
    wanted = reference(split, model, losses)
    split.backward(losses)
    assert furthest(gradients(model), wanted) < CLOSE


@pytest.mark.parametrize("order", [range(8), [5, 0, 3, 7, 1, 2, 6, 4]])
@pytest.mark.parametrize("inside", [True, False])
def test_a_mixed_batch(order, inside):
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    ids = torch.tensor(IDS)[list(order)]
    plain = model(images)

    def losses(output):
        return {
            task: LOSSES[task]({task: output[task][ids == index]})
            for index, task in enumerate(TASKS)
        }

    wanted = reference(split, model, losses(plain))
    with split.samples(ids):
        output = model(images)
        if inside:
            sum(losses(output).values()).backward()
    if not inside:
        sum(losses(output).values()).backward()
    assert all(torch.equal(output[task], plain[task]) for task in TASKS)
    assert furthest(gradients(model), wanted) < CLOSE


def test_a_mask_of_ones_is_plain_training_in_every_regime():
    model, images = small_net()
    sum(losses_of(model, images).values()).backward()
    wanted = gradients(model)
    split = GradSplit(model, GradientMask.full(TASKS), SPLIT)
    sum(losses_of(model, images).values()).backward()
    assert furthest(gradients(model), wanted) < CLOSE
    split.backward(losses_of(model, images))
    assert furthest(gradients(model), wanted) < CLOSE
    with split.samples(IDS):
        losses = losses_of(model, images)
    sum(losses.values()).backward()
    assert furthest(gradients(model), wanted) < CLOSE


@pytest.mark.parametrize("bad", [float("inf"), float("nan")])
def test_what_is_not_finite_does_not_leak_through_the_mask(bad):
    """The features of a blocked group carry an inf or NaN gradient; the group stays at zero."""
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    last = split.owners.of(7)

    def losses():
        features = model.features(images)
        foreign = features[:, last == TASKS.index("pose")]
        return {"attribute": (foreign * bad).sum(), "pose": features.sum()}

    with split.task("attribute"):
        losses()["attribute"].backward()
    assert (model.layer_norm.bias.grad[last == TASKS.index("pose")] == 0).all()
    model.zero_grad()
    split.backward(losses())
    assert model.layer_norm.bias.grad[last == TASKS.index("pose")].isfinite().all()


def test_gradients_accumulate_over_calls():
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    split.backward(losses_of(model, images))
    once = gradients(model)
    for _ in range(2):
        split.backward(losses_of(model, images))
    assert furthest(gradients(model), {name: 2 * value for name, value in once.items()}) < CLOSE


def test_a_plain_backward_is_refused_not_passed_on_unmasked():
    model, images = small_net()
    GradSplit(model, PAPER, SPLIT)
    with pytest.raises(GradSplitError, match="it is not known whose loss"):
        sum(losses_of(model, images).values()).backward()


def test_a_plain_forward_with_the_backward_in_a_samples_block_is_refused():
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    losses = losses_of(model, images)
    with pytest.raises(GradSplitError, match="it is not known"), split.samples(IDS):
        sum(losses.values()).backward()


def test_masked_and_unmasked_contributions_together_are_refused():
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    plain = sum(losses_of(model, images).values())
    with split.samples(IDS):
        masked = sum(losses_of(model, images).values())
    with pytest.raises(GradSplitError, match="it is not known"):
        (plain + masked).backward()


def test_two_mixed_batches_in_one_backward():
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    found = []
    for _ in range(2):
        with split.samples(IDS):
            found.append(sum(losses_of(model, images).values()))
    sum(found).backward()
    both = gradients(model)
    with split.samples(IDS):
        sum(losses_of(model, images).values()).backward()
    assert furthest(both, {name: 2 * value for name, value in gradients(model).items()}) < CLOSE


def test_another_mask_during_training():
    model, images = small_net()
    split = GradSplit(model, GradientMask.identity(TASKS), SPLIT)
    split.set_mask(GradientMask(tasks=list(TASKS[::-1]), may_update=PAPER.may_update[::-1, ::-1]))
    assert np.array_equal(split.may_update, PAPER.may_update)
    wanted = reference(split, model, losses_of(model, images))
    split.backward(losses_of(model, images))
    assert furthest(gradients(model), wanted) < CLOSE
    with pytest.raises(MaskMismatchError, match="Expected a mask for the tasks"):
        split.set_mask(GradientMask.identity(["a", "b"]))


def test_nothing_is_left_on_the_model():
    model, images = small_net()
    before = {name: dict(module.__dict__) for name, module in model.named_modules()}
    keys = list(model.state_dict())
    output = model(images)
    split = GradSplit(model, PAPER, SPLIT)
    assert {name: dict(module.__dict__) for name, module in model.named_modules()} == before
    assert list(model.state_dict()) == keys
    assert all(torch.equal(model(images)[task], output[task]) for task in TASKS)
    split.remove()
    assert not any(parameter._backward_hooks for parameter in model.parameters())
    sum(losses_of(model, images).values()).backward()
    with pytest.raises(GradSplitError, match="was removed"), split.task("pose"):
        pass


def test_copies_and_pickles_of_a_split_model_are_plain_models():
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        sum(losses_of(twin, images).values()).backward()
        GradSplit(twin, PAPER, SPLIT).remove()
    assert split.parameters["conv.weight"] is model.conv.weight


def test_a_dropped_model_is_freed():
    model, _ = small_net()
    seen = weakref.ref(GradSplit(model, PAPER, SPLIT)), weakref.ref(model)
    del model
    gc.collect()
    assert all(one() is None for one in seen)


def test_a_second_split_of_the_same_parameters_is_refused():
    model, _ = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    with pytest.raises(GradSplitError, match=r"split already, first `conv.weight`: call remove"):
        GradSplit(model, PAPER, ["conv"])
    split.remove()
    GradSplit(model, PAPER, ["conv"])


def test_parameters_replaced_after_attaching_are_noticed():
    model, _ = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    model.conv.weight = nn.Parameter(model.conv.weight.detach().clone())
    with pytest.raises(GradSplitError, match=r"were replaced after the split.*`conv.weight`"):
        split.backward({"pose": torch.ones((), requires_grad=True)})


def test_parameters_frozen_when_attached_are_masked_once_they_train():
    model, images = small_net()
    model.conv.weight.requires_grad_(False)
    split = GradSplit(model, PAPER, SPLIT)
    assert not model.conv.weight.requires_grad
    split.backward(losses_of(model, images))
    assert model.conv.weight.grad is None
    model.zero_grad()
    model.conv.weight.requires_grad_(True)
    wanted = reference(split, model, losses_of(model, images))
    split.backward(losses_of(model, images))
    assert furthest(gradients(model), wanted) < CLOSE


def test_hooks_of_others_see_the_masked_gradient_and_see_it_once():
    model, images = small_net()
    seen = []
    model.conv.weight.register_hook(lambda gradient: seen.append(gradient.clone()))
    model.heads["pose"].bias.register_hook(lambda gradient: gradient / 2)
    split = GradSplit(model, PAPER, SPLIT)
    split.backward(losses_of(model, images))
    assert len(seen) == 1
    assert torch.equal(seen[0], model.conv.weight.grad)
    halved = model.heads["pose"].bias.grad
    split.remove()
    model.zero_grad()
    losses_of(model, images)["pose"].backward()
    assert torch.allclose(model.heads["pose"].bias.grad, halved)


@pytest.mark.parametrize(
    ("modules", "message"),
    [
        (["layer5"], "no module `layer5`"),
        (["convv"], "did you mean conv"),
        (["conv", "x1", "x2"], "- The model has no module `x2`"),
        ("conv", "must be a non-empty list"),
        ([], "must be a non-empty list"),
    ],
)
def test_module_names_that_do_not_exist_are_refused(modules, message):
    with pytest.raises(ModuleNameError, match=message):
        GradSplit(small_net()[0], PAPER, modules)


def test_layers_without_a_rule_are_all_named_or_left_to_all_tasks():
    class Odd(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(3, 8)
            self.gain = nn.Parameter(torch.ones(8))
            self.other = nn.Parameter(torch.ones(8))

    model = nn.Sequential(Odd(), nn.Linear(8, 2))
    with pytest.raises(UnsupportedLayerError) as error:
        GradSplit(model, PAPER, ["0", "1"])
    for name in ("0.gain", "0.other", "1.weight", "unsupported='share'"):
        assert name in str(error.value)
    split = GradSplit(model, PAPER, ["0", "1"], unsupported="share")
    assert sorted(split.shared) == ["0.gain", "0.other", "1.bias", "1.weight"]
    assert sorted(split.parameters) == ["0.linear.bias", "0.linear.weight"]


def test_tasks_that_do_not_fit_are_refused():
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    with pytest.raises(MaskMismatchError, match="no task 'depth'"), split.task("depth"):
        pass
    with pytest.raises(MaskMismatchError, match="no task 'depth'"):
        split.backward({"depth": model(images)["pose"].sum()})
    with pytest.raises(MaskMismatchError, match=r"got \[4\]"), split.samples([0, 4]):
        pass
    with pytest.raises(MaskMismatchError, match="must be integers"), split.samples([0.5, 1]):
        pass


def test_losses_that_cannot_be_differentiated_are_all_named():
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    with pytest.raises(GradSplitError) as error:
        split.backward({"pose": model(images)["pose"], "reid": torch.zeros(())})
    assert "`pose` must be a tensor with one element, got (8, 2)" in str(error.value)
    assert "`reid` depends on no trainable parameter" in str(error.value)
    with pytest.raises(GradSplitError, match="No losses were given"):
        split.backward({})


def test_a_wrong_number_of_task_ids_is_refused():
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    with pytest.raises(NotExactError, match="expected 7 samples"), split.samples(IDS[:7]):
        model(images)


def test_regimes_cannot_be_nested():
    model, _ = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    nested = pytest.raises(GradSplitError, match="cannot be nested")
    with split.task("pose"), nested, split.task("reid"):
        pass
    with split.samples(IDS), nested, split.samples(IDS):
        pass
    with split.samples(IDS), nested, split.task("reid"):
        pass


def test_a_mixed_batch_is_not_masked_a_second_time():
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    with split.samples(IDS):
        loss = sum(losses_of(model, images).values())
    with pytest.raises(GradSplitError, match="is masked already"), split.task("pose"):
        loss.backward()


def test_training_mode_batch_norm_inside_the_split_is_refused_for_mixed_batches_only():
    model, images = small_net(norm=nn.BatchNorm2d)
    split = GradSplit(model, PAPER, SPLIT)
    with pytest.raises(NotExactError, match=r"`norm` \(BatchNorm2d\)"), split.samples(IDS):
        pass
    wanted = reference(split, model, losses_of(model, images))
    split.backward(losses_of(model, images))
    assert furthest(gradients(model), wanted) < CLOSE


def test_a_loss_that_does_not_reach_the_split_joins_the_pass_below_it():
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)

    def losses():
        below = model.stem(images).relu()
        hidden = model.block(model.norm(model.conv(below)))
        return {
            "attribute": below.square().mean(),
            "reid": hidden.square().mean(),
            "pose": (hidden.mean((2, 3)).sum(1) * below.mean((1, 2, 3))).sum(),
        }

    wanted = reference(split, model, losses())
    seen = []
    model.stem.weight.register_hook(lambda gradient: seen.append(gradient))
    split.backward(losses())
    assert len(seen) == 1
    assert furthest(gradients(model), wanted) < CLOSE


def test_a_wrapped_model_is_split_by_its_own_names():
    model, images = small_net()
    wrapped = nn.ModuleDict({"module": model})
    split = GradSplit(wrapped, PAPER, [f"module.{name}" for name in SPLIT])
    wanted = reference(split, model, losses_of(model, images))
    split.backward(losses_of(model, images))
    assert furthest(gradients(model), wanted) < CLOSE


def test_a_mixed_batch_keeps_nothing_after_its_backward_pass():
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    with split.samples(IDS):
        loss = sum(losses_of(model, images).values())
        seen = weakref.ref(split._batch)
    loss.backward()
    del loss
    gc.collect()
    assert seen() is None
    assert not split._guard._vouched
