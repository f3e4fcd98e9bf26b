"""What would not be exact is refused, with what to do instead."""

import pytest
import torch
from torch import nn

from gradsplit.engine.split import GradSplit
from gradsplit.errors import GradSplitError, NotExactError, UnsupportedLayerError
from relations.mask import GradientMask
from tests.gradsplit.engine.split_examples import (
    IDS,
    LOSSES,
    PAPER,
    SPLIT,
    TASKS,
    gradients,
    losses_of,
    small_net,
)

MASK = GradientMask.identity(["a", "b"])
IDS2 = [0, 0, 1, 1]


def split_of(*layers, modules=("0",), **options):
    model = nn.Sequential(*layers).double()
    return model, GradSplit(model, MASK, modules, **options)


def images(*shape):
    return torch.randn(4, *shape, dtype=torch.float64)


def test_batch_statistics_above_the_split_are_refused_below_they_are_not():
    model, split = split_of(nn.Linear(3, 4), nn.ReLU(), nn.BatchNorm1d(4))
    with pytest.raises(NotExactError, match="inside or above the split"), split.samples(IDS2):
        model(images(3))
    model.eval()
    with split.samples(IDS2):
        model(images(3)).sum().backward()
    model, split = split_of(nn.BatchNorm1d(3), nn.Linear(3, 4), modules=["1"])
    with split.samples(IDS2):
        model(images(3)).sum().backward()


def test_batch_statistics_do_no_harm_when_all_samples_share_a_row():
    model, split = split_of(nn.Linear(3, 4), nn.BatchNorm1d(4), modules=["0", "1"])
    with split.samples([1, 1, 1, 1]):
        model(images(3)).square().sum().backward()
    assert (model[0].weight.grad[:2] == 0).all()


def test_synchronised_batch_norm_inside_is_refused():
    _, split = split_of(nn.Linear(3, 4), nn.SyncBatchNorm(4), modules=["0", "1"])
    with pytest.raises(NotExactError, match=r"`1` \(SyncBatchNorm\)"), split.samples(IDS2):
        pass


def test_attention_across_samples_is_refused():
    class Attend(nn.Module):
        def __init__(self):
            super().__init__()
            self.attention = nn.MultiheadAttention(4, 1)

        def forward(self, value):
            return self.attention(value, value, value)[0]

    model, split = split_of(Attend())
    with pytest.raises(NotExactError, match="attend to each other"), split.samples(IDS2):
        model(images(5, 4))
    with pytest.raises(NotExactError, match="attend to each other"), split.samples(IDS2):
        model(images(4))
    # As many positions as samples, positions first: every other layer would take them for samples.
    with pytest.raises(NotExactError, match="which is which"), split.samples(IDS2):
        model(images(4, 4))


def test_unknown_uses_of_a_split_parameter_are_refused_by_name():
    class Odd(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(3, 4, bias=False)

        def forward(self, value):
            return torch.einsum("ni,oi->no", value, self.linear.weight)

    model, split = split_of(Odd())
    message = r"torch.functional.einsum.*0.linear.weight.*split.task"
    with pytest.raises(NotExactError, match=message), split.samples(IDS2):
        model(images(3))
    split.backward({"a": model(images(3)).sum(), "b": model(images(3)).sum()})


def test_a_parameter_with_elements_of_its_own_along_the_samples_is_refused():
    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(3, 4)

        def forward(self, value):
            return (
                value @ torch.ones(3, 4).double() + self.linear.weight[:, :1].t().expand(4, 4).t()
            )

    model, split = split_of(Own())
    with pytest.raises(NotExactError, match="of its own along the samples"), split.samples(IDS2):
        model(images(3))


def test_data_made_inside_the_block_is_data():
    model, split = split_of(nn.Linear(3, 4))
    with split.samples(IDS2):
        model(torch.full((4, 3), 2.0).double() + torch.randn(4, 3)).sum().backward()
    assert (model[0].weight.grad != 0).all()


def test_one_sample_without_a_batch_is_refused():
    model, split = split_of(nn.Conv2d(4, 4, 1))
    with pytest.raises(NotExactError, match="without a batch dimension"), split.samples(IDS2):
        model(torch.randn(4, 5, 5).double())


@pytest.mark.filterwarnings("ignore:Sparse invariant checks")
def test_sparse_embeddings_work_one_task_at_a_time_and_are_refused_in_mixed_batches():
    model, split = split_of(nn.Embedding(6, 4, sparse=True))
    ids = torch.tensor([0, 1, 1, 5])
    with split.task("a"):
        model(ids).sum().backward()
    dense = model[0].weight.grad.to_dense()
    assert (dense[:, 2:] == 0).all()
    assert dense[:, 0].tolist() == [1, 2, 0, 0, 0, 1]
    model.zero_grad()
    output = model(ids)
    split.backward({"a": output.sum(), "b": output.square().sum()})
    assert (model[0].weight.grad.to_dense()[[0, 1, 5]] != 0).all()
    with pytest.raises(NotExactError, match="sparse=True"), split.samples(IDS2):
        model(ids)


def test_parametrisations_that_couple_filters_have_no_rule():
    layer = nn.utils.parametrizations.spectral_norm(nn.Linear(3, 4))
    with pytest.raises(UnsupportedLayerError, match=r"0.parametrizations.weight.original"):
        split_of(layer)
    _, split = split_of(nn.utils.parametrizations.weight_norm(nn.Linear(3, 4)))
    assert sorted(split.parameters) == [
        "0.bias",
        "0.parametrizations.weight.original0",
        "0.parametrizations.weight.original1",
    ]


def test_layers_with_fewer_channels_than_tasks_are_refused():
    with pytest.raises(UnsupportedLayerError, match="1 output channels: too few for b"):
        split_of(nn.Linear(3, 1))


def test_the_split_stays_usable_after_a_refusal():
    model, batch = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    with pytest.raises(NotExactError), split.samples(IDS[:5]):
        model(batch)
    with pytest.raises(GradSplitError):
        losses_of(model, batch)["pose"].backward()
    model.zero_grad()
    with split.task("pose"):
        LOSSES["pose"](model(batch)).backward()
    found = gradients(model)
    with split.samples([TASKS.index("pose")] * 8):
        loss = LOSSES["pose"](model(batch))
    loss.backward()
    assert all(value.allclose(found[name]) for name, value in gradients(model).items())


def test_higher_derivatives_through_a_mixed_batch_are_refused():
    model, split = split_of(nn.Linear(3, 4), nn.Tanh())
    with split.samples(IDS2):
        loss = model(images(3)).square().sum()
    (gradient,) = torch.autograd.grad(loss, model[0].weight, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        gradient.square().sum().backward()
