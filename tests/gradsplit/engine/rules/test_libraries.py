"""Parameters a channel of timm's and transformers' own layers."""

import pytest
import torch
from torch import nn

from gradsplit import check_exact
from gradsplit.engine.channels import Channels, named_channels
from gradsplit.engine.split import GradSplit
from relations.mask import GradientMask

MASK = GradientMask.identity(["a", "b"])
LOSSES = {"a": lambda y: y.square().sum(), "b": lambda y: y.sin().sum()}


def check(model, modules):
    torch.manual_seed(0)
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.5)
    images = torch.randn(4, 3, 32, 32).double()
    report = check_exact(
        Pooled(model).double(), MASK, images, LOSSES, [f"net.{name}" for name in modules],
        task_ids=[0, 1, 1, 0],
    )  # fmt: skip
    assert report.exact


class Pooled(nn.Module):
    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, images):
        return self.net(images).last_hidden_state.flatten(2).mean(-1)


def test_global_response_norms_of_convnext_v2():
    transformers = pytest.importorskip("transformers", reason="needs transformers")
    config = transformers.ConvNextV2Config(
        num_channels=3, hidden_sizes=[8, 16], depths=[1, 1], num_stages=2, drop_path_rate=0.0
    )
    check(transformers.ConvNextV2Model(config), ["encoder.stages.1"])


def test_layer_scales_of_beit():
    transformers = pytest.importorskip("transformers", reason="needs transformers")
    config = transformers.BeitConfig(
        hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=16,
        image_size=32, patch_size=16, layer_scale_init_value=0.1, drop_path_rate=0.0,
    )  # fmt: skip
    model = transformers.BeitModel(config, add_pooling_layer=False)
    name = next(n for n, p in model.named_parameters() if n.endswith("lambda_1"))
    check(model, [f"{name.split('.0.')[0]}.1"])


@pytest.mark.parametrize(
    ("kind", "name", "shape", "wanted"),
    [
        ("timm.models.beit.Block", "gamma_1", (4,), Channels(4)),
        ("timm.models.beit.Block", "other", (4,), None),
        ("timm.models.beit.Attention", "q_bias", (4,), Channels(4)),
        ("timm.models.beit.Attention", "relative_position_bias_table", (9, 4), Channels(4, -1)),
        ("timm.layers.pos_embed_rel.RelPosBiasTf", "relative_position_bias_table", (4, 3, 3),
         Channels(4)),
        ("timm.models.fastvit.LayerScale2d", "gamma", (4, 1, 1), Channels(4)),
        ("timm.models.mlp_mixer.Affine", "alpha", (1, 1, 4), Channels(4, 2)),
        ("timm.models.efficientvim.EfficientViMBlock", "alpha", (3, 4), Channels(4, -1)),
        ("timm.models.levit.Attention", "attention_biases", (4, 9), Channels(4)),
        ("timm.models.swin_transformer_v2.WindowAttention", "logit_scale", (4, 1, 1), Channels(4)),
        ("transformers.models.clip.modeling_clip.CLIPModel", "logit_scale", (), None),
        ("timm.models.volo.VOLO", "pos_embed", (1, 3, 3, 4), Channels(4, -1)),
        ("timm.models.visformer.Visformer", "pos_embed1", (1, 4, 3, 3), Channels(4, 1)),
        ("timm.models.tnt.TNT", "pixel_pos", (1, 4, 3, 3), Channels(4, 1)),
        ("timm.models.coat.CoaT", "cls_token2", (1, 1, 4), Channels(4, -1)),
        ("mine.Block", "gamma", (4,), None),
    ],
)  # fmt: skip
def test_parameters_of_libraries_by_their_names(kind, name, shape, wanted):
    home, _, short = kind.rpartition(".")
    layer = type(short, (nn.Module,), {"__module__": home})()
    layer.register_parameter(name, nn.Parameter(torch.ones(shape)))
    assert named_channels(layer).get(name) == wanted


def test_a_gain_of_filters_beside_the_parameters_of_their_convolution():
    kind = type("ScaledStdConv2d", (nn.Conv2d,), {"__module__": "timm.layers.std_conv"})
    layer = kind(3, 4, 1)
    layer.register_parameter("gain", nn.Parameter(torch.ones(4, 1, 1, 1)))
    split = GradSplit(nn.Sequential(layer), MASK, ["0"])
    assert set(split.parameters) == {"0.weight", "0.bias", "0.gain"}


class GlobalResponseNorm(nn.Module):
    """As timm writes it: shift, scale and normalisation in one call."""

    def __init__(self, channels):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(channels))
        self.bias = nn.Parameter(torch.randn(channels))

    def forward(self, x):
        norm = x.norm(p=2, dim=(1, 2), keepdim=True)
        normal = norm / (norm.mean(dim=-1, keepdim=True) + 1e-6)
        shape = (1, 1, 1, -1)
        return x + torch.addcmul(self.bias.view(shape), self.weight.view(shape), x * normal)


def test_a_shift_and_a_scale_in_one_call():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), GlobalResponseNorm(4), nn.Tanh()).double()
    images = torch.randn(4, 5, 5, 3).double()
    report = check_exact(model, MASK, images, LOSSES, ["0", "1"], task_ids=[0, 1, 1, 0])
    assert report.exact
