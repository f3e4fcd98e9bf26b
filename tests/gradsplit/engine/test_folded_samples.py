"""Windows, frames and positions that share the first dimension with the samples."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gradsplit import check_exact
from gradsplit.engine.calls import Call
from gradsplit.engine.folded_samples import FoldedSamples
from gradsplit.engine.split import GradSplit
from gradsplit.errors import NotExactError
from tests.exactness.exact_case import losses, masks, task_ids

C = 6


class Windows(nn.Module):
    """As Swin: attention in shifted windows, with a table of positions a head."""

    def __init__(self, *, fused: bool) -> None:
        super().__init__()
        self.norm, self.qkv, self.proj = nn.LayerNorm(C), nn.Linear(C, 3 * C), nn.Linear(C, C)
        self.table, self.fused = nn.Embedding(9, 3), fused
        self.scale = nn.GroupNorm(1, 4)
        self.register_buffer("index", torch.randint(9, (16,)))
        self.register_buffer("mask", torch.randn(4, 4, 4))

    def forward(self, x: Tensor) -> Tensor:
        samples, side = len(x), 4
        x = torch.roll(self.norm(x), (-1, -1), (1, 2))
        x = x.view(samples, 2, 2, 2, 2, C).permute(0, 1, 3, 2, 4, 5).contiguous()
        x = x.view(-1, 2, 2, C).view(-1, side, C)
        rows = len(x)
        qkv = self.qkv(self.scale(x)).reshape(rows, side, 3, 3, -1).permute(2, 0, 3, 1, 4)
        q, k, v = qkv.unbind(0)
        bias = self.table.weight[self.index].view(side, side, -1).permute(2, 0, 1)[None]
        if self.fused:
            mask = self.mask.view(1, 4, 1, side, side).expand(rows // 4, -1, 3, -1, -1)
            bias = bias + mask.reshape(-1, 3, side, side)
            x = F.scaled_dot_product_attention(q, k, v, attn_mask=bias)
        else:
            scores = q * 0.7 @ k.transpose(-2, -1) + bias
            scores = scores.view(samples, 4, 3, side, side) + self.mask[:, None][None]
            x = scores.view(-1, 3, side, side).softmax(-1) @ v
        x = self.proj(x.transpose(1, 2).reshape(rows, side, C))
        x = x.view(samples, 2, 2, 2, 2, C).permute(0, 1, 3, 2, 4, 5).reshape(samples, 4, 4, C)
        return torch.roll(x, (1, 1), (1, 2))


class Frames(nn.Module):
    """Frames of each sample through convolutions, norms, slopes and a computed filter."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(C, C, 3, padding=1), nn.GroupNorm(2, C)
        self.slopes, self.last = nn.PReLU(C), nn.Conv2d(C, C, 1)
        self.frozen = nn.Conv2d(C, C, 1).requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        frames = x.flatten(0, 1)
        hidden = self.slopes(self.norm(self.conv(frames)))
        hidden = F.max_pool2d(self.frozen(hidden).relu_(), 2) + hidden[..., ::2, ::2]
        hidden = F.conv2d(hidden, self.last.weight.softmax(0), self.last.bias)
        return self.last(hidden).unflatten(0, (len(x), -1)).mean(1)


