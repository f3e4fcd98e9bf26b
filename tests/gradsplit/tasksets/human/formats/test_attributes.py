"""PA-100K, RAP 1 and 2, PETA: hand-made files that nest as the real ones, and what is refused."""

import numpy as np
import pytest
from scipy.io import savemat

from gradsplit.errors import TaskSetError
from gradsplit.tasksets.human.export.mat import cells, struct
from gradsplit.tasksets.human.formats import pa100k, peta, rap


def touched(folder, names):
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).touch()


def refused(read, base, *expected):
    with pytest.raises(TaskSetError) as caught:
        read(base)
    message = str(caught.value)
    for words in (*expected, "The folder should look like this:", "keep to its terms"):
        assert words in message


# PA-100K


def annotation(**changes):
    """Two attributes; two pictures to train with, one for validation, two for the test."""
    variables = {"attributes": cells(["Female", "Hat"], column=True)}
    tables = {"train": [[1, 0], [0, 1]], "val": [[1, 1]], "test": [[0, 0], [0, 1]]}
    number = 0
    for part, rows in tables.items():
        names = [f"{number + i + 1:06d}.jpg" for i in range(len(rows))]
        number += len(rows)
        variables[f"{part}_images_name"] = cells(names, column=True)
        variables[f"{part}_label"] = np.array(rows, np.uint8)
    return variables | changes


@pytest.mark.parametrize(
    ("file", "pictures"),
    [
        ("annotation.mat", "release_data"),
        ("annotation.mat", "data"),
        ("annotation.mat", "release_data/release_data"),
        ("annotation/annotation.mat", "data/release_data/release_data"),
    ],
)
def test_pa100k_wherever_it_was_unpacked(tmp_path, file, pictures):
    touched(tmp_path / pictures, [f"{i:06d}.jpg" for i in range(1, 6)])
    (tmp_path / file).parent.mkdir(exist_ok=True)
    savemat(tmp_path / file, annotation())
    parts = pa100k.read(tmp_path)
    # Validation pictures are trained with.
    assert parts.train.images[2] == tmp_path / pictures / "000003.jpg"
    assert parts.train.attributes.tolist() == [[True, False], [False, True], [True, True]]
    assert parts.test.attributes.tolist() == [[False, False], [False, True]]
    assert parts.test.names == ("Female", "Hat")


def test_pa100k_missing_and_half_unpacked(tmp_path):
    refused(pa100k.read, tmp_path, "there is no file annotation.mat.", "no folder release_data/")
    savemat(tmp_path / "annotation.mat", annotation())
    touched(tmp_path / "release_data", ["000001.jpg"])
    refused(pa100k.read, tmp_path, "4 labelled pictures are not in release_data/, e.g. 000002.jpg")


def test_pa100k_labels_that_do_not_fit(tmp_path):
    touched(tmp_path / "release_data", [f"{i:06d}.jpg" for i in range(1, 6)])
    wrong = {"val_label": np.zeros((1, 3)), "test_label": np.array([[0, 2], [1, -1]])}
    savemat(tmp_path / "annotation.mat", annotation(**wrong))
    refused(
        pa100k.read,
        tmp_path,
        "`val_label` must be 1 pictures x 2 attributes, got 1 x 3.",
        "`test_label` must be 0 and 1, got -1, 2.",
    )
    (tmp_path / "annotation.mat").write_bytes(b"damaged")
    refused(pa100k.read, tmp_path, "cannot be read as a MATLAB file")
    savemat(tmp_path / "annotation.mat", {"attributes": 1})
    refused(pa100k.read, tmp_path, "has no variable train_images_name, train_label")


# RAP

RAP_PICTURES = [f"CAM01_2014-02-15_20140215_tarid{i}_frame{i}_line1.png" for i in range(4)]
FIRST, SECOND = "partion", "partition_attribute"


