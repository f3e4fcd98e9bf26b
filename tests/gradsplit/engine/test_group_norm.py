import pytest
import torch
from torch import nn

from gradsplit.engine.group_norm import to_group_norm
from gradsplit.errors import GradSplitError


def network():
    shared = nn.BatchNorm2d(6)
    return nn.Sequential(
        nn.Conv2d(3, 48, 3),
        nn.BatchNorm2d(48, eps=1e-3),
        nn.Sequential(nn.Conv2d(48, 6, 1), shared, nn.Conv2d(6, 6, 1), shared),
    )


def test_scale_shift_eps_mode_and_sharing_are_kept():
    model = network()
    with torch.no_grad():
        model[1].weight.uniform_()
        model[1].bias.uniform_()
    model[1].bias.requires_grad_(False)
    model.eval()
    weight, bias = model[1].weight, model[1].bias
    assert to_group_norm(model) is model
    found = model[1]
    assert isinstance(found, nn.GroupNorm)
    assert (found.num_groups, found.eps, found.training) == (24, 1e-3, False)
    assert found.weight.equal(weight)
    assert found.bias.equal(bias)
    assert not found.bias.requires_grad
    assert model[2][1] is model[2][3]
    assert model(torch.randn(2, 3, 6, 6)).shape == (2, 6, 4, 4)


@pytest.mark.parametrize(("channels", "groups", "wanted"), [(64, 32, 32), (7, 4, 1), (8, 32, 8)])
def test_groups_divide_the_channels(channels, groups, wanted):
    found = to_group_norm(nn.Sequential(nn.BatchNorm1d(channels)), groups)[0]
    assert found.num_groups == wanted


def test_some_modules_only_and_the_model_itself():
    model = to_group_norm(network(), modules=["2"])
    assert isinstance(model[1], nn.BatchNorm2d)
    assert isinstance(model[2][1], nn.GroupNorm)
    plain = to_group_norm(nn.BatchNorm2d(4, affine=False).double())
    assert isinstance(plain, nn.GroupNorm)
    assert not plain.affine


def test_what_cannot_be_replaced_is_named_and_nothing_is_changed():
    model = nn.Sequential(nn.BatchNorm2d(4), nn.LazyBatchNorm2d(), nn.LazyBatchNorm1d())
    with pytest.raises(GradSplitError) as error:
        to_group_norm(model)
    assert str(error.value).count("run one forward pass first") == 2
    assert isinstance(model[0], nn.BatchNorm2d)
    with pytest.raises(GradSplitError, match="at least 1, got 0"):
        to_group_norm(network(), 0)


def test_a_layer_that_does_more_than_normalise_is_refused():
    class NormAct(nn.BatchNorm2d):
        def forward(self, inputs):
            return super().forward(inputs).relu()

    class Renamed(nn.BatchNorm2d):
        pass

    model = nn.Sequential(nn.BatchNorm2d(4), NormAct(4), nn.SyncBatchNorm(4))
    with pytest.raises(GradSplitError, match=r"`1` \(NormAct\).*more than normalise"):
        to_group_norm(model)
    assert isinstance(model[0], nn.BatchNorm2d)
    assert isinstance(to_group_norm(nn.Sequential(Renamed(4), model[2]))[1], nn.GroupNorm)
