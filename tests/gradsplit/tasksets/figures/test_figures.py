import math
import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch

from gradsplit.errors import TaskSetError
from gradsplit.tasksets.contract import check_taskset
from gradsplit.tasksets.figures.data import PARSED, POSED, levels, standardised
from gradsplit.tasksets.figures.drawing import ATTRIBUTES
from gradsplit.tasksets.figures.losses import (
    contrastive,
    heat_map_cross_entropy,
    part_cross_entropy,
)
from gradsplit.tasksets.figures.task_set import Figures
from gradsplit.tasksets.registry import load_taskset
from gradsplit.training.fit import fit
from relations.errors import TaskError

# Small enough to be drawn at once, still with all tasks.
SMALL = Figures(height=32, width=16, pictures=80, identities=10, widths=(8, 8, 8, 8))


def test_it_keeps_the_contract_of_task_sets():
    check_taskset(SMALL.with_recipe(steps=2))


def test_every_task_has_people_and_pictures_of_its_own():
    for one in SMALL.task_names:
        for other in SMALL.task_names:
            if one != other:
                ours, theirs = (SMALL.album(t, "train").photographs.images for t in (one, other))
                assert (ours[:40] != theirs[:40]).mean() > 0.9
        assert len(SMALL.album(one, "train")) == 80


def test_people_of_the_test_are_not_those_of_the_training():
    for task in SMALL.task_names:
        train, test = (SMALL.album(task, part) for part in ("train", "test"))
        # Looks are drawn anew: no two people have the same colours.
        assert not np.array_equal(train.attributes[:20], test.attributes[:20])
        assert (train.photographs.images[:40] != test.photographs.images[:40]).mean() > 0.9


def test_other_data_seeds_draw_other_data_and_the_same_seed_the_same():
    images = [
        SMALL.album("pose", "train").photographs.images,
        replace(SMALL, data_seed=1).album("pose", "train").photographs.images,
    ]
    assert (images[0] != images[1]).mean() > 0.9
    assert SMALL.album("pose", "train") is SMALL.album("pose", "train")


def test_batches_of_reid_hold_four_pictures_of_each_identity():
    batches = SMALL.batches("reid", seed=0)
    pictures = SMALL.album("reid", "train")
    for _ in range(3):
        images, identities = next(batches)
        assert images.shape == (32, 3, 32, 16)
        assert torch.bincount(identities).tolist().count(4) == 8
        known = pictures.pixels(torch.arange(len(pictures)))
        for image, identity in zip(images, identities, strict=True):
            place = (known - image).abs().sum(dim=(1, 2, 3)).argmin().item()
            assert place // 8 == identity
    odd = SMALL.with_recipe(batch_size=6)
    assert len(next(odd.batches("reid", seed=0))[1]) == 6


def test_labels_have_the_shapes_that_the_docstring_says():
    targets = {task: next(SMALL.batches(task, 0))[1] for task in SMALL.task_names}
    assert targets["attribute"].shape == (32, len(ATTRIBUTES))
    places, seen = targets["pose"]
    assert (places.shape, seen.shape) == ((32, len(POSED), 2), (32, len(POSED)))
    assert targets["parsing"].shape == (32, 32, 16)
    assert targets["parsing"].max() < len(PARSED)


def test_pictures_are_standardised_and_a_black_one_is_not_divided_by_nothing():
    images = torch.randint(0, 255, (3, 3, 8, 6)).float()
    images[2] = 0
    values = standardised(images, *levels(images))
    torch.testing.assert_close(values[:2].mean(dim=(2, 3)), torch.zeros(2, 3), atol=1e-5, rtol=0)
    torch.testing.assert_close(values[:2].std(dim=(2, 3)), torch.ones(2, 3))
    assert not values[2].any()


def test_levels_measured_once_for_all_pictures_are_those_of_each_picture():
    pictures = SMALL.album("pose", "train")
    rows = torch.tensor([3, 0, 3, 79])
    values = torch.from_numpy(pictures.photographs.images)[rows].permute(0, 3, 1, 2).float()
    deviation, mean = torch.std_mean(values, dim=(2, 3), keepdim=True)
    assert torch.equal(pictures.pixels(rows), (values - mean) / deviation.clamp(min=1.0))


def test_whoever_knows_the_truth_scores_full_marks():
    figures = Figures(pictures=80, identities=10)

    def answers(task, wanted):
        parts = iter(torch.split(wanted, 100))
        return figures.score(task, lambda _: next(parts))

    attribute = figures.album("attribute", "test")
    assert answers("attribute", torch.from_numpy(attribute.attributes).float() - 0.5) == 1
    reid = figures.album("reid", "test")
    one_hot = torch.nn.functional.one_hot(torch.from_numpy(reid.identities)).float()
    assert answers("reid", one_hot) == 1
    pose = figures.album("pose", "test")
    places = torch.from_numpy(pose.joints[0])
    x = (torch.arange(16) + 0.5) * 2 - places[..., :1]
    y = (torch.arange(32) + 0.5) * 2 - places[..., 1:]
    assert answers("pose", -(y.square()[..., None] + x.square()[..., None, :])) > 0.995
    parsing = torch.from_numpy(figures.album("parsing", "test").classes).long()
    maps = torch.nn.functional.one_hot(parsing, len(PARSED)).permute(0, 3, 1, 2).float()
    assert answers("parsing", maps) == 1


