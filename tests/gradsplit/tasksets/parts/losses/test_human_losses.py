import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from gradsplit.tasksets.parts.heads import (
    AttributeHead,
    ParsingHead,
    PoseHead,
    ReidHead,
    ReidOutput,
)
from gradsplit.tasksets.parts.losses import (
    batch_hard_triplet,
    heat_map_error,
    pixel_cross_entropy,
    reid_loss,
    weighted_cross_entropy,
)
from gradsplit.tasksets.parts.metrics.heat_maps import heat_maps

SEEDS = st.integers(0, 10_000)


def normal(seed, *shape):
    torch.manual_seed(seed)
    return torch.randn(*shape, dtype=torch.float64)


def plain_attributes(logits, labels, share):
    total = 0.0
    for row, wanted in zip(logits.tolist(), labels.tolist(), strict=True):
        for logit, label, often in zip(row, wanted, share.tolist(), strict=True):
            chance = 1 / (1 + math.exp(-logit))
            if label:
                total -= math.exp(1 - often) * math.log(chance)
            else:
                total -= math.exp(often) * math.log(1 - chance)
    return total / logits.numel()


@given(SEEDS, st.integers(1, 6), st.integers(1, 5))
@settings(deadline=None, max_examples=30)
def test_attributes_are_weighted_by_rarity(seed, samples, attributes):
    logits = normal(seed, samples, attributes)
    labels = (normal(seed + 1, samples, attributes) > 0).double()
    share = torch.rand(attributes, dtype=torch.float64)
    found = weighted_cross_entropy(logits, labels, share)
    assert found.item() == pytest.approx(plain_attributes(logits, labels, share))


def test_a_rare_attribute_pushes_harder_when_it_is_there():
    logits = torch.zeros(1, 2, requires_grad=True)
    weighted_cross_entropy(logits, torch.ones(1, 2), torch.tensor([0.01, 0.99])).backward()
    assert logits.grad[0, 0] / logits.grad[0, 1] == pytest.approx(math.exp(0.98), rel=1e-5)


def plain_triplet(features, identities, margin):
    values = []
    for anchor in range(len(features)):
        apart = [math.dist(features[anchor], other) for other in features]
        positives = [
            apart[i]
            for i in range(len(features))
            if i != anchor and identities[i] == identities[anchor]
        ]
        negatives = [apart[i] for i in range(len(features)) if identities[i] != identities[anchor]]
        if positives and negatives:
            values.append(max(0.0, margin + max(positives) - min(negatives)))
    return sum(values) / len(values) if values else 0.0


@given(SEEDS, st.integers(1, 9), st.integers(1, 4), st.floats(0, 2))
@settings(deadline=None, max_examples=60)
def test_the_triplet_loss_is_the_plain_search(seed, samples, people, margin):
    features = normal(seed, samples, 3)
    identities = torch.randint(people, (samples,))
    found = batch_hard_triplet(features, identities, margin=margin)
    wanted = plain_triplet(features.tolist(), identities.tolist(), margin)
    assert found.item() == pytest.approx(wanted, abs=1e-12)


def test_the_triplet_loss_by_hand():
    # Farthest and nearest of the four: (1, 3), (1, 2), (0.5, 2), (0.5, 2.5).
    features = torch.tensor([[0.0], [1.0], [3.0], [3.5]])
    people = torch.tensor([5, 5, 7, 7])
    assert batch_hard_triplet(features, people, margin=0.5).item() == 0
    # Short by 0, 1, 0.5 and 0.
    assert batch_hard_triplet(features, people, margin=2.0).item() == pytest.approx(1.5 / 4)


@pytest.mark.parametrize("people", [[0, 0, 0, 0], [0, 1, 2, 3]])
def test_a_batch_without_triplets_costs_nothing_and_teaches_nothing(people):
    features = torch.randn(4, 3, requires_grad=True)
    loss = batch_hard_triplet(features, torch.tensor(people))
    loss.backward()
    assert loss.item() == 0
    assert torch.equal(features.grad, torch.zeros(4, 3))


def test_the_gradient_is_finite_for_pictures_that_are_all_alike():
    features = torch.ones(4, 3, requires_grad=True)
    loss = batch_hard_triplet(features, torch.tensor([0, 0, 1, 1]))
    loss.backward()
    assert loss.item() == pytest.approx(0.3)
    assert features.grad.isfinite().all()


def test_the_triplet_gradient_is_that_of_differences():
    features = normal(3, 6, 4).requires_grad_()
    people = torch.tensor([0, 0, 1, 1, 2, 2])
    assert torch.autograd.gradcheck(lambda x: batch_hard_triplet(x, people, margin=1.0), features)


