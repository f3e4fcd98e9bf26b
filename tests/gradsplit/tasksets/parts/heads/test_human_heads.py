import pytest
import torch
from torch import nn
from torch.nn import functional as F

from gradsplit.errors import GradSplitError
from gradsplit.tasksets.parts.heads import (
    AttributeHead,
    ParsingHead,
    PoseHead,
    ReidHead,
    ReidOutput,
)
from gradsplit.tasksets.parts.heads.neck import neck, pooled


def millions(module):
    return sum(parameter.numel() for parameter in module.parameters()) / 1e6


def test_pooling_is_the_mean_over_the_map():
    features = torch.randn(2, 3, 4, 5)
    for image in range(2):
        for channel in range(3):
            wanted = sum(features[image, channel].flatten().tolist()) / 20
            assert pooled(features)[image, channel].item() == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize(("channels", "groups"), [(2048, 32), (512, 8), (128, 2), (100, 1), (8, 1)])
def test_a_group_neck_has_features_enough_in_each_group(channels, groups):
    assert neck("group", channels).num_groups == groups


def test_an_unknown_neck_is_named():
    for head in (AttributeHead, ReidHead):
        with pytest.raises(GradSplitError, match="'layer'"):
            head(8, 3, norm="layer")


def test_attributes_are_a_linear_layer_on_standardised_features():
    head = AttributeHead(4, 3).double()
    features = torch.randn(6, 4, 2, 3, dtype=torch.float64)
    means = features.mean(dim=(2, 3))
    spread = ((means - means.mean(0)).square().mean(0) + 1e-5).sqrt()
    wanted = (means - means.mean(0)) / spread @ head.linear.weight.T + head.linear.bias
    torch.testing.assert_close(head(features), wanted)


@pytest.mark.parametrize("norm", ["batch", "group"])
def test_reid_learns_on_both_sides_of_the_neck_and_is_judged_after_it(norm):
    torch.manual_seed(0)
    head = ReidHead(64, 5, norm=norm)
    features = torch.randn(8, 64, 2, 2)
    output = head(features)
    assert isinstance(output, ReidOutput)
    torch.testing.assert_close(output.features, features.mean(dim=(2, 3)))
    assert output.logits.shape == (8, 5)
    head.eval()
    found = head(features)
    torch.testing.assert_close(found.norm(dim=1), torch.ones(8))
    wanted = F.normalize(head.neck(features.mean(dim=(2, 3))), dim=1)
    torch.testing.assert_close(found, wanted)


def test_the_neck_has_no_shift_and_the_classifier_no_bias():
    head = ReidHead(64, 5)
    head(torch.randn(4, 64, 2, 2)).logits.square().sum().backward()
    assert head.neck.bias.grad is None
    assert head.neck.weight.grad is not None
    assert torch.count_nonzero(head.neck.bias) == 0
    assert head.classifier.bias is None


def test_the_triplet_loss_does_not_see_the_neck():
    head = ReidHead(64, 5)
    output = head(torch.randn(4, 64, 2, 2, requires_grad=True))
    output.features.sum().backward()
    assert all(parameter.grad is None for parameter in head.parameters())


@pytest.mark.parametrize("norm", ["batch", "group"])
def test_in_evaluation_no_sample_depends_on_another(norm):
    features = torch.randn(3, 64, 4, 2)
    for head in (ReidHead(64, 5, norm=norm), AttributeHead(64, 5, norm=norm)):
        head.eval()
        torch.testing.assert_close(head(features)[:1], head(features[:1]))


def test_dense_heads_without_statistics_of_the_batch():
    features = torch.randn(3, 8, 4, 2)
    for head in (PoseHead(8, 5, widths=(8, 8)), ParsingHead(8, 5, width=8, doublings=2)):
        assert head(features).shape == (3, 5, 16, 8)
        torch.testing.assert_close(head(features)[:1], head(features[:1]))


def test_the_first_heat_maps_are_nearly_zero():
    torch.manual_seed(0)
    assert PoseHead(64, 14)(torch.randn(2, 64, 4, 3)).abs().max() < 0.2


@pytest.mark.parametrize(("channels", "wanted"), [(2048, 10.5), (512, 4.2)])
def test_the_pose_head_has_as_many_parameters_as_simple_baselines(channels, wanted):
    with torch.device("meta"):
        assert round(millions(PoseHead(channels, 16)), 1) == wanted


@pytest.mark.parametrize(("channels", "wanted"), [(2048, 13.6), (512, 12.9)])
def test_the_parsing_head_barely_depends_on_the_trunk(channels, wanted):
    with torch.device("meta"):
        assert round(millions(ParsingHead(channels, 20)), 1) == wanted


@pytest.mark.parametrize(
    "head", [AttributeHead(8, 3), ReidHead(8, 3), PoseHead(8, 3, (8,)), ParsingHead(8, 3, width=8)]
)
def test_every_parameter_learns(head):
    torch.manual_seed(0)
    output = head(torch.randn(5, 8, 4, 4))
    output = output.logits if isinstance(output, ReidOutput) else output
    (output * torch.randn_like(output)).sum().backward()
    learning = [p for p in head.parameters() if p.requires_grad]
    assert all(p.grad is not None and torch.count_nonzero(p.grad) for p in learning)


def test_weights_come_from_the_global_generator_alone():
    for build in (
        lambda: ReidHead(8, 3),
        lambda: PoseHead(8, 3, (8,)),
        lambda: ParsingHead(8, 3, width=8),
    ):
        states = []
        for _ in range(2):
            torch.manual_seed(3)
            states.append(nn.utils.parameters_to_vector(build().parameters()))
        assert torch.equal(*states)
