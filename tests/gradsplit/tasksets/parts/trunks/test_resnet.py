import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gradsplit.errors import GradSplitError
from gradsplit.tasksets.parts.trunks import SmallResNet, group_norm


def test_stages_are_named_and_shape_follows_the_strides():
    net = SmallResNet(3, widths=(4, 8, 12, 16), blocks=(1, 2, 1, 1), strides=(1, 2, 2, 1))
    assert [name for name, _ in net.named_children()] == [
        "stem",
        "layer1",
        "layer2",
        "layer3",
        "layer4",
    ]
    assert len(net.layer2) == 2
    assert net(torch.randn(2, 3, 64, 32)).shape == (2, 16, 8, 4)


def test_no_sample_depends_on_another():
    net = SmallResNet(3, widths=(4, 8, 8, 8)).double()
    images = torch.randn(3, 3, 32, 16, dtype=torch.float64)
    torch.testing.assert_close(net(images)[:1], net(images[:1]))


def test_every_parameter_gets_a_gradient():
    net = SmallResNet(1, widths=(4, 4, 8, 8))
    net(torch.randn(2, 1, 32, 32)).square().sum().backward()
    assert all(p.grad is not None and torch.count_nonzero(p.grad) for p in net.parameters())


@given(channels=st.integers(1, 300))
@settings(deadline=None)
def test_groups_divide_the_channels(channels):
    norm = group_norm(channels)
    assert channels % norm.num_groups == 0
    assert norm.num_groups <= max(2, channels // 8)


def test_all_problems_are_told_at_once():
    with pytest.raises(GradSplitError) as error:
        SmallResNet(0, widths=(4, 8), blocks=(1, 1, 0, 1), stem_kernel=4)
    text = str(error.value)
    assert all(word in text for word in ("widths", "blocks", "in_channels", "stem_kernel"))
