"""What is computed from split parameters alone by functions that mix their owners."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gradsplit import Channels, check_exact
from gradsplit.engine.split import GradSplit
from gradsplit.errors import NotExactError
from tests.exactness.exact_case import losses, masks, task_ids

POSITIONS, FEATURES = 4, 6


class Uses(nn.Module):
    """Linear layers, a table and tokens, all split; `unsplit` is not."""

    def __init__(self) -> None:
        super().__init__()
        self.split = nn.ModuleDict(
            {name: nn.Linear(FEATURES, FEATURES) for name in ("first", "second", "third")}
        )
        self.split["table"] = nn.Embedding(9, FEATURES)
        self.unsplit = nn.Linear(FEATURES, FEATURES)
        self.register_buffer("index", torch.randint(9, (POSITIONS, POSITIONS)))
        self.register_buffer("places", torch.randn(POSITIONS, POSITIONS, FEATURES))

    def layer(self, name: str) -> nn.Linear:
        layer = self.split[name]
        assert isinstance(layer, nn.Linear)
        return layer


class PositionsByAnMlp(Uses):
    """As SwinV2 and vit_relpos: a bias a head from an MLP of the positions, with dropout."""

    def forward(self, x: Tensor) -> Tensor:
        hidden = F.dropout(self.layer("first")(self.places).relu(), 0.3)
        bias = 16 * self.layer("second")(hidden).sigmoid()
        q, k = x[:, None] * torch.ones(1, FEATURES, 1, 1).to(x), self.layer("third")(x)[:, None]
        attention = (q @ k.transpose(-2, -1) + bias.permute(2, 0, 1)[None]).softmax(-1)
        return (attention @ k).sum(1)


class PositionsInPlace(Uses):
    """As T5: the table is looked up at constant places and added in place."""

    def forward(self, x: Tensor) -> Tensor:
        scores = self.layer("third")(x) @ x.transpose(1, 2)
        scores = scores[:, None].repeat(1, FEATURES, 1, 1)
        scores += self.split["table"].weight[self.index.view(-1)].view(4, 4, -1).permute(2, 0, 1)
        return (scores.softmax(-1) @ x[:, None]).sum(1)


class PositionsAsMask(Uses):
    """A table in place of the mask of a fused attention."""

    def forward(self, x: Tensor) -> Tensor:
        heads = self.layer("third")(x)[:, None].expand(-1, FEATURES, -1, -1)
        bias = self.split["table"].weight[self.index].permute(2, 0, 1)[None]
        return F.scaled_dot_product_attention(heads, heads, heads, attn_mask=bias).sum(1)


class Queries(Uses):
    """Learned queries through a linear layer, from one copy for all samples or one a sample."""

    def forward(self, x: Tensor) -> Tensor:
        queries = self.split["table"].weight[None]
        shared = self.layer("first")(queries)
        apart = self.layer("second")(queries.expand(len(x), -1, -1))
        attended = (shared @ x.transpose(1, 2)).softmax(-1) @ x
        return attended + F.scaled_dot_product_attention(apart, x, self.layer("third")(x))


class Standardised(Uses):
    """As ScaledStdConv: the filters are normalised by a BatchNorm."""

    def forward(self, x: Tensor) -> Tensor:
        layer = self.layer("first")
        gain = self.split["table"].weight[0] * 0.7
        weight = F.batch_norm(layer.weight[None], None, None, gain, training=True, momentum=0.0)
        filters = weight.reshape(FEATURES, FEATURES, 1)
        return F.conv1d(x.transpose(1, 2), filters, layer.bias).transpose(1, 2)


class Chosen(Uses):
    """A table in place of some elements of the samples."""

    def forward(self, x: Tensor) -> Tensor:
        x = self.layer("third")(x)
        table = self.split["table"].weight[:POSITIONS]
        return torch.where(x > 0, x, table) + (table / table.norm()).where(x > 1, x)


class OnTheLeft(Uses):
    """As token mixing: the weight multiplies the positions from the left."""

    def forward(self, x: Tensor) -> Tensor:
        weight = self.layer("first").weight[:POSITIONS, :POSITIONS]
        return weight @ self.layer("second")(x) + weight.exp().cumsum(0) @ x


class OfOthers(Uses):
    """Weights made of split and other parameters, over all filters, and on the right."""

    def forward(self, x: Tensor) -> Tensor:
        first, second = self.layer("first").weight, self.layer("second").weight
        low_rank = first + self.unsplit.weight @ self.layer("third").weight
        x = F.linear(x, low_rank, self.unsplit.bias + self.layer("first").bias)
        return x.flatten(1).view(len(x), 4, -1) @ (second / second.norm()) * second.softmax(0)[0]


class TokenBeside(Uses):
    """A token that is computed, put before the positions and normalised by a computed scale."""

    def forward(self, x: Tensor) -> Tensor:
        token = self.layer("first")(self.split["table"].weight[:1])[None]
        x = torch.cat((token.expand(len(x), -1, -1), self.layer("second")(x)), 1)
        scale = self.split["table"].weight.softmax(0)[3]
        return F.layer_norm(x, (FEATURES,), scale, self.layer("third").bias)


KINDS = [
    PositionsByAnMlp, PositionsInPlace, PositionsAsMask, Queries, Standardised, Chosen, OnTheLeft,
    OfOthers, TokenBeside,
]  # fmt: skip


def network(kind) -> nn.Module:
    torch.manual_seed(0)
    below, above = nn.Linear(FEATURES, FEATURES), nn.Linear(FEATURES, 2)
    return nn.Sequential(below, nn.Tanh(), kind(), above).double()


def sequences(samples: int = 5) -> Tensor:
    return torch.randn(samples, POSITIONS, FEATURES).double()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mask", ["identity", "random", "paper-like"])
@pytest.mark.parametrize("ids", [[0, 0, 1, 1, 2], [2, 0, 1, 0, 2], [1, 1, 1, 1, 1]], ids=str)
def test_every_regime_equals_one_backward_a_task(kind, mask, ids):
    report = check_exact(
        network(kind), masks(3)[mask], sequences(), losses(3), ["2.split"], task_ids=ids
    )
    assert report.worst < 1e-12


@pytest.mark.parametrize("kind", KINDS)
def test_as_many_samples_as_positions_or_features(kind):
    for samples in (POSITIONS, FEATURES, 1):
        ids = task_ids(samples, 3, mixed_up=True)
        images = sequences(samples)
        report = check_exact(
            network(kind), masks(3)["random"], images, losses(3), ["2.split"], task_ids=ids
        )
        assert report.worst < 1e-12


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_network_gives_and_the_random_numbers_after_it_are_those_of_the_plain_one(kind):
    model, images = network(kind), sequences()
    torch.manual_seed(1)
    plain, drawn = model(images), torch.rand(1)
    split = GradSplit(model, masks(3)["identity"], ["2.split"])
    torch.manual_seed(1)
    with split.samples([0, 0, 1, 1, 2]):
        output = model(images)
    assert torch.rand(1).equal(drawn)
    assert torch.allclose(output, plain, rtol=0, atol=1e-13)
    output.square().sum().backward()  # And the audit has nothing against it.


@pytest.mark.parametrize("kind", KINDS)
def test_samples_that_are_coupled_above_are_noticed(kind):
    model, images = network(kind), sequences()
    split = GradSplit(model, masks(3)["identity"], ["2.split"])
    with split.samples([0, 0, 1, 1, 2]):
        output = model(images)
        output = output - output.mean(0)
    with pytest.raises(NotExactError, match="are coupled or moved"):
        output.square().sum().backward()


class Unknown(Uses):
    def __init__(self, use) -> None:
        super().__init__()
        self.use = use

    def forward(self, x: Tensor) -> Tensor:
        return self.use(x, self.layer("first").weight.cumsum(0))


@pytest.mark.parametrize(
    "use",
    [
        lambda x, w: torch.einsum("nlc,cd->nld", x, w),
        lambda x, w: F.batch_norm(x.flatten(0, 1), None, None, w[0], training=True),
        lambda x, w: F.linear(x.transpose(0, 1), w),
        lambda x, w: F.linear(x.mean(0), w),
        lambda x, w: F.linear(x, w * x.mean()),
        lambda x, w: F.linear(x, w, x.mean((0, 1))),
        lambda x, w: torch.cat((x, w[None, :4]), 0),
        lambda x, w: x[0] @ w + x,
        lambda x, w: F.linear(x, F.relu(w, inplace=True)),
        lambda x, w: w @ x[0].t(),
        lambda x, w: x + w[None, :4].expand(5, -1, -1).cumsum(0).add_(1),
        lambda x, w: x + F.linear(x, w).sum() * w[0],
    ],
)
def test_other_uses_are_refused(use):
    model = network(lambda: Unknown(use))
    split = GradSplit(model, masks(3)["identity"], ["2.split"])
    with pytest.raises(NotExactError), split.samples([0, 0, 1, 1, 2]):
        model(sequences())


def test_a_computation_with_other_values_each_time_is_noticed():
    model = network(lambda: Unknown(lambda x, w: F.linear(x, F.gumbel_softmax(w))))
    split = GradSplit(model, masks(3)["identity"], ["2.split"])
    with split.samples([0, 0, 1, 1, 2]):
        model(sequences())
    model = network(
        lambda: Unknown(
            lambda x, w: F.linear(
                x, F.fractional_max_pool2d(w[None, None].repeat(1, 1, 2, 2), 3, output_size=6)[0, 0]
            )
        )
    )
    split = GradSplit(model, masks(3)["identity"], ["2.split"])
    with pytest.raises(NotExactError, match="other values when"), split.samples([0, 0, 1, 1, 2]):
        model(sequences())


def test_a_gain_and_its_filter_may_have_different_owners():
    model = network(Standardised)
    rules = {"2.split.table": lambda module: {"weight": Channels(9, dim=0)}}
    report = check_exact(
        model, masks(3)["random"], sequences(), losses(3), ["2.split"],
        task_ids=[0, 0, 1, 1, 2], rules=rules,
    )  # fmt: skip
    assert report.worst < 1e-12


class InPlaceOnPositions(Uses):
    """As torchvision's SwinV2: an activation in place on what is made of parameters alone."""

    def forward(self, x: Tensor) -> Tensor:
        hidden = F.relu(self.layer("first")(self.places), inplace=True)
        return self.layer("third")(x) @ self.layer("second")(hidden).mean(0).t()


def test_functions_in_place_are_refused_in_words():
    torch.manual_seed(0)
    model = InPlaceOnPositions().double()
    split = GradSplit(model, masks(3)["random"], ["split"])
    refused = pytest.raises(NotExactError, match=r"relu works in place.*Turn inplace off")
    with refused, split.samples(task_ids(6, 3)):
        model(torch.randn(6, POSITIONS, FEATURES).double())


def test_versions_in_the_place_of_samples_are_refused_in_words():
    class Turned(Uses):
        def forward(self, x: Tensor) -> Tensor:
            weight = self.layer("first").weight + self.unsplit.weight
            return F.linear(weight, x.flatten(1)[:, :FEATURES])

    model = Turned().double()
    split = GradSplit(model, masks(2)["identity"], ["split"])
    with pytest.raises(NotExactError, match="samples"), split.samples([0, 0, 1, 1]):
        model(torch.randn(4, POSITIONS, FEATURES).double())
