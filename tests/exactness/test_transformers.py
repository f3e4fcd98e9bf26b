"""Networks of the transformers library, small and with random weights."""

import pytest
import torch
from torch import Tensor, nn

from gradsplit import check_exact
from gradsplit.engine.group_norm import to_group_norm
from tests.exactness.exact_case import DEVICE, losses, masks, task_ids

transformers = pytest.importorskip("transformers", reason="needs the package transformers")


class Output(nn.Module):
    """One tensor of a network's output."""

    def __init__(self, network: nn.Module, name: str) -> None:
        super().__init__()
        self.network, self.name = network, name

    def forward(self, value: Tensor) -> Tensor:
        return self.network(value)[self.name]


def vit():
    config = transformers.ViTConfig(
        hidden_size=12, num_hidden_layers=2, num_attention_heads=2, intermediate_size=16,
        image_size=8, patch_size=4,
    )  # fmt: skip
    network = transformers.ViTModel(config, add_pooling_layer=False)
    return Output(network, "last_hidden_state"), torch.randn(6, 3, 8, 8)


def resnet():
    config = transformers.ResNetConfig(
        embedding_size=6, hidden_sizes=[8, 12], depths=[1, 1], layer_type="basic"
    )
    network = to_group_norm(transformers.ResNetModel(config), 4)
    return Output(network, "last_hidden_state"), torch.randn(6, 3, 16, 16)


def gpt2():
    config = transformers.GPT2Config(
        vocab_size=11, n_positions=8, n_embd=8, n_layer=2, n_head=2,
        resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, use_cache=False,
    )  # fmt: skip
    return Output(transformers.GPT2LMHeadModel(config), "logits"), torch.randint(11, (6, 6))


def llama():
    config = transformers.LlamaConfig(
        vocab_size=11, hidden_size=8, intermediate_size=12, num_hidden_layers=2,
        num_attention_heads=2, num_key_value_heads=1, use_cache=False,
    )  # fmt: skip
    return Output(transformers.LlamaForCausalLM(config), "logits"), torch.randint(11, (6, 6))


def convnext():
    config = transformers.ConvNextConfig(hidden_sizes=[6, 8], depths=[1, 1], num_stages=2)
    return Output(transformers.ConvNextModel(config), "pooler_output"), torch.randn(6, 3, 16, 16)


CASES = {
    "vit-last-layer": (vit, ["network.layers.1", "network.layernorm"]),
    "vit-whole": (vit, [""]),
    "resnet": (resnet, ["network.encoder.stages.1"]),
    "gpt2-last-layer": (gpt2, ["network.transformer.h.1", "network.transformer.ln_f"]),
    "gpt2-whole": (gpt2, [""]),
    "llama": (llama, ["network.model.layers.1", "network.model.norm"]),
    "llama-whole": (llama, [""]),
    "convnext": (convnext, ["network.encoder.stages.1"]),
}


@pytest.mark.parametrize("kind", ["random", "paper-like"])
@pytest.mark.parametrize("name", CASES)
def test_all_regimes_equal_one_backward_a_task(name, kind):
    build, modules = CASES[name]
    torch.manual_seed(0)
    model, batch = build()
    model = model.double().to(DEVICE)
    batch = (batch.double() if batch.is_floating_point() else batch).to(DEVICE)
    # Llama's norms compute in float32 whatever the weights are.
    rounding = 1e-6 if name.startswith("llama") else 1e-12
    check_exact(
        model, masks(3)[kind], batch, losses(3), modules,
        task_ids=task_ids(6, 3), tolerance=rounding,
    )  # fmt: skip
