"""Attaching a mask: the regimes, and what is left on the model."""

import copy
import gc
import pickle
import weakref

import numpy as np
import pytest
import torch
from torch import nn

from gradsplit.engine.split import GradSplit
from gradsplit.errors import GradSplitError, MaskMismatchError
from relations.errors import MaskError
from relations.mask import GradientMask
from tests.gradsplit.engine.split_examples import (
    IDS,
    LOSSES,
    PAPER,
    SPLIT,
    TASKS,
    TWO,
    furthest,
    gradients,
    losses_of,
    reference,
    small_net,
)


def test_one_task_at_a_time():
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    wanted = reference(split, model, losses_of(model, images))
    for task in TASKS:
        with split.task(task):
            LOSSES[task](model(images)).backward()
    assert furthest(gradients(model), wanted) < 1e-12


def test_a_blocked_group_gets_exactly_nothing():
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    with split.task("reid"):
        LOSSES["reid"](model(images)).backward()
    own = split.owners.of(10) == TASKS.index("reid")
    assert (model.conv.weight.grad[~own] == 0).all()
    assert (model.conv.weight.grad[own] != 0).all()
    assert (model.stem.weight.grad != 0).all()


def test_a_mask_of_ones_is_plain_training_in_every_regime():
    model, images = small_net()
    sum(losses_of(model, images).values()).backward()
    wanted = gradients(model)
    split = GradSplit(model, GradientMask.full(TASKS), SPLIT)
    sum(losses_of(model, images).values()).backward()
    assert furthest(gradients(model), wanted) < 1e-12
    split.backward(losses_of(model, images))
    assert furthest(gradients(model), wanted) < 1e-12
    with split.samples(IDS):
        losses = losses_of(model, images)
    sum(losses.values()).backward()
    assert furthest(gradients(model), wanted) < 1e-12


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
    assert furthest(gradients(model), {name: 2 * value for name, value in once.items()}) < 1e-12


def test_another_mask_during_training():
    model, images = small_net()
    split = GradSplit(model, GradientMask.identity(TASKS), SPLIT)
    split.set_mask(GradientMask(tasks=list(TASKS[::-1]), may_update=PAPER.may_update[::-1, ::-1]))
    assert np.array_equal(split.may_update, PAPER.may_update)
    wanted = reference(split, model, losses_of(model, images))
    split.backward(losses_of(model, images))
    assert furthest(gradients(model), wanted) < 1e-12
    with pytest.raises(MaskMismatchError, match="Expected a mask for the tasks"):
        split.set_mask(GradientMask.identity(["a", "b"]))


def test_a_mask_that_replaces_a_full_one_masks_and_the_other_way_round():
    model, images = small_net()
    split = GradSplit(model, GradientMask.full(TASKS), SPLIT)
    split.set_mask(PAPER)
    with split.task("reid"):
        LOSSES["reid"](model(images)).backward()
    own = split.owners.of(10) == TASKS.index("reid")
    assert (gradients(model)["conv.weight"][~own] == 0).all()
    split.set_mask(GradientMask.full(TASKS))
    with split.task("reid"):
        LOSSES["reid"](model(images)).backward()
    assert (gradients(model)["conv.weight"] != 0).all()


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


def test_tasks_that_do_not_fit_are_refused():
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    with pytest.raises(MaskMismatchError, match="no task 'depth'"), split.task("depth"):
        pass
    with pytest.raises(MaskMismatchError, match="no task 'depth'"):
        split.backward({"depth": model(images)["pose"].sum()})
    with pytest.raises(MaskMismatchError, match=r"got \[4\]"), split.samples([0, 4]):
        pass
    for nothing in ([], torch.zeros(0, dtype=torch.long)):
        with pytest.raises(MaskMismatchError, match="`task_ids` is empty"), split.samples(nothing):
            pass
    with pytest.raises(MaskMismatchError, match="must be integers"), split.samples([0.5, 1]):
        pass


