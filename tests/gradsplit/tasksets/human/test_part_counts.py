"""The fast way from part maps to counts at pixels, against torch's resampling of whole maps."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torch.nn import functional as F

from gradsplit.errors import TaskSetError
from gradsplit.tasksets.human import augment
from gradsplit.tasksets.human.part_counts import classes_at_pixels, part_counts
from gradsplit.tasksets.parts.metrics import label_counts


def plain(maps, place, size, picture):
    """Maps bilinear at the pixels of the picture, by grid_sample; as float64."""
    down, right = (
        (torch.arange(picture[axis], dtype=torch.float64) + 0.5) * place[1 - axis, 1 - axis]
        + place[1 - axis, 2]
        for axis in (0, 1)
    )
    down, right = (2 * at / size[axis] - 1 for axis, at in enumerate((down, right)))
    grid = torch.stack(torch.meshgrid(right, down, indexing="xy"), dim=-1)
    options = {"padding_mode": "border", "align_corners": False}
    return F.grid_sample(maps[None].double(), grid[None], **options)[0]


@given(
    st.integers(0, 10_000),
    st.tuples(st.integers(1, 90), st.integers(1, 90)),
    st.tuples(st.integers(1, 20), st.integers(1, 20)),
    st.integers(1, 21),
)
@settings(deadline=None, max_examples=20)
def test_classes_are_those_of_the_plain_way(seed, picture, cells, classes):
    size = (64, 48)
    maps = torch.randn(classes, *cells, generator=torch.Generator().manual_seed(seed))
    place = augment.parsing(picture, size, None).place
    found = classes_at_pixels(maps, place, size, picture)
    wanted = plain(maps, place, size, picture)
    chosen = wanted.gather(0, torch.from_numpy(found.astype(np.int64))[None])[0]
    # Where two classes are equal but for rounding, either will do.
    assert found.dtype == np.uint8 and found.shape == picture
    assert (wanted.amax(0) - chosen).max() < 1e-5


def test_of_equals_the_first():
    maps = torch.tensor([0.0, 1.0, 1.0, -1.0])[:, None, None].expand(4, 3, 3)
    place = augment.parsing((20, 10), (64, 48), None).place
    assert (classes_at_pixels(maps, place, (64, 48), (20, 10)) == 1).all()


def test_counts_are_those_of_the_labels(tmp_path):
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, (40, 30)).astype(np.uint8)
    truth[0] = 255
    Image.fromarray(truth).save(tmp_path / "labels.png")
    maps = torch.randn(3, 16, 12, generator=torch.Generator().manual_seed(1))
    place = augment.parsing((40, 30), (64, 48), None).place
    guess = classes_at_pixels(maps, place, (64, 48), (40, 30))
    found = part_counts(maps, tmp_path / "labels.png", (64, 48))
    assert (found == label_counts(guess, truth, 3, ignore=255)).all() and found.sum() == 39 * 30


def test_labels_that_cannot_be_read_are_named(tmp_path):
    (tmp_path / "bad.png").write_bytes(b"no picture")
    with pytest.raises(TaskSetError, match=r"bad\.png` cannot be read"):
        part_counts(torch.zeros(3, 4, 4), tmp_path / "bad.png", (64, 48))


@pytest.mark.parametrize("wrong", [np.full((9, 9), 7, np.uint8), np.zeros((9, 9, 3), np.uint8)])
def test_labels_that_do_not_fit_are_named(tmp_path, wrong):
    Image.fromarray(wrong).save(tmp_path / "wrong.png")
    with pytest.raises(TaskSetError, match=r"wrong\.png` is no map of 3 classes\. Expected label"):
        part_counts(torch.zeros(3, 4, 4), tmp_path / "wrong.png", (64, 48))
