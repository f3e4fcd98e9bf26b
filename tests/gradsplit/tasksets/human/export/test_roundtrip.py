"""What the exporters write, the readers read: labels equal to what was drawn."""

import numpy as np
import pytest
from PIL import Image
from scipy.io import loadmat

from gradsplit.errors import TaskSetError
from gradsplit.tasksets.figures.drawing import ATTRIBUTES, JOINTS, PARTS, draw_people
from gradsplit.tasksets.figures.drawing.people import BAGS, LOWER_COLOURS, UPPER_COLOURS
from gradsplit.tasksets.human.export import FORMATS, export_people
from gradsplit.tasksets.human.export.drawn import crowd
from gradsplit.tasksets.human.formats import (
    lip,
    lip_pose,
    market1501,
    market1501_attributes,
    pa100k,
)

SEED, HEIGHT, PICTURES = 5, 48, 48
SMALL = {"pictures": PICTURES, "height": HEIGHT, "seed": SEED}


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A folder for each format; every test only reads them."""
    base = tmp_path_factory.mktemp("exported")
    return {kind: export_people(base / f"{kind} ä 人", kind, **SMALL) for kind in FORMATS}


def opened(path):
    with Image.open(path) as picture:
        return np.asarray(picture)


def far(path, drawn):
    """Mean difference between a JPEG and what was drawn: small, but not zero."""
    return np.abs(opened(path).astype(float) - drawn).mean()


def test_market_people_and_cameras(exported):
    parts = market1501.read(exported["market1501"])
    train, gallery, query = parts.train, parts.test, parts.query
    assert len(train.images) == PICTURES
    assert sorted(set(train.identities)) == [2, 4, 6, 8]
    assert np.bincount(train.identities)[2:9:2].tolist() == [12] * 4
    assert set(train.cameras) == {1, 2, 3, 4, 5, 6}
    # Every test person asks once before every camera and is there once more before it.
    assert sorted(zip(query.identities, query.cameras, strict=True)) == sorted(
        (one, camera) for one in (1, 3) for camera in range(1, 7)
    )
    known = gallery.identities > 0
    assert sorted(set(gallery.identities[known])) == [1, 3]
    assert (gallery.identities == -1).sum() == (gallery.identities == 0).sum() == 2
    for records in (train, gallery, query):
        for image, identity, camera in zip(
            records.images, records.identities, records.cameras, strict=True
        ):
            assert opened(image).shape == (HEIGHT, HEIGHT // 2, 3)
            name = "-1" if identity < 0 else f"{identity:04d}"
            assert image.name.startswith(f"{name}_c{camera}s")


def test_market_attributes_are_those_of_the_drawn_people(exported):
    parts = market1501_attributes.read(exported["market1501"])
    assert len(parts.train.names) == 27
    identities = market1501.read(exported["market1501"]).train.identities
    people = draw_people(4, 3 * SEED)[identities // 2 - 1]
    drawn = dict(zip(ATTRIBUTES, people.attributes().T, strict=True))
    read = dict(zip(parts.train.names, parts.train.attributes.T, strict=True))
    same = {"hat": "hat", "long hair": "long hair", "backpack": "backpack"}
    same |= {f"upper {one.replace('grey', 'gray')}": f"upper {one}" for one in UPPER_COLOURS}
    same |= {f"lower {one.replace('grey', 'gray')}": f"lower {one}" for one in LOWER_COLOURS}
    for name, source in same.items():
        assert (read[name] == drawn[source]).all(), name
    assert (read["short sleeves"] == ~drawn["long sleeves"]).all()
    assert (read["pants"] == ~drawn["skirt"]).all()
    assert (read["short lower clothes"] == ~drawn["long trousers"]).all()
    assert (read["bag"] == (people.bag_kind == BAGS.index("shoulder bag"))).all()
    assert (read["handbag"] == (people.bag_kind == BAGS.index("handbag"))).all()
    assert (read["adult or old"] == (people.height >= np.float32(0.99))).all()
    assert not read["female"].any()
    # Junk and distractors have no attributes.
    assert len(parts.test.images) == len(market1501.read(exported["market1501"]).test.images) - 4


def test_market_attribute_file_nests_as_the_real_one(exported):
    struct = loadmat(exported["market1501"] / "market_attribute.mat")["market_attribute"]
    assert struct.shape == (1, 1)
    train, test = struct[0, 0]["train"], struct[0, 0]["test"]
    assert train.shape == test.shape == (1, 1)
    assert sorted(train.dtype.names) == sorted(test.dtype.names)
    assert train.dtype.names != test.dtype.names
    assert train[0, 0]["age"].shape == (1, 4)
    assert train[0, 0]["age"].dtype == np.uint8
    assert train[0, 0]["image_index"].shape == (1, 4)
    assert train[0, 0]["image_index"][0, 0].tolist() == ["0002"]


def test_pa100k(exported):
    parts = pa100k.read(exported["pa100k"])
    folders = crowd(PICTURES, PICTURES // 2, height=HEIGHT, seed=3 * SEED)
    assert [len(one) for one in folders] == [24, 24]
    assert len(parts.train.images) == PICTURES + PICTURES // 8
    assert len(parts.test.images) == PICTURES // 4
    assert [path.name for path in parts.train.images[:2]] == ["000001.jpg", "000002.jpg"]
    read = dict(zip(parts.train.names, parts.train.attributes.T, strict=True))
    row = 0
    for drawn in folders:
        rows = slice(row, row + len(drawn))
        row += len(drawn)
        assert (read["Hat"][rows] == drawn.people.has_hat).all()
        assert (read["Skirt&Dress"][rows] == drawn.people.has_skirt).all()
        assert (read["LongSleeve"][rows] == drawn.people.long_sleeves).all()
        assert (read["Front"][rows] == (drawn.facing == 0)).all()
        for number in range(3):
            image = parts.train.images[rows][number]
            assert far(image, drawn.photographs.images[number]) < 6
    for group in (("Front", "Side", "Back"), ("AgeOver60", "Age18-60", "AgeLess18")):
        assert (sum(read[name].astype(int) for name in group) == 1).all(), group
    sizes = {opened(image).shape for image in parts.train.images}
    assert sizes == {(48, 24, 3), (36, 18, 3)}


def test_facing_follows_the_drawn_pose():
    (drawn, *_) = crowd(400, 200, height=32, seed=0)
    across = {
        side: drawn.photographs.joints[:, JOINTS.index(f"{side} shoulder"), 0]
        for side in ("left", "right")
    }
    # Seen from the front, a person's left is on the right of the picture.
    assert (across["left"] > across["right"])[drawn.facing == 0].all()
    assert (across["left"] < across["right"])[drawn.facing == 2].all()
    assert set(np.unique(drawn.facing)) == {0, 1, 2}


def test_lip_parsing(exported):
    parts = lip.read(exported["lip"])
    assert (len(parts.train.images), len(parts.test.images)) == (PICTURES, PICTURES // 4)
    row = 0
    for drawn in crowd(PICTURES, PICTURES // 2, height=HEIGHT, seed=2 * SEED):
        for number in range(len(drawn)):
            labels, drawn_parts = opened(parts.train.labels[row]), drawn.photographs.parts[number]
            assert far(parts.train.images[row], drawn.photographs.images[number]) < 6
            for part in PARTS:
                name = {"lower clothes": "pants", "bag": "background"}.get(part, part)
                there = drawn_parts == PARTS.index(part)
                assert (labels[there] == parts.train.names.index(name)).all(), part
            row += 1
    assert row == PICTURES


def test_lip_mirrored_classes_swap_sides():
    mirrored = lip._mirrored()
    assert (mirrored[mirrored] == np.arange(20)).all()
    moved = {lip.CLASSES[i]: lip.CLASSES[j] for i, j in enumerate(mirrored) if i != j}
    assert moved == {
        f"{one} {what}": f"{other} {what}"
        for what in ("arm", "leg", "shoe")
        for one, other in (("left", "right"), ("right", "left"))
    }


def test_lip_pose(exported):
    train = lip_pose.read(exported["lip"]).train
    row = 0
    for drawn in crowd(PICTURES, PICTURES // 2, height=HEIGHT, seed=2 * SEED):
        height, width = drawn.photographs.images.shape[1:3]
        for joints in drawn.photographs.joints:
            inside = ((joints >= 0) & (joints < (width, height))).all(axis=1)
            assert (train.labelled[row] == inside).all()
            # Pixels' numbers: the middle of the first is 0.5 in the drawing.
            assert np.abs(train.joints[row] + 0.5 - joints)[inside].max() <= 0.51
            row += 1
    assert row == len(train.images)


@pytest.mark.parametrize("kind", FORMATS)
def test_the_same_arguments_write_the_same_files(kind, exported, tmp_path):
    again = export_people(tmp_path / "again", kind, **SMALL)
    first = sorted(p.relative_to(exported[kind]) for p in exported[kind].rglob("*") if p.is_file())
    assert first == sorted(p.relative_to(again) for p in again.rglob("*") if p.is_file())
    for path in first:
        # A MATLAB file says when it was made in its first 128 bytes.
        skipped = 128 if path.suffix == ".mat" else 0
        old, new = (base / path for base in (exported[kind], again))
        assert old.read_bytes()[skipped:] == new.read_bytes()[skipped:], path


def test_another_seed_draws_others(exported, tmp_path):
    other = export_people(tmp_path / "other", "pa100k", **(SMALL | {"seed": SEED + 1}))
    name = "release_data/000001.jpg"
    assert (other / name).read_bytes() != (exported["pa100k"] / name).read_bytes()


def test_export_names_everything_that_is_wrong(tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    with pytest.raises(TaskSetError) as caught:
        export_people(tmp_path / "full", "coco", pictures=3, people=1, height=8)  # type: ignore[arg-type]
    message = str(caught.value)
    for words in (
        "must be one of market1501, pa100k, mpii, lip, got 'coco'",
        "`pictures` must be at least 40, got 3",
        "`people` must be 2 to half the pictures, got 1 for 3",
        "`height` must be at least 32 pixels, got 8",
        "is not empty",
    ):
        assert words in message
    with pytest.raises(TaskSetError, match="is a file; give a folder"):
        export_people(tmp_path / "full" / "x", "lip")
