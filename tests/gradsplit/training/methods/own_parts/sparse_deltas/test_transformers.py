"""A ViT of transformers with sparse differences."""

import pytest
import torch
from torch import nn

from gradsplit.training.methods.own_parts.sparse_deltas.sparse_network import SparseDeltaNetwork
from gradsplit.training.model_size import count
from gradsplit.training.network import MultiTaskNetwork

transformers = pytest.importorskip("transformers")


class Features(nn.Module):
    """The class token's features [N, 16] of a small ViT."""

    def __init__(self) -> None:
        super().__init__()
        self.vit = transformers.ViTModel(
            transformers.ViTConfig(
                hidden_size=16,
                num_hidden_layers=2,
                num_attention_heads=2,
                intermediate_size=32,
                image_size=16,
                patch_size=8,
                hidden_dropout_prob=0.0,
            ),
            add_pooling_layer=False,
        )

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.vit(images).last_hidden_state[:, 0]


def test_shut_gates_share_all_and_open_ones_are_trained() -> None:
    torch.manual_seed(0)
    shared = MultiTaskNetwork(Features(), {task: nn.Linear(16, 3) for task in "ab"})
    dense = count(shared, torch.randn(1, 3, 16, 16))
    network = SparseDeltaNetwork(shared, "a")
    network.head("b").load_state_dict(network.head("a").state_dict())
    images = torch.randn(2, 3, 16, 16)
    optimizer = torch.optim.Adam([one for one in network.parameters() if one.requires_grad], 1e-2)
    before = network.eval()(images, "b")
    assert torch.equal(before, network(images, "a"))
    network.train()(images, "b").square().sum().backward()
    optimizer.step()
    network.of("b").freeze_support()
    apart = count(network, images[:1])
    assert (
        apart.parameters - dense.parameters
        == network.of("b").size
        > 0.9 * sum(one.numel() for one in network.trunk.parameters())
    )
    assert not torch.equal(network.eval()(images, "b"), before)
    trunk = dense.flops - 2 * 2 * 16 * 3
    assert 1.5 * trunk < apart.flops <= 2 * trunk + 2 * 2 * 16 * 3
    network.threshold = 1e9
    assert 0 <= count(network, images[:1]).besides["own activations [%]"] == 0
