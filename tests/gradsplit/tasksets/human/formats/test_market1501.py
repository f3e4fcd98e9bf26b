"""Market-1501 and its attributes: the forms of the real files, and what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.io import savemat

from gradsplit.errors import TaskSetError
from gradsplit.tasksets.human.formats import market1501, market1501_attributes

FIELDS = market1501_attributes.FIELDS
TRAIN = ("0002_c1s1_000451_03.jpg", "0002_c3s2_000776_01.jpg", "0007_c2s3_070952_01.jpg")
GALLERY = (
    "-1_c1s1_000401_03.jpg",
    "0000_c6s4_023460_02.jpg",
    "0001_c2s1_047476_01.jpg",
    "0003_c4s6_015641_01.jpg",
)
QUERY = ("0001_c1s1_001051_00.jpg", "0003_c1s6_015971_00.jpg")


def folder_of(base, train=TRAIN, gallery=GALLERY, query=QUERY):
    """A folder as the archive unpacks it; the pictures are empty: none may be opened."""
    parts = {"bounding_box_train": train, "bounding_box_test": gallery, "query": query}
    for part, names in parts.items():
        (base / part).mkdir(parents=True)
        for name in names:
            (base / part / name).touch()
    # Windows leaves this one behind in the real archive.
    (base / "bounding_box_train" / "Thumbs.db").touch()
    # And macOS this one when it packs.
    (base / "bounding_box_train" / f"._{TRAIN[0]}").touch()
    return base


def test_names_as_in_the_real_folders(tmp_path):
    parts = market1501.read(folder_of(tmp_path))
    assert parts.train.identities.tolist() == [2, 2, 7]
    assert parts.train.cameras.tolist() == [1, 3, 2]
    assert parts.test.identities.tolist() == [-1, 0, 1, 3]
    assert parts.test.cameras.tolist() == [1, 6, 2, 4]
    assert parts.query is not None
    assert parts.query.identities.tolist() == [1, 3]
    assert parts.train.images[0] == tmp_path / "bounding_box_train" / TRAIN[0]


@settings(max_examples=30, deadline=None)
@given(identity=st.integers(1, 99999), camera=st.integers(1, 40), frame=st.integers(0, 999999))
def test_any_identity_and_camera_is_read_from_a_name(identity, camera, frame, tmp_path_factory):
    base = tmp_path_factory.mktemp("names")
    name = f"{identity:04d}_c{camera}s1_{frame:06d}_00.jpg"
    (base / name).touch()
    records = market1501.shots(base, [])
    assert (records.identities.tolist(), records.cameras.tolist()) == ([identity], [camera])


def test_the_folder_above_and_the_home_sign_are_understood(tmp_path, monkeypatch):
    folder_of(tmp_path / "Market-1501-v15.09.15")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert len(market1501.read("~").train.images) == 3


def test_all_that_is_missing_is_named_at_once_with_the_tree(tmp_path):
    (tmp_path / "bounding_box_test").mkdir()
    (tmp_path / "Market-1501-v15.09.15.zip").touch()
    with pytest.raises(TaskSetError) as caught:
        market1501.read(tmp_path)
    message = str(caught.value)
    for words in (
        "cannot be read as Market-1501:",
        "- there is no folder bounding_box_train/.",
        "- bounding_box_test/ has no pictures.",
        "- there is no folder query/.",
        "- not unpacked yet: Market-1501-v15.09.15.zip.",
        "The folder should look like this:",
        "0002_c1s1_000451_03.jpg",
        "https://zheng-lab.cecs.anu.edu.au",
        "gradsplit figures --export DIR --as market1501",
    ):
        assert words in message


@pytest.mark.parametrize("what", ["nothing", "file"])
def test_no_folder(tmp_path, what):
    path = tmp_path / what
    if what == "file":
        path.touch()
    words = "does not exist" if what == "nothing" else "is a file, not a folder"
    with pytest.raises(TaskSetError, match=words):
        market1501.read(path)


def test_strange_names_and_people_in_the_wrong_place(tmp_path):
    strange = [f"person{number}.jpg" for number in range(5)]
    folder_of(
        tmp_path,
        train=(*TRAIN, *strange, "-1_c1s1_000001_00.jpg", "0003_c1s1_000001_00.jpg"),
        query=(*QUERY, "0000_c1s1_000001_00.jpg"),
    )
    with pytest.raises(TaskSetError) as caught:
        market1501.read(tmp_path)
    message = str(caught.value)
    assert "5 pictures of bounding_box_train/ are not named IDENTITY_cCAMERA" in message
    assert "person0.jpg, person1.jpg, person2.jpg and 2 more" in message
    assert "1 pictures of bounding_box_train/ are junk (-1) or distractors (0000)" in message
    assert "1 pictures of query/ are junk" in message
    assert "1 people are in bounding_box_train/ and in query/" in message
    assert "identities 3" in message


def labels(identities, order, **given):
    """One part of the real file: fields [1, N] of bytes, and cells of texts."""
    count = len(identities)
    fields = {name: np.ones((1, count), np.uint8) for name in order}
    fields |= {name: np.array([value], np.uint8) for name, value in given.items()}
    index = np.empty((1, count), object)
    index[0, :] = identities
    return {**fields, "image_index": index}


def save_attributes(path, train, test):
    path.parent.mkdir(exist_ok=True)
    savemat(path, {"market_attribute": {"test": test, "train": train}}, oned_as="row")


@pytest.mark.parametrize("place", ["", "attribute", "Market-1501_Attribute"])
def test_attributes_of_a_hand_made_file(tmp_path, place):
    """Two people to train with: 0002 an adult woman in red with a hat, 0007 a teenage boy."""
    folder_of(tmp_path)
    train = labels(
        ["0002", "0007"], sorted(FIELDS), gender=[2, 1], age=[3, 2], hat=[2, 1], upred=[2, 1]
    )
    # The test part lists its people in another order and its fields too.
    test = labels(["0003", "0001"], [*FIELDS], age=[4, 1], downbrown=[1, 2])
    save_attributes(tmp_path / place / "market_attribute.mat", train, test)
    parts = market1501_attributes.read(tmp_path)
    true = [
        {name for name, has in zip(parts.train.names, row, strict=True) if has}
        for row in parts.train.attributes
    ]
    woman = {"female", "adult or old", "hat", "upper red"}
    assert true == [woman, woman, set()]
    tests = [
        {name for name, has in zip(parts.test.names, row, strict=True) if has}
        for row in parts.test.attributes
    ]
    # Pictures of 0001 and 0003; junk and distractors are left out.
    assert [image.name[:4] for image in parts.test.images] == ["0001", "0003"]
    assert tests == [{"lower brown"}, {"adult or old"}]
    assert parts.train.names == tuple(FIELDS.values())
    assert len(set(parts.train.names)) == 27


@pytest.mark.parametrize(("age", "adult"), [(1, False), (2, False), (3, True), (4, True)])
def test_ages_are_cut_between_teenager_and_adult(tmp_path, age, adult):
    folder_of(tmp_path)
    train = labels(["0002", "0007"], FIELDS, age=[age, age])
    save_attributes(tmp_path / "market_attribute.mat", train, labels(["0001", "0003"], FIELDS))
    parts = market1501_attributes.read(tmp_path)
    assert (parts.train.attributes[:, parts.train.names.index("adult or old")] == adult).all()


def test_attribute_labels_that_contradict_the_pictures(tmp_path):
    folder_of(tmp_path)
    train = labels(["0002", "0009"], FIELDS, hat=[1, 3], age=[0, 5])
    test = labels(["0001", "0003"], [name for name in FIELDS if name != "bag"])
    save_attributes(tmp_path / "market_attribute.mat", train, test)
    with pytest.raises(TaskSetError) as caught:
        market1501_attributes.read(tmp_path)
    message = str(caught.value)
    for words in (
        "`hat` in `train` of market_attribute.mat must be 1 to 2, got 3.",
        "`age` in `train` of market_attribute.mat must be 1 to 4, got 0, 5.",
        "1 identities of `train` have pictures but no labels, e.g. 7.",
        "1 identities of `train` have labels but no pictures, e.g. 9.",
        "`test` of market_attribute.mat lacks bag.",
        "https://github.com/vana77/Market-1501_Attribute",
    ):
        assert words in message


def test_attribute_fields_of_different_lengths(tmp_path):
    folder_of(tmp_path)
    train = labels(["0002", "0007"], FIELDS, hat=[1, 1, 1])
    test = labels(["one", "0003"], FIELDS)
    save_attributes(tmp_path / "market_attribute.mat", train, test)
    with pytest.raises(TaskSetError) as caught:
        market1501_attributes.read(tmp_path)
    message = str(caught.value)
    assert "has 2 identities, but not in hat" in message
    assert "`image_index` of `test` of market_attribute.mat must hold numbers" in message


def test_attribute_file_missing_or_of_another_kind(tmp_path):
    folder_of(tmp_path)
    with pytest.raises(TaskSetError, match=r"there is no file market_attribute\.mat"):
        market1501_attributes.read(tmp_path)
    savemat(tmp_path / "market_attribute.mat", {"market_attribute": {"train": {"age": 1}}})
    with pytest.raises(TaskSetError, match="has no part test"):
        market1501_attributes.read(tmp_path)
    savemat(tmp_path / "market_attribute.mat", {"duke_attribute": 1})
    with pytest.raises(TaskSetError, match="has no variable market_attribute; it has duke"):
        market1501_attributes.read(tmp_path)
