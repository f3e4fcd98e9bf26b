import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gradsplit.errors import TaskSetError
from gradsplit.tasksets.human.crops import (
    around,
    cut,
    cut_labels,
    fitted,
    inverse,
    joints_in,
    joints_out,
    mirrored,
    moved,
    opened,
    stretched,
    zoomed,
)

SIZE = (24, 16)


def plain_cut(pixels, place, size):
    """Bilinear, one pixel at a time; nothing outside of the picture."""
    height, width = pixels.shape[:2]
    back = inverse(place)
    result = np.zeros((*size, pixels.shape[2]))
    for row in range(size[0]):
        for column in range(size[1]):
            x, y = back @ (column + 0.5, row + 0.5, 1)
            if not (0 <= x < width and 0 <= y < height):
                continue
            x, y = x - 0.5, y - 0.5
            for i in (math.floor(y), math.floor(y) + 1):
                for j in (math.floor(x), math.floor(x) + 1):
                    weight = (1 - abs(y - i)) * (1 - abs(x - j))
                    inside = min(max(i, 0), height - 1), min(max(j, 0), width - 1)
                    result[row, column] += weight * pixels[inside]
    return result


def plain_labels(labels, place, size):
    back = inverse(place)
    result = np.full(size, 255, np.uint8)
    for row in range(size[0]):
        for column in range(size[1]):
            x, y = back @ (column + 0.5, row + 0.5, 1)
            if 0 <= x < labels.shape[1] and 0 <= y < labels.shape[0]:
                result[row, column] = labels[math.floor(y), math.floor(x)]
    return result


def a_place(picture, seed):
    rng = np.random.default_rng(seed)
    place = (stretched if seed % 2 else fitted)(picture, SIZE)
    place = zoomed(place, SIZE, factor=rng.uniform(0.75, 1.25), degrees=rng.uniform(-40, 40))
    place = moved(place, *rng.integers(-3, 4, 2))
    return mirrored(place, SIZE) if seed % 3 else place


@pytest.mark.parametrize("seed", range(6))
def test_a_cut_is_that_of_the_plain_loop(seed):
    pixels = np.random.default_rng(seed).integers(0, 256, (20, 18, 3), np.uint8)
    place = a_place((20, 18), seed)
    got = cut(Image.fromarray(pixels), place, SIZE)
    assert got.shape == (*SIZE, 3)
    assert np.abs(got - plain_cut(pixels, place, SIZE)).max() <= 1


@pytest.mark.parametrize("seed", range(6))
def test_labels_are_those_of_the_plain_loop(seed):
    labels = np.random.default_rng(seed).integers(0, 20, (20, 18), np.uint8)
    place = a_place((20, 18), seed)
    got = cut_labels(Image.fromarray(labels), place, SIZE)
    # A pixel whose middle falls on the border of two labels may take either.
    assert (got == plain_labels(labels, place, SIZE)).mean() > 0.98
    assert set(np.unique(got)) <= {*range(20), 255}


@given(st.integers(0, 10_000), st.integers(5, 90), st.integers(5, 90))
def test_joints_come_back_where_they_were(seed, height, width):
    joints = np.random.default_rng(seed).uniform(0, 90, (16, 2))
    place = a_place((height, width), seed)
    assert np.allclose(joints_out(place, joints_in(place, joints)), joints, atol=1e-3)


@pytest.mark.parametrize("seed", range(4))
def test_a_joint_stays_on_the_spot_it_marks(seed):
    place = a_place((40, 30), seed)
    for joint in [(8, 12), (20, 15), (14, 30)]:
        pixels = np.zeros((40, 30, 3), np.uint8)
        pixels[joint[1] - 1 : joint[1] + 2, joint[0] - 1 : joint[0] + 2] = 255
        bright = cut(Image.fromarray(pixels), place, SIZE)[..., 0].astype(float)
        rows, columns = np.indices(SIZE)
        middle = np.array([(columns * bright).sum(), (rows * bright).sum()]) / bright.sum()
        assert np.abs(joints_in(place, np.array(joint)) - middle).max() < 0.35


def test_places_put_the_picture_where_they_say():
    corners = np.array([[-0.5, -0.5], [9.5, 19.5]])
    assert joints_in(stretched((20, 10), (40, 40)), corners).tolist() == [
        [-0.5, -0.5],
        [39.5, 39.5],
    ]
    # 20 x 10 into 40 x 40: as high, and in the middle.
    assert joints_in(fitted((20, 10), (40, 40)), corners).tolist() == [[9.5, -0.5], [29.5, 39.5]]
    place = around(np.array([3.5, 4.5]), 2.0, (10, 20))
    assert joints_in(place, np.array([3.0, 4.0])).tolist() == [9.5, 4.5]
    assert joints_in(mirrored(place, (10, 20)), np.array([4.0, 4.0])).tolist() == [7.5, 4.5]
    turned = zoomed(place, (10, 20), degrees=90)
    # Clockwise on the screen: what was right of the middle is below it.
    assert np.allclose(joints_in(turned, np.array([4.0, 4.0])), [9.5, 6.5], atol=1e-5)


