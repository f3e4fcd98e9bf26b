from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradsplit.errors import TaskSetError
from gradsplit.tasksets.human.held_out import held_out, selected
from gradsplit.tasksets.human.records import AttributeRecords, Parts, PoseRecords, ReidRecords


def people(identities, cameras):
    names = tuple(Path(f"/data/{i:04}_{n}.jpg") for n, i in enumerate(identities))
    return ReidRecords(names, np.array(identities), np.array(cameras))


def attributes(names):
    table = np.arange(2 * len(names)).reshape(-1, 2) % 3 == 0
    return AttributeRecords(tuple(Path(f"/data/{name}.jpg") for name in names), table, ("a", "b"))


@given(st.integers(4, 30), st.integers(1, 5), st.floats(0.05, 0.4))
def test_identities_are_held_out_whole(count, each, share):
    identities = np.repeat(np.arange(count), 2 * each)
    cameras = np.tile(np.arange(2 * each) // each, count)
    records = people(identities, cameras)
    parts = held_out(Parts(records, records, records), share, "picture")
    train, test = (set(part.identities.tolist()) for part in (parts.train, parts.test))
    assert not train & test
    assert train | test == set(range(count))
    assert len(test) == max(2, int(np.ceil(round(share * count, 9))))
    # A query for each identity and camera; all pictures are in the gallery.
    assert len(parts.query.images) == 2 * len(test)
    assert set(parts.query.images) <= set(parts.test.images)


def test_what_is_held_out_depends_on_names_alone():
    records = attributes([f"{n:06}" for n in range(40)])
    parts = held_out(Parts(records, records), 0.2, "picture")
    order = np.random.default_rng(0).permutation(40)
    elsewhere = AttributeRecords(
        tuple(Path("/other") / records.images[one].name for one in order),
        records.attributes[order],
        records.names,
    )
    again = held_out(Parts(elsewhere, elsewhere), 0.2, "picture")
    names = [{path.name for path in part.test.images} for part in (parts, again)]
    assert names[0] == names[1]
    assert len(names[0]) == 8


@pytest.mark.parametrize(
    ("kin", "names", "kept_together"),
    [
        ("prefix", [f"{n % 10:04}_c1s1_{n}" for n in range(30)], lambda stem: stem.split("_")[0]),
        (
            "track",
            [f"CAM01-2014-02-15-tarid{n % 10}-frame{n}-line1" for n in range(30)],
            lambda stem: stem.split("-frame")[0],
        ),
    ],
)
def test_pictures_that_belong_together_stay_together(kin, names, kept_together):
    records = attributes(names)
    parts = held_out(Parts(records, records), 0.25, kin)
    train, test = (
        {kept_together(path.stem) for path in part.images} for part in (parts.train, parts.test)
    )
    assert not train & test
    assert len(test) == 3


def test_people_of_one_photograph_stay_together():
    photographs = tuple(Path(f"/data/{n // 3}.jpg") for n in range(30))
    numbers = np.arange(30, dtype=np.float32)
    records = PoseRecords(
        photographs,
        centers=np.stack([numbers, numbers], 1),
        scales=numbers,
        joints=np.zeros((30, 2, 2), np.float32),
        labelled=np.ones((30, 2), bool),
        heads=numbers,
        names=("a", "b"),
        mirrored=np.array([1, 0]),
    )
    parts = held_out(Parts(records, records), 0.1, "picture")
    assert not set(parts.train.images) & set(parts.test.images)
    # Rows of all fields go together, what is common to all samples stays.
    assert np.array_equal(parts.test.scales, parts.test.centers[:, 0])
    assert parts.test.names == ("a", "b")
    assert parts.test.mirrored.tolist() == [1, 0]


def test_some_of_the_samples():
    records = attributes("abcd")
    chosen = selected(records, np.array([True, False, False, True]))
    assert [path.stem for path in chosen.images] == ["a", "d"]
    assert np.array_equal(chosen.attributes, records.attributes[[0, 3]])
    assert selected(records, np.ones(4, bool)).images == records.images


def test_too_little_is_refused():
    few = people([1, 1, 2, 2, 3, 3], [1, 2, 1, 2, 1, 2])
    with pytest.raises(TaskSetError, match="Too little to hold out"):
        held_out(Parts(few, few, few), 0.1, "picture")
    one_camera = replace(people(np.repeat(range(9), 2), [1] * 18))
    with pytest.raises(TaskSetError, match="two cameras"):
        held_out(Parts(one_camera, one_camera, one_camera), 0.1, "picture")