@pytest.mark.parametrize("mask", [None, {"pose": 1}, [[True, False], [True, True]]])
def test_what_is_no_mask_is_refused(mask):
    model, _ = small_net()
    with pytest.raises(MaskMismatchError, match="`mask` must be a GradientMask or its file"):
        GradSplit(model, mask, SPLIT)


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


def test_a_wrapped_model_is_split_by_its_own_names():
    model, images = small_net()
    wrapped = nn.ModuleDict({"module": model})
    split = GradSplit(wrapped, PAPER, [f"module.{name}" for name in SPLIT])
    wanted = reference(split, model, losses_of(model, images))
    split.backward(losses_of(model, images))
    assert furthest(gradients(model), wanted) < 1e-12


def test_the_table_says_who_owns_what():
    class Gain(nn.Module):
        def __init__(self):
            super().__init__()
            self.gain = nn.Parameter(torch.ones(4))

    model = nn.Sequential(nn.Conv2d(3, 6, 1), nn.GroupNorm(2, 6), nn.Conv2d(6, 5, 1), Gain())
    text = GradSplit(model, TWO, [""], unsupported="share").table()
    assert text == (
        "5 channels (2)\n  a: 0-2\n  b: 3-4\n"
        "6 channels (0, 1)\n  a: 0-2\n  b: 3-5\n"
        "left to all tasks: 3.gain"
    )


def test_losses_without_their_tasks_are_refused():
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    loss = model.features(images).sum()
    for losses in ([loss], loss, None, "pose", [("pose", loss)]):
        with pytest.raises(MaskMismatchError, match=r"`losses` must be a dict \{task: loss\}, got"):
            split.backward(losses)


def test_a_mask_may_be_given_as_its_file(tmp_path):
    model, _ = small_net()
    mask = GradientMask(TASKS, np.triu(np.ones((len(TASKS),) * 2, dtype=bool)))
    mask.save(tmp_path / "mask.json")
    split = GradSplit(model, str(tmp_path / "mask.json"), SPLIT)
    assert np.array_equal(split.may_update, mask.may_update)
    split.set_mask(GradientMask.full(TASKS))
    split.set_mask(tmp_path / "mask.json")
    assert np.array_equal(split.may_update, mask.may_update)
    with pytest.raises(MaskError, match="There is no mask file"):
        split.set_mask("mask.jsno")


class Holder:
    """An object of a user that holds the model and its split."""

    def __init__(self):
        self.model, self.images = small_net()
        self.split = GradSplit(self.model, PAPER, SPLIT, shares={"reid": 0.4})
        self.split.set_mask(GradientMask.identity(TASKS))


@pytest.mark.parametrize("twin_of", [copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))])
def test_a_copy_of_model_and_split_is_split_alike(twin_of):
    holder = Holder()
    twin = twin_of(holder)
    assert twin.split.parameters["conv.weight"] is twin.model.conv.weight
    for each in (holder, twin):
        wanted = reference(each.split, each.model, losses_of(each.model, each.images))
        each.split.backward(losses_of(each.model, each.images))
        assert furthest(gradients(each.model), wanted) < 1e-12
    assert np.array_equal(twin.split.may_update, holder.split.may_update)
    assert np.array_equal(twin.split.owners.of(10), holder.split.owners.of(10))
    holder.split.remove()
    with pytest.raises(GradSplitError, match="was removed"), twin_of(holder).split.task("pose"):
        pass


def test_a_model_that_holds_its_own_split_is_copied_or_refused():
    outer = nn.Module()
    outer.model, _ = small_net()
    outer.split = GradSplit(outer.model, PAPER, SPLIT)
    twin = copy.deepcopy(outer)
    assert twin.split.parameters["conv.weight"] is twin.model.conv.weight
    model, _ = small_net()
    model.split = GradSplit(model, PAPER, SPLIT)
    try:
        twin = copy.deepcopy(model)
    except GradSplitError as error:
        assert "holds its own split" in str(error)
    else:
        assert twin.split.parameters["conv.weight"] is twin.conv.weight