def test_reid_is_smoothed_cross_entropy_plus_triplets():
    output = ReidOutput(normal(0, 4, 3), normal(1, 4, 5))
    people = torch.tensor([0, 0, 2, 2])
    chances = output.logits.log_softmax(dim=1)
    chosen = 0.0
    for row, person in zip(chances.tolist(), people.tolist(), strict=True):
        for identity, chance in enumerate(row):
            chosen -= (0.1 / 3 + 0.9 * (identity == person)) * chance / 4
    triplets = batch_hard_triplet(output.features, people)
    assert reid_loss(output, people).item() == pytest.approx(chosen + triplets.item())
    bare = reid_loss(output, people, smoothing=0, margin=0.7)
    wanted = F.cross_entropy(output.logits, people) + batch_hard_triplet(
        output.features, people, margin=0.7
    )
    assert bare.item() == pytest.approx(wanted.item())


def plain_heat_map_error(maps, joints, visible, size, spread):
    """Cell by cell: Simple Baselines' sum, over the square of one Gaussian."""
    total = counted = 0.0
    images, number, height, width = maps.shape
    for n in range(images):
        for j in range(number):
            if not visible[n, j]:
                continue
            counted += 1
            x, y = joints[n, j].tolist()
            column = (x + 0.5) * width / size[1] - 0.5
            row = (y + 0.5) * height / size[0] - 0.5
            for r in range(height):
                for c in range(width):
                    off = (c - column) ** 2 + (r - row) ** 2
                    wanted = math.exp(-off / (2 * spread**2))
                    total += (maps[n, j, r, c].item() - wanted) ** 2 / (math.pi * spread**2)
    return total / counted


@given(SEEDS)
@settings(deadline=None, max_examples=15)
def test_heat_map_error_is_the_plain_sum(seed):
    maps = normal(seed, 2, 3, 4, 5)
    size = (16, 10)
    joints = torch.rand(2, 3, 2, dtype=torch.float64) * 10
    visible = torch.rand(2, 3) < 0.6
    visible[0, 0] = True
    found = heat_map_error(maps, joints, visible, size=size, spread=0.8)
    wanted = plain_heat_map_error(maps, joints, visible, size, 0.8)
    assert found.item() == pytest.approx(wanted)


@pytest.mark.parametrize(("cells", "spread"), [((32, 24), 1.0), ((64, 48), 2.0), ((96, 72), 3.0)])
def test_maps_of_nothing_cost_one_whatever_their_size(cells, spread):
    joints = torch.tensor([[[90.0, 120.0]]])
    maps = torch.zeros(1, 1, *cells)
    loss = heat_map_error(maps, joints, torch.ones(1, 1), size=(256, 192), spread=spread)
    assert loss.item() == pytest.approx(1, abs=1e-4)


def test_perfect_maps_cost_nothing():
    joints = torch.rand(2, 3, 2) * 30
    maps = heat_maps(joints, (8, 8), size=(32, 32), spread=2.0)
    assert heat_map_error(maps, joints, torch.ones(2, 3), size=(32, 32)).item() == 0


def test_joints_that_are_not_visible_or_far_outside_do_not_count():
    maps = torch.randn(1, 4, 8, 8, requires_grad=True)
    joints = torch.tensor([[[5.0, 5.0], [math.nan, 1e9], [-26.0, 5.0], [-22.0, 5.0]]])
    seen = torch.tensor([[True, False, True, True]])
    loss = heat_map_error(maps, joints, seen, size=(32, 32), spread=2.0)
    loss.backward()
    taught = [bool(torch.count_nonzero(maps.grad[0, joint])) for joint in range(4)]
    # 3 spreads of 2 cells of 4 pixels: 24 pixels beyond the edge at -0.5.
    assert taught == [True, False, False, True]
    assert loss.isfinite()


@pytest.mark.parametrize("kind", [torch.bool, torch.float32])
def test_no_visible_joint_costs_nothing(kind):
    maps = torch.randn(1, 2, 4, 4, requires_grad=True)
    hidden = torch.zeros(1, 2, dtype=kind)
    loss = heat_map_error(maps, torch.full((1, 2, 2), math.nan), hidden, size=(8, 8))
    loss.backward()
    assert loss.item() == 0
    assert torch.equal(maps.grad, torch.zeros_like(maps))