def test_whoever_knows_nothing_scores_chance():
    def score(task, shape):
        torch.manual_seed(0)
        return SMALL.score(task, lambda images: torch.randn(len(images), *shape))

    assert score("attribute", (len(ATTRIBUTES),)) == pytest.approx(0.5, abs=0.02)
    assert score("reid", (64,)) < 0.1
    assert score("pose", (len(POSED), 16, 8)) < 0.1
    assert score("parsing", (len(PARSED), 16, 8)) < 0.2


def test_queries_are_judged_by_pictures_of_other_cameras():
    test = SMALL.album("reid", "test")
    queries = test.queries
    assert queries.sum() == 300 and len(test) == 600
    assert set(test.cameras[queries]) == set(test.cameras[~queries]) == set(range(6))
    torch.manual_seed(0)
    found = SMALL.find_again(lambda images: torch.randn(len(images), 8))
    assert found.queries == 300
    assert found.rank(1) <= found.rank(5) <= found.rank(10)


def test_the_contrastive_loss_is_the_paper_s_formula():
    torch.manual_seed(0)
    rows = torch.nn.functional.normalize(torch.randn(7, 5, dtype=torch.float64), dim=1)
    who = torch.tensor([0, 0, 0, 1, 1, 2, 3])
    values = []
    for i in range(7):
        partners = [j for j in range(7) if j != i and who[j] == who[i]]
        if partners:
            others = [math.exp(rows[i] @ rows[k] / 0.2) for k in range(7) if k != i]
            each = [rows[i] @ rows[j] / 0.2 - math.log(sum(others)) for j in partners]
            values.append(-sum(each) / len(each))
    assert contrastive(rows, who, 0.2).item() == pytest.approx(float(sum(values) / len(values)))


def test_the_pose_loss_is_least_for_the_gaussian_itself_and_hidden_joints_do_not_count():
    places = torch.tensor([[[6.0, 10.0], [3.0, 3.0]]])
    seen = torch.tensor([[1.0, 0.0]])
    x = (torch.arange(8) + 0.5) * 2 - places[..., :1]
    y = (torch.arange(16) + 0.5) * 2 - places[..., 1:]
    right = -(y.square()[..., None] + x.square()[..., None, :]) / 8
    loss = heat_map_cross_entropy(right, places, seen, size=(32, 16), spread=1.0)
    assert loss.item() == pytest.approx(math.log(2 * math.pi * math.e), abs=0.05)
    elsewhere = places + torch.tensor([[[0.0, 0.0], [9.0, 9.0]]])
    again = heat_map_cross_entropy(right, elsewhere, seen, size=(32, 16), spread=1.0)
    torch.testing.assert_close(loss, again)
    worse = heat_map_cross_entropy(right, places + 4, seen, size=(32, 16), spread=1.0)
    assert worse > loss + 1


def test_the_parsing_loss_weighs_classes():
    maps, labels = torch.zeros(1, 2, 2, 2), torch.zeros(1, 4, 4, dtype=torch.long)
    labels[0, 0] = 1
    maps[0, 1] = 1.0
    even = part_cross_entropy(maps, labels, torch.tensor([1.0, 1.0]))
    assert part_cross_entropy(maps, labels, torch.tensor([1.0, 9.0])) < even


def test_a_seed_decides_the_scores():
    figures = SMALL.with_recipe(steps=2)
    tasks = ("reid", "pose")
    assert fit(figures, tasks, 1).scores == fit(figures, tasks, 1).scores


def test_presets_set_the_recipe_only():
    quick, default = load_taskset("figures", {"preset": "quick"}), Figures()
    assert quick.recipe.steps < default.recipe.steps
    assert replace(quick, preset="default", recipe=default.recipe) == default
    mine = load_taskset("figures", {"preset": "quick", "steps": "7"})
    assert mine.recipe == replace(quick.recipe, steps=7)


def test_settings_hold_what_changes_a_score():
    settings = SMALL.settings()
    assert settings["revision"] == 1
    assert replace(SMALL, data_seed=3).settings() != settings
    # The same recipe under another preset's name is the same.
    assert replace(SMALL, preset="quick", recipe=SMALL.recipe.__class__(steps=9)).settings() == (
        replace(SMALL, recipe=SMALL.recipe.__class__(steps=9)).settings()
    )


def test_it_travels_to_worker_processes():
    assert pickle.loads(pickle.dumps(SMALL)) == SMALL


def test_bad_options_are_refused_all_at_once():
    with pytest.raises(TaskSetError) as error:
        Figures(height=3, preset="fast", hardness=-1.0)  # type: ignore[arg-type]
    assert all(word in str(error.value) for word in ("height", "preset", "hardness"))
    with pytest.raises(TaskSetError, match="at least 4 an identity"):
        Figures(pictures=100, identities=50)
    with pytest.raises(TaskError, match="depth"):
        SMALL.head("depth")


@pytest.mark.slow
def test_single_tasks_reach_the_levels_that_the_docs_state():
    quick = Figures(preset="quick")
    for task in quick.task_names:
        assert 0.6 < fit(quick, (task,), 100).scores[task] < 0.9
