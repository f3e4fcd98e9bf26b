"""Networks are scored on other data of people by the names that both data sets have."""

import numpy as np
import pytest
import torch
from PIL import Image

from gradsplit.errors import TaskSetError
from gradsplit.tasksets.human.export.pa100k import ATTRIBUTES
from gradsplit.tasksets.human.formats.market1501_attributes import FIELDS
from gradsplit.tasksets.human.mirrored import with_mirror
from gradsplit.tasksets.human.part_counts import part_counts
from gradsplit.tasksets.human.samples import Samples
from gradsplit.tasksets.human.scores import judged
from gradsplit.tasksets.human.wording import mirrored_among, places_of, worded
from tests.gradsplit.tasksets.human.human_examples import AttributeRecords, records_of


def named(names):
    return AttributeRecords((), np.zeros((0, len(names)), bool), tuple(names))


def test_data_sets_share_what_their_names_say():
    pa100k, market = worded(named(ATTRIBUTES)), worded(named(FIELDS.values()))
    shared = {"female", "hat", "backpack", "handbag", "short sleeves"}
    assert set(pa100k) & set(market) == shared
    assert len(set(pa100k)) == len(pa100k) and len(set(market)) == len(market)


def test_reid_has_no_names_and_joints_and_classes_are_called_alike(tmp_path):
    records = records_of(tmp_path)
    assert worded(records["reid"]) == ()
    assert worded(records["pose"]) == records["pose"].names
    assert worded(records["parsing"]) == records["parsing"].names


def test_places_are_refused_where_a_name_is_none_or_stands_twice():
    assert places_of(("a", "a"), ("a", "a")).tolist() == [0, 1]
    with pytest.raises(TaskSetError, match="a, c are not"):
        places_of(("b", "a", "c"), ("a", "a", "b"))


def test_joints_that_are_left_out_do_not_count(tmp_path):
    people = records_of(tmp_path)["pose"]
    kept = places_of(("neck", "head top"), people.names)
    samples = Samples(people, (48, 32))
    found = judged("pose", samples, lambda x: torch.zeros(len(x), 2, 12, 8), kept, workers=0)
    assert set(found.side) == {"neck", "head top"}


def test_attributes_that_are_left_out_do_not_count(tmp_path):
    records = records_of(tmp_path)["attribute"]
    samples, kept = Samples(records, (48, 32)), np.array([0, 3])
    truth = torch.from_numpy(records.attributes[:, kept]).float() - 0.5
    rows = iter(truth.split(64))
    assert judged("attribute", samples, lambda _: next(rows), kept, workers=0) == 1


def test_pixels_of_classes_that_are_left_out_do_not_count(tmp_path):
    truth = np.array([[0, 1, 2, 3]], np.uint8).repeat(4, axis=0)
    Image.fromarray(truth).save(tmp_path / "parts.png")
    maps = torch.zeros(2, 4, 4)
    maps[1, :, 1:] = 1  # of the classes 0 and 2: the first column 0, all others 2
    counts = part_counts(maps, tmp_path / "parts.png", (4, 4), np.array([0, 2]))
    assert counts.tolist() == [[4, 0], [0, 4]]


def test_a_side_that_the_network_does_not_know_cannot_be_turned(tmp_path):
    people = records_of(tmp_path)["pose"]
    sides = places_of(("right knee", "left knee"), people.names)
    assert mirrored_among(people.mirrored, sides).tolist() == [1, 0]
    with pytest.raises(TaskSetError, match="flip_test=false"):
        with_mirror(torch.clone, people, places_of(("right knee",), people.names))