def test_a_large_jpeg_is_decoded_small_and_cut_at_the_same_place(tmp_path):
    gradient = np.linspace(0, 255, 800)[:, None] * np.linspace(0.2, 1, 600)
    picture = Image.fromarray(np.repeat(gradient[..., None], 3, 2).astype(np.uint8))
    for ending in ("jpg", "png"):
        picture.save(tmp_path / f"picture.{ending}", quality=95)
    place = fitted((800, 600), (100, 75))
    with opened(tmp_path / "picture.jpg") as lossy, opened(tmp_path / "picture.png") as whole:
        small, full = (cut(one, place, (100, 75)).astype(int) for one in (lossy, whole))
        assert lossy.size == (75, 100)
    assert np.abs(small - full).max() <= 4


def test_grey_pictures_and_palettes_are_cut_as_colours():
    for mode in ("L", "P", "RGBA"):
        picture = Image.fromarray(np.full((8, 8), 90, np.uint8)).convert(mode)
        assert (cut(picture, stretched((8, 8), (4, 4)), (4, 4)) == 90).all()


def test_what_is_no_picture_is_refused_by_name(tmp_path):
    (tmp_path / "a.jpg").write_text("no picture")
    with (
        pytest.raises(TaskSetError, match=r"a\.jpg` cannot be read as a picture"),
        opened(tmp_path / "a.jpg"),
    ):
        pass


@pytest.mark.parametrize("shrink", [(3, 3), (5, 2), (8, 8), (1, 4)])
def test_a_large_png_is_made_smaller_by_means(shrink):
    """Fine stripes become grey; four pixels of each block alone would be stripes again."""
    down, across = shrink
    pixels = np.zeros((24 * down, 16 * across, 3), np.uint8)
    pixels[::2, ::2] = pixels[1::2, 1::2] = 255
    got = cut(Image.fromarray(pixels), stretched(pixels.shape[:2], SIZE), SIZE).astype(int)
    whole = pixels.reshape(24, down, 16, across, 3).mean((1, 3))
    # Exactly the means of the blocks, but for the rounding of two steps.
    assert np.abs(got - whole).max() <= 1


@pytest.mark.parametrize("seed", range(6))
def test_what_is_made_smaller_stays_where_it_was(seed):
    """A spot in a large picture of any size is found where the place puts it."""
    rng = np.random.default_rng(seed)
    height, width = rng.integers(190, 260, 2).tolist()
    place = a_place((height, width), seed)
    rows, columns = np.indices((height, width))
    center = joints_out(place, np.array([8.0, 12.0]))
    spot = np.exp(-((columns - center[0]) ** 2 + (rows - center[1]) ** 2) / (2 * 18**2))
    picture = Image.fromarray((255 * spot).astype(np.uint8)).convert("RGB")
    bright = cut(picture, place, SIZE)[..., 0].astype(float)
    bright[bright < 60] = 0
    at_rows, at_columns = np.indices(SIZE)
    middle = np.array([(at_columns * bright).sum(), (at_rows * bright).sum()]) / bright.sum()
    assert np.abs(middle - [8.0, 12.0]).max() < 0.2


def test_what_needs_no_shrinking_is_cut_as_before():
    pixels = np.random.default_rng(0).integers(0, 256, (40, 30, 3)).astype(np.uint8)
    place = fitted((40, 30), SIZE)  # 0.53: less than two pixels become one
    got = cut(Image.fromarray(pixels), place, SIZE)
    assert np.abs(got - plain_cut(pixels, place, SIZE)).max() <= 1


def test_grey_of_16_bits_is_taken_by_its_full_range(tmp_path):
    values = np.array([[0, 128, 129, 257], [32767, 32896, 65278, 65535]], np.uint16)
    Image.fromarray(values).save(tmp_path / "deep.png")
    with opened(tmp_path / "deep.png") as picture:
        got = cut(picture, stretched((2, 4), (2, 4)), (2, 4))
    assert got[..., 0].tolist() == [[0, 0, 1, 1], [127, 128, 254, 255]]
    assert (got == got[..., :1]).all()


def test_a_range_that_nobody_knows_is_refused_by_name(tmp_path):
    Image.fromarray(np.ones((4, 4), np.float32)).save(tmp_path / "deep.tiff")
    with (
        pytest.raises(TaskSetError, match=r"deep\.tiff` cannot be read .* whose range nobody"),
        opened(tmp_path / "deep.tiff") as picture,
    ):
        cut(picture, stretched((4, 4), (4, 4)), (4, 4))