def rap_first(division=((1, 2, 3), (4,)), **changes):
    """Version 1: two of three attributes are judged; five divisions, all alike."""
    rows = [np.array([part], np.uint16) for part in division]
    one = struct(dict(zip(("train_index", "test_index"), rows, strict=True)))
    fields = {
        "partion": cells([one] * 5, column=True),
        "label": np.array([[1, 0, 1], [0, 0, 1], [0, 1, 0], [1, 1, 1]], np.uint8),
        "attribute_chinese": cells(["a", "b", "c"], column=True),
        "attribute_eng": cells(["Femal", "hs-Hat", "up-Black"], column=True),
        "position": np.zeros((4, 16), np.int32),
        "imagesname": cells(RAP_PICTURES, column=True),
        "attribute_exp": cells(["Female", "Hat"], column=True),
    }
    return {"RAP_annotation": struct(fields | changes)}


def rap_second(**changes):
    """Version 2: columns 3 and 1 of three are judged; 2 means that it cannot be told."""
    parts = {"train_index": [[1, 3]], "val_index": [[4]], "test_index": [[2]]}
    one = struct({name: np.array(rows, np.uint32) for name, rows in parts.items()})
    fields = {
        "name": cells(RAP_PICTURES, column=True),
        "data": np.array([[1, 0, 2], [0, 0, 1], [2, 1, 0], [1, 1, 1]], np.uint8),
        "attribute": cells(["Female", "person-x", "Hat"], column=True),
        "selected_attribute": np.array([[3, 1]], np.uint8),
        "partition_attribute": cells([one] * 5),
    }
    return {"RAP_annotation": struct(fields | changes)}


def rap_folder(base, content, pictures=RAP_PICTURES):
    touched(base / "RAP_dataset", pictures)
    (base / "RAP_annotation").mkdir(exist_ok=True)
    savemat(base / "RAP_annotation" / "RAP_annotation.mat", content, oned_as="row")
    return base


def test_rap_version_1(tmp_path):
    parts = rap.read(rap_folder(tmp_path, rap_first()))
    assert parts.train.names == ("Female", "Hat")
    assert [path.name for path in parts.train.images] == RAP_PICTURES[:3]
    assert parts.train.attributes.tolist() == [[True, False], [False, False], [False, True]]
    assert parts.test.attributes.tolist() == [[True, True]]
    assert parts.test.images == (tmp_path / "RAP_dataset" / RAP_PICTURES[3],)


def test_rap_version_2(tmp_path):
    parts = rap.read(rap_folder(tmp_path, rap_second()))
    assert parts.train.names == ("Hat", "Female")
    # Training and validation; what cannot be told is not there.
    assert [path.name for path in parts.train.images] == [RAP_PICTURES[i] for i in (0, 2, 3)]
    assert parts.train.attributes.tolist() == [[False, True], [False, False], [True, True]]
    assert parts.test.attributes.tolist() == [[True, False]]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_rap_version_2_divisions_are_read_by_name(tmp_path, order):
    parts = [("train_index", [[1, 3]]), ("val_index", [[4]]), ("test_index", [[2]])]
    one = struct({name: np.array(rows) for name, rows in (parts[place] for place in order)})
    read = rap.read(rap_folder(tmp_path, rap_second(partition_attribute=cells([one] * 5))))
    assert [path.name for path in read.train.images] == [RAP_PICTURES[i] for i in (0, 2, 3)]
    assert [path.name for path in read.test.images] == [RAP_PICTURES[1]]


def test_rap_version_2_divisions_of_other_names_are_refused(tmp_path):
    one = struct({"train": np.array([[1, 3]]), "test": np.array([[2]])})
    base = rap_folder(tmp_path, rap_second(partition_attribute=cells([one] * 5)))
    refused(
        rap.read,
        base,
        "division 0 must have the fields train_index, val_index, test_index, got train, test.",
    )


def test_rap_version_1_the_test_is_called_so_wherever_it_stands(tmp_path):
    one = struct({"test_index": np.array([[4]]), "train_index": np.array([[1, 2, 3]])})
    base = rap_folder(tmp_path, rap_first(partion=cells([one], column=True)))
    assert [path.name for path in rap.read(base).test.images] == [RAP_PICTURES[3]]


