import copy

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from gradsplit import check_exact
from gradsplit.engine.group_norm import GroupNormAct, replaced_batch_norm, to_group_norm
from gradsplit.errors import GradSplitError
from tests.exactness.exact_case import losses, masks, task_ids


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


class NormAct(nn.BatchNorm2d):
    """As timm writes it; the subclasses below compute something else."""

    def __init__(self, channels, drop, act):
        super().__init__(channels)
        self.drop, self.act = drop, act

    def normal(self, inputs):
        use_batch = self.training or self.running_mean is None
        mean, variance = self.running_mean, self.running_var
        return F.batch_norm(
            inputs, mean, variance, self.weight, self.bias, use_batch, 0.1, self.eps
        )

    def forward(self, inputs):
        assert inputs.ndim == 4
        return self.act(self.drop(self.normal(inputs)))


class NormActs(NormAct):
    def forward(self, inputs):
        return super().forward(inputs) * 2


class ActNorm(NormAct):
    def forward(self, inputs):
        return self.act(inputs) + self.normal(inputs)


class DropsAfter(NormAct):
    def forward(self, inputs):
        return self.drop(self.act(self.normal(inputs)))


class NoisyInTraining(NormAct):
    def forward(self, inputs):
        return super().forward(inputs) + self.training * torch.randn_like(inputs)


@pytest.mark.parametrize(
    "act", [nn.ReLU(inplace=True), nn.SiLU(), nn.Identity(), nn.PReLU(6)], ids=str
)
@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_the_activation_and_the_drop_layer_behind_a_norm_are_kept(act, device):
    drop = nn.Dropout(0.5)
    norm = NormAct(6, drop, act).to(device)
    with torch.no_grad():
        norm.weight.zero_()  # As residual branches begin: what comes after the scale is hidden.
    model = nn.Sequential(nn.Conv2d(3, 6, 1), norm).eval()
    state = torch.get_rng_state()
    replaced = to_group_norm(model, 3)[1]
    assert torch.get_rng_state().equal(state)
    assert replaced.drop is drop
    assert replaced.act is act
    assert set(norm.state_dict()) - set(replaced.state_dict()) == {
        "running_mean", "running_var", "num_batches_tracked",
    }  # fmt: skip
    assert not replaced.training
    if device == "cpu":
        inputs = torch.randn(2, 6, 4, 4)
        nn.init.uniform_(replaced.weight)
        normal = F.group_norm(inputs, 3, replaced.weight, replaced.bias, norm.eps)
        assert replaced(inputs).equal(act(normal))


def test_a_norm_with_an_activation_is_exact_in_every_regime():
    torch.manual_seed(0)
    norm = NormAct(6, nn.Identity(), nn.PReLU(6))
    model = nn.Sequential(nn.Conv2d(3, 6, 1), norm, nn.Conv2d(6, 2, 1))
    model = to_group_norm(model, 3).double()
    nn.init.normal_(model[1].weight)
    images = torch.randn(6, 3, 4, 4).double()
    report = check_exact(
        model, masks(3)["random"], images, losses(3), ["1"], task_ids=task_ids(6, 3)
    )
    assert report.worst < 1e-12


@pytest.mark.parametrize("kind", [NormActs, ActNorm, DropsAfter, NoisyInTraining])
def test_a_layer_that_computes_something_else_from_the_same_parts_is_refused(kind):
    model = nn.Sequential(kind(4, nn.Dropout(0.5), nn.Sigmoid()))
    for whole in (model, model[0]):
        with pytest.raises(GradSplitError, match=rf"`0` \({kind.__name__}\).*more than normalise"):
            to_group_norm(whole)


@pytest.mark.parametrize("name", ["mobilenetv3_small_050", "regnetx_002", "ghostnet_050"])
def test_networks_of_timm(name):
    timm = pytest.importorskip("timm", reason="needs timm")
    model = to_group_norm(timm.create_model(name, num_classes=3), 4)
    assert not any(isinstance(m, nn.modules.batchnorm._BatchNorm) for m in model.modules())
    acts = [m for m in model.modules() if isinstance(m, GroupNormAct)]
    assert any(not isinstance(m.act, nn.Identity) for m in acts)
    assert model(torch.randn(2, 3, 64, 64)).shape == (2, 3)


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


@pytest.mark.parametrize("kind", [nn.BatchNorm1d, nn.BatchNorm2d])
def test_what_was_replaced_can_be_had_again(kind):
    norm = kind(8)
    with torch.no_grad():
        for value in (norm.weight, norm.bias, norm.running_mean, norm.running_var):
            value.uniform_(1, 2)
    model = copy.deepcopy(to_group_norm(nn.Sequential(norm), 4)).double()
    assert not any("running" in name for name in model.state_dict())
    assert len(list(model.modules())) == 2
    again = replaced_batch_norm(model[0])
    assert type(again) is kind and again.weight.dtype == torch.float64
    assert again is not replaced_batch_norm(model[0])
    inputs = torch.rand(4, 8, 5)[..., None] if kind is nn.BatchNorm2d else torch.rand(4, 8)
    torch.testing.assert_close(again.eval()(inputs.double()), norm.double().eval()(inputs.double()))


def test_what_was_trained_since_is_not_had_again():
    model = to_group_norm(nn.Sequential(nn.BatchNorm2d(8)), 4)
    with torch.no_grad():
        model[0].bias.add_(1)
    assert replaced_batch_norm(model[0]) is None
    assert replaced_batch_norm(nn.GroupNorm(2, 4)) is None
    plain = to_group_norm(nn.Sequential(nn.BatchNorm2d(8, affine=False)), 4)
    assert replaced_batch_norm(plain[0]).num_features == 8