def test_a_weight_counts_a_joint_so_many_times():
    maps = torch.randn(1, 2, 4, 4, dtype=torch.float64)
    joints = torch.rand(1, 2, 2, dtype=torch.float64) * 8
    one, other = (
        heat_map_error(maps, joints, torch.tensor([seen]), size=(8, 8))
        for seen in ([1.0, 0.0], [0.0, 1.0])
    )
    both = heat_map_error(maps, joints, torch.tensor([[3.0, 1.0]]), size=(8, 8))
    assert both.item() == pytest.approx((3 * one.item() + other.item()) / 4)


def test_pixels_are_counted_one_by_one_without_the_ignored():
    maps = normal(0, 2, 3, 4, 5)
    labels = torch.randint(3, (2, 4, 5))
    labels[0, :2] = 255
    chances = maps.log_softmax(dim=1)
    values = [
        -chances[n, labels[n, y, x], y, x].item()
        for n in range(2)
        for y in range(4)
        for x in range(5)
        if labels[n, y, x] != 255
    ]
    found = pixel_cross_entropy(maps, labels)
    assert found.item() == pytest.approx(sum(values) / len(values))
    assert pixel_cross_entropy(maps, labels.to(torch.uint8)).item() == found.item()


def test_maps_are_stretched_to_the_labels():
    maps = torch.tensor([[[[0.0, 4.0]], [[0.0, 0.0]]]])
    labels = torch.zeros(1, 1, 4, dtype=torch.long)
    # Halves of a cell: 0, 1, 3 and 4.
    wanted = sum(math.log(1 + math.exp(-value)) for value in (0, 1, 3, 4)) / 4
    assert pixel_cross_entropy(maps, labels).item() == pytest.approx(wanted, rel=1e-5)


def test_ignored_pixels_alone_cost_nothing_and_teach_nothing():
    maps = torch.randn(1, 3, 2, 2, requires_grad=True)
    loss = pixel_cross_entropy(maps, torch.full((1, 4, 4), 255))
    loss.backward()
    assert loss.item() == 0
    assert torch.equal(maps.grad, torch.zeros_like(maps))


def test_untrained_losses_are_of_one_size():
    """The sizes that the package's text states: no weight is needed beside the others."""
    logits, people = torch.zeros(8, 751), torch.arange(8) // 4
    values = [
        weighted_cross_entropy(torch.zeros(8, 27), torch.zeros(8, 27), torch.full((27,), 0.2)),
        reid_loss(ReidOutput(logits, torch.zeros(8, 16)), people),
        heat_map_error(
            torch.zeros(2, 16, 64, 48),
            torch.full((2, 16, 2), 90.0),
            torch.ones(2, 16),
            size=(256, 192),
        ),
        pixel_cross_entropy(torch.zeros(2, 20, 8, 6), torch.zeros(2, 32, 24, dtype=torch.long)),
    ]
    assert all(0.5 < value.item() < 10 for value in values)


PEOPLE = torch.arange(8) // 2
PLACES = torch.rand(8, 3, 2, generator=torch.Generator().manual_seed(0)) * 30
PARTS = torch.randint(3, (8, 16, 16), generator=torch.Generator().manual_seed(0))
TASKS = {
    "attribute": (
        lambda: AttributeHead(16, 4),
        lambda out: weighted_cross_entropy(
            out, (PEOPLE[:, None] == torch.arange(4)).float(), torch.full((4,), 0.25)
        ),
    ),
    # Features are fixed here, so what is left of the loss is the triplets' alone.
    "reid": (lambda: ReidHead(16, 4), lambda out: reid_loss(out, PEOPLE, smoothing=0, margin=0)),
    "pose": (
        lambda: PoseHead(16, 3, (16, 16)),
        lambda out: heat_map_error(out, PLACES, torch.ones(8, 3), size=(32, 32)),
    ),
    "parsing": (
        lambda: ParsingHead(16, 3, width=16, doublings=2),
        lambda out: pixel_cross_entropy(out, PARTS),
    ),
}


@pytest.mark.parametrize("task", TASKS)
def test_a_head_learns_a_batch_by_its_loss(task):
    torch.manual_seed(1)
    make, loss = TASKS[task]
    head, features = make(), torch.randn(8, 16, 4, 4)
    features += 2 * torch.randn(4, 16, 1, 1)[PEOPLE]
    optimizer = torch.optim.Adam(head.parameters(), 1e-2)
    values = []
    for _ in range(100):
        optimizer.zero_grad()
        found = loss(head(features))
        found.backward()
        optimizer.step()
        values.append(found.item())
    assert values[-1] < 0.35 * values[0]