def test_rap_divisions(tmp_path):
    one, other = (
        struct({"train": np.array([rows]), "test": np.array([[4]])}) for rows in ([1, 2], [3])
    )
    content = rap_first(partion=cells([one, other], column=True))
    base = rap_folder(tmp_path, content)
    assert len(rap.read(base, division=0).train.images) == 2
    assert len(rap.read(base, division=1).train.images) == 1
    refused(lambda folder: rap.read(folder, division=5), base, "`division` must be 0 to 1, got 5.")


def test_rap_what_is_refused(tmp_path):
    refused(rap.read, tmp_path, "there is no file RAP_annotation/", "no folder RAP_dataset/")
    base = rap_folder(tmp_path, rap_first(), RAP_PICTURES[:2])
    refused(rap.read, base, "2 labelled pictures are not in RAP_dataset/")
    base = rap_folder(tmp_path, rap_first(division=((1, 2), (2, 3))))
    refused(rap.read, base, "division 0 has 1 pictures in training and test.")
    base = rap_folder(tmp_path, rap_first(division=((1, 2), (9,))))
    refused(rap.read, base, "division 0 speaks of picture 9, but there are 4.")
    base = rap_folder(tmp_path, rap_first(label=np.full((4, 3), 7)))
    refused(rap.read, base, "the labels must be 0 and 1 and 2, got 7.")
    base = rap_folder(tmp_path, rap_first(label=np.zeros((3, 3))))
    refused(rap.read, base, "the labels must be 4 pictures x 2 attributes, got 3 x 2.")
    base = rap_folder(tmp_path, rap_second(selected_attribute=np.array([[1, 8]])))
    refused(rap.read, base, "names columns that do not exist")
    base = rap_folder(tmp_path, {"RAP_annotation": struct({"label": 1, "position": 2})})
    refused(rap.read, base, "lacks imagesname, attribute_exp, partion; it has label, position.")


# PETA


def peta_content(attributes=40, **changes):
    """Four pictures, four columns before 40 attributes; five divisions of three parts."""
    rng = np.random.default_rng(0)
    data = np.concatenate([np.full((4, 4), 9), rng.integers(0, 2, (4, attributes))], axis=1).astype(
        np.uint16
    )
    parts = {"train": [[2], [4]], "val": [[1]], "test": [[3]]}
    one = struct({name: np.array(rows, np.uint16) for name, rows in parts.items()})
    fields = {
        "data": data,
        "attribute": cells([f"attribute {i}" for i in range(attributes)], column=True),
        "selected": np.arange(1, 36)[:, None],
        "partition": cells([one] * 5, column=True),
    }
    return {"peta": struct(fields | changes)}, data[:, 4:39] == 1


def test_peta(tmp_path):
    content, table = peta_content()
    touched(tmp_path / "images", [f"{i:05d}.png" for i in range(1, 5)])
    savemat(tmp_path / "PETA.mat", content)
    parts = peta.read(tmp_path)
    assert [path.name for path in parts.train.images] == ["00002.png", "00004.png", "00001.png"]
    assert (parts.train.attributes == table[[1, 3, 0]]).all()
    assert (parts.test.attributes == table[[2]]).all()
    assert parts.test.names == tuple(f"attribute {i}" for i in range(35))


def test_peta_what_is_refused(tmp_path):
    refused(peta.read, tmp_path, "there is no file PETA.mat.", "there is no folder images/")
    touched(tmp_path / "images", ["00001.png"])
    savemat(tmp_path / "PETA.mat", peta_content()[0])
    refused(peta.read, tmp_path, "3 labelled pictures are not in images/, e.g. 00002.png")
    savemat(tmp_path / "PETA.mat", {"peta": struct({"data": 1})})
    refused(peta.read, tmp_path, "`peta` of PETA.mat must have 4 fields")