CASES = {
    "windows": (lambda: Windows(fused=False), (4, 4, C)),
    "windows with a mask": (lambda: Windows(fused=True), (4, 4, C)),
    "frames": (Frames, (3, C, 4, 4)),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("mask", ["identity", "random", "paper-like"])
@pytest.mark.parametrize("samples", [1, 2, 3, 4, 5, 6])
def test_every_regime_equals_one_backward_a_task(name, mask, samples):
    torch.manual_seed(0)
    build, shape = CASES[name]
    model = nn.Sequential(nn.Identity(), build()).double()
    report = check_exact(
        model, masks(3)[mask], torch.randn(samples, *shape).double(), losses(3), ["1"],
        task_ids=task_ids(samples, 3, mixed_up=mask == "random"), unsupported="share",
    )  # fmt: skip
    assert report.worst < 1e-12


@pytest.mark.parametrize("name", CASES)
def test_values_are_those_of_the_plain_network_and_pass_the_audit(name):
    torch.manual_seed(0)
    build, shape = CASES[name]
    model, images = build().double(), torch.randn(4, *shape).double()
    split = GradSplit(model, masks(3)["identity"], [""])
    plain = model(images)
    with split.samples([0, 1, 2, 2], audit=True):
        output = model(images)
    assert torch.allclose(output, plain, rtol=0, atol=1e-13)
    output.square().sum().backward()


class Folding(nn.Module):
    """A linear layer of what a function makes of samples [N, 3, C, C]."""

    def __init__(self, fold) -> None:
        super().__init__()
        self.linear, self.fold = nn.Linear(C, C), fold

    def forward(self, x: Tensor) -> Tensor:
        return F.conv1d(self.fold(x), self.linear.weight[..., None], self.linear.bias)


MOVED = {
    "positions first": lambda x: x.transpose(0, 1).flatten(0, 1),
    "in another order": lambda x: x.flatten(0, 1)[[1, 0, *range(2, 12)]],
    "in another order, one number each": lambda x: x.flatten(0, 1)[:, :1, :1][
        [1, 0, *range(2, 12)]
    ].expand(-1, C, C),
    "across samples": lambda x: x.reshape(3, 8, C, 3).transpose(0, 1).flatten(0, 1),
    "as a weight": lambda x: F.linear(torch.ones(12, C).to(x), x.flatten(0, 1)[:, :, 0])[
        :, :C, None
    ],
    "beside a larger one": lambda x: (x.flatten(0, 1)[:, 0] + torch.ones(12, 12, C).to(x))[:, :C],
    "flipped": lambda x: x.flatten(0, 1).flip(0),
    "rolled": lambda x: x.flatten(0, 1).roll(1, 0),
    "rolled through": lambda x: x.flatten(0, 1).roll(1),
    "sorted": lambda x: x.flatten(0, 1).sort(0).values,
    "every second": lambda x: x.flatten(0, 1)[::2],
    "joined": lambda x: torch.cat([x.flatten(0, 1), x.flatten(0, 1)]),
    "written over": lambda x: written(x.flatten(0, 1).clone(), x),
    "channels in their place": lambda x: x.flatten(0, 1).transpose(0, 1).repeat(1, 1, 1),
}


def written(made: Tensor, x: Tensor) -> Tensor:
    made[:] = x.transpose(0, 1).flatten(0, 1)
    return made


@pytest.mark.parametrize("name", MOVED)
def test_places_that_are_not_followed_are_refused(name):
    model = Folding(MOVED[name]).double()
    split = GradSplit(model, masks(3)["identity"], [""])
    with pytest.raises(NotExactError, match="samples"), split.samples([0, 1, 2, 2]):
        model(torch.randn(4, 3, C, C).double())


def test_a_tensor_in_the_place_of_one_that_is_gone_is_not_followed():
    folded, samples, later = FoldedSamples(4), torch.zeros(4, 3, C), torch.zeros(12, C)
    windows = samples.view(12, C)
    folded.note(Call(Tensor.view, (samples, 12, C), {}), windows)
    assert folded.of(windows) == (0, 3)
    folded._known[id(later)] = folded._known.pop(id(windows))
    assert folded.of(later) is None


KEPT = {
    "elementwise": lambda x: F.gelu(x.flatten(0, 1)) * 2,
    "normalised": lambda x: F.normalize(x.flatten(0, 1), dim=-1).softmax(-1),
    "with another": lambda x: x.flatten(0, 1) + x.reshape(-1, C, C).sigmoid(),
    "moved and back": lambda x: x.flatten(0, 1).permute(2, 0, 1).transpose(0, 1).transpose(1, 2),
    "rolled within": lambda x: x.flatten(0, 1).roll(1, 2),
    "joined beside": lambda x: torch.cat([x.flatten(0, 1)[..., :2], x.flatten(0, 1)[..., 2:]], -1),
    "reshaped": lambda x: x.reshape(12, -1).view(4, 3, C, C).view(12, C, C),
}


@pytest.mark.parametrize("name", KEPT)
def test_places_that_are_followed(name):
    model = nn.Sequential(Folding(KEPT[name]), nn.Unflatten(0, (4, 3))).double()
    report = check_exact(
        model, masks(3)["identity"], torch.randn(4, 3, C, C).double(), losses(3), [""],
        task_ids=[0, 2, 1, 2],
    )  # fmt: skip
    assert report.worst < 1e-12


def frames():
    """Three frames [5, C] each of four samples, and what is known of them."""
    folded, samples = FoldedSamples(4), torch.zeros(4, 3, 5, C)
    return folded, noted(folded, Tensor.flatten, samples, 0, 1)


def noted(folded, func, *arguments):
    """The result of a function, of which note was taken."""
    result = func(*arguments)
    folded.note(Call(func, arguments, {}), result)
    return result


@pytest.mark.parametrize("func", [torch.matmul, torch.bmm, Tensor.matmul, Tensor.bmm])
def test_a_product_keeps_the_places_before_its_matrices(func):
    folded, made = frames()
    left, right = torch.zeros(12, 2, 5), torch.zeros(12, C, 2)
    results = noted(folded, func, made, right), noted(folded, func, left, made)
    assert [folded.of(result) for result in results] == [(0, 3), (0, 3)]


def test_a_product_that_moves_or_sums_places_is_not_followed():
    folded, made = frames()
    one_dimension_more = noted(folded, torch.matmul, made, torch.zeros(12, 1, C, 2))
    places = noted(folded, Tensor.transpose, made, 0, 1)
    summed = noted(folded, torch.matmul, torch.zeros(5, 12, 12), places)
    rows = noted(folded, Tensor.select, made, 1, 0)
    summed_rows = noted(folded, torch.matmul, torch.zeros(12, 12), rows)
    assert (folded.of(places), folded.of(rows)) == ((1, 3), (0, 3))
    for result in (one_dimension_more, summed, summed_rows):
        assert folded.of(result) is None


def test_places_in_another_dimension_than_the_first_are_mixed_by_layers():
    folded, made = frames()
    kept = noted(folded, F.conv1d, made, torch.zeros(2, 5, 1))
    channels = noted(folded, Tensor.transpose, made, 0, 1)
    mixed = noted(folded, F.conv1d, channels, torch.zeros(12, 12, 1))
    assert (folded.of(kept), folded.of(channels), folded.of(mixed)) == ((0, 3), (1, 3), None)


def test_places_on_which_two_tensors_do_not_agree_are_not_followed():
    folded, samples = FoldedSamples(4), torch.zeros(4, 3, 12)
    rows = noted(folded, Tensor.view, samples, 12, 12)
    columns = noted(folded, Tensor.t, rows)
    assert (folded.of_call([rows, samples]), folded.of_call([columns])) == ((0, 3), (1, 3))
    assert folded.of_call([rows, columns]) is None
    assert folded.of(noted(folded, torch.add, rows, columns)) is None
