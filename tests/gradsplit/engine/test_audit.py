"""Mixed batches whose samples are coupled or moved on the way are noticed."""

import gc
import weakref

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from gradsplit.engine.audit import masked_nodes
from gradsplit.engine.split import GradSplit
from gradsplit.errors import GradSplitError, NotExactError
from tests.gradsplit.engine.split_examples import (
    IDS,
    PAPER,
    SPLIT,
    TWO,
    TWO_IDS,
    four,
    mixed_losses,
    sequential_split,
    small_net,
)

ORDER = torch.tensor([2, 0, 3, 1])


class Between(nn.Module):
    """Two split layers and something between them."""

    def __init__(self, between, after=lambda y: y):
        super().__init__()
        self.first, self.last = nn.Linear(3, 4), nn.Linear(4, 4)
        self.between, self.after = between, after

    def forward(self, x):
        return self.after(self.last(self.between(self.first(x).tanh())))


def between(*functions):
    torch.manual_seed(0)
    model = Between(*functions).double()
    return model, GradSplit(model, TWO, ["first", "last"])


def run(model, split, **options):
    with split.samples(TWO_IDS, **options):
        output = model(four(3))
    output.square().sum().backward()


COUPLED = {
    "mean": lambda y: y - y.mean(0),
    "normalize": lambda y: F.normalize(y, dim=0),
    "softmax over the batch": lambda y: y * y.softmax(0),
    "attention over the batch": lambda y: F.scaled_dot_product_attention(*[y[None]] * 3)[0],
    "mixup": lambda y: 0.7 * y + 0.3 * y[ORDER],
    "standard deviation": lambda y: y + y.std(0).mean(),
    "flip": lambda y: y.flip(0),
    "roll": lambda y: y.roll(1, 0),
    "sorted": lambda y: y[y[:, 0].argsort(descending=True)][[3, 1, 0, 2]],
    "sort": lambda y: y.sort(0).values,
    "gather of as many rows": lambda y: y[[3, 3, 0, 0]],
    "cumulative sum": lambda y: y.cumsum(0),
    "product": lambda y: torch.einsum("nm,mc->nc", y @ y.T, y),
    "transposed": lambda y: y.T.contiguous(),
    "unflattened the other way": lambda y: y.reshape(2, 2, 4).transpose(0, 1).reshape(4, 4),
}


@pytest.mark.parametrize("name", COUPLED)
def test_coupled_or_moved_samples_are_noticed_in_the_first_batch(name):
    with pytest.raises(NotExactError, match=r"of `first.weight` and the losses.*`.` reach samples"):
        run(*between(COUPLED[name]))


def test_a_permutation_before_a_layer_and_its_inverse_after_it_are_noticed():
    model, split = between(lambda y: y[ORDER], lambda y: y[ORDER.argsort()])
    with pytest.raises(NotExactError, match=r"of `last.weight` and the losses"):
        run(model, split)


def test_coupling_above_the_last_split_layer_is_noticed():
    model, split = sequential_split(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    with split.samples(TWO_IDS):
        output = model(four(3))
        output = output - output.mean(0)
    with pytest.raises(NotExactError, match="are coupled or moved"):
        output.square().sum().backward()


def test_coupling_below_the_split_does_no_harm():
    model = Between(COUPLED["mean"]).double()
    run(model, GradSplit(model, TWO, ["last"]))


def test_losses_that_couple_samples_of_one_task_are_no_coupling():
    model, split = between(lambda y: y)
    same = torch.tensor(TWO_IDS)[:, None] == torch.tensor(TWO_IDS)
    with split.samples(TWO_IDS, audit=True):
        output = model(four(3))
        loss = (output @ output.T)[same].square().sum()
        loss.backward()
    with split.samples(TWO_IDS, audit=True):
        output = model(four(3))
        similar = output @ output.T
    (similar * same).sum().backward()


def test_a_backward_pass_inside_the_block_is_audited():
    model, split = between(COUPLED["mean"])
    with pytest.raises(NotExactError, match="are coupled"), split.samples(TWO_IDS):
        model(four(3)).square().sum().backward()


def test_values_that_are_not_finite_are_no_coupling():
    model, split = between(lambda y: y * torch.tensor([1.0, torch.inf, 1.0, 1.0])[:, None])
    run(model, split)
    assert not model.first.weight.grad.isfinite().all()


def test_the_audit_is_due_ever_more_rarely_and_can_be_asked_for_or_left_out():
    model, split = between(COUPLED["mean"])
    noticed = []
    for _ in range(9):
        try:
            run(model, split)
        except NotExactError:
            noticed.append(True)
        else:
            noticed.append(False)
    assert [at + 1 for at, seen in enumerate(noticed) if seen] == [1, 2, 4, 8]
    with pytest.raises(NotExactError):
        run(model, split, audit=True)
    split.remove()
    split = GradSplit(model, TWO, ["first", "last"], audit=False)
    run(model, split)
    with pytest.raises(NotExactError):
        run(model, split, audit=True)


def test_what_couples_after_the_block_is_noticed_on_demand():
    model, split = between(lambda y: y)
    with split.samples(TWO_IDS):
        output = model(four(3))
    good = {"a": output[:2].square().sum(), "b": output[2:].square().sum()}
    split.audit(good)
    centred = output - output.mean(0)
    with pytest.raises(NotExactError, match="`a` reach samples of `b`"):
        split.audit({"a": centred[:2].square().sum(), "b": centred[2:].square().sum()})
    with pytest.raises(NotExactError, match="`b` reach samples of `a`"):
        split.audit({"b": output[:2].sum()})
    assert model.first.weight.grad is None
    sum(good.values()).backward()
    with pytest.raises(GradSplitError, match="from no masked mixed batch"):
        split.audit({"a": model(four(3)).sum()})


def test_as_many_positions_as_samples_are_noticed_on_demand():
    model, split = between(lambda y: y)
    with split.samples(TWO_IDS):
        output = model(torch.randn(4, 4, 3).double())
    with pytest.raises(NotExactError, match="are coupled or moved"):
        split.audit({"a": output[:, :2].sum(), "b": output[:, 2:].sum()})


@pytest.mark.parametrize("backward", [True, False])
def test_an_audited_batch_keeps_nothing(backward):
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    with split.samples(IDS, audit=True):
        loss = sum(mixed_losses(model(images)).values())
        seen = weakref.ref(split._batch), weakref.ref(split._batch.audit)
        layer = weakref.ref(masked_nodes([loss.grad_fn], split._may_update)[0])
    if backward:
        loss.backward()
    del loss
    gc.collect()
    assert [reference() for reference in (*seen, layer)] == [None] * 3
