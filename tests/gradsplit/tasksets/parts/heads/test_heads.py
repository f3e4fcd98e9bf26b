import pytest
import torch

from gradsplit.tasksets.parts.heads import BandHead, DenseHead, EmbeddingHead


def test_bands_tell_top_from_bottom_and_one_band_does_not():
    high, low = torch.zeros(1, 2, 8, 4), torch.zeros(1, 2, 8, 4)
    high[0, 0, 0, 1] = low[0, 0, 7, 1] = 1
    torch.manual_seed(0)
    several, one = BandHead(2, 3, bands=4), BandHead(2, 3, bands=1)
    assert not torch.allclose(several(high), several(low))
    torch.testing.assert_close(one(high), one(low))


def test_a_band_head_is_the_linear_layer_on_the_largest_values():
    head = BandHead(3, 5, bands=2).double()
    features = torch.randn(4, 3, 6, 3, dtype=torch.float64)
    for image in range(4):
        largest = [features[image, c, b * 3 : b * 3 + 3].max() for c in range(3) for b in range(2)]
        wanted = head.linear.weight @ torch.stack(largest) + head.linear.bias
        torch.testing.assert_close(head(features)[image], wanted)


def test_embeddings_have_length_one():
    rows = EmbeddingHead(3, 5, bands=2)(torch.randn(7, 3, 4, 4))
    torch.testing.assert_close(rows.norm(dim=1), torch.ones(7))


@pytest.mark.parametrize("widths", [(6,), (6, 4), (8, 6, 4)])
def test_a_dense_head_doubles_the_map_for_every_width(widths):
    head = DenseHead(5, 3, widths)
    assert head(torch.randn(2, 5, 4, 2)).shape == (2, 3, 4 * 2 ** len(widths), 2 * 2 ** len(widths))


@pytest.mark.parametrize("head", [BandHead(4, 3, bands=2), EmbeddingHead(4, 3), DenseHead(4, 3)])
def test_no_sample_depends_on_another(head):
    features = torch.randn(3, 4, 8, 4)
    torch.testing.assert_close(head(features)[:1], head(features[:1]))
