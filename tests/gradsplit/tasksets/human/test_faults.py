"""Faults of pictures and labels: found at once, named by worker processes, left out where asked."""

import csv
import io
import multiprocessing
import shutil
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gradsplit import check_data
from gradsplit.cli import main
from gradsplit.errors import DataNote, TaskSetError
from gradsplit.tasksets.human import sources
from gradsplit.tasksets.human.crops import cut, opened, stretched
from gradsplit.tasksets.human.export import export_people
from gradsplit.tasksets.human.faults import Looked, faults, label_fault, pictures_of
from gradsplit.tasksets.human.loading import once
from gradsplit.tasksets.human.records import Parts
from gradsplit.tasksets.human.samples import Samples
from gradsplit.tasksets.human.task_set import Human
from gradsplit.training.fit import fit
from gradsplit.training.trainer import TaskSetTrainer
from relations.runs import Run
from tests.gradsplit.tasksets.human.human_examples import records_of
from tests.gradsplit.tasksets.human.warty import (
    BROKEN,
    write_cmyk,
    write_sixteen_bits,
    write_turned,
)

SMALL = {"height": 64, "width": 32, "backbone": "small", "workers": 0}


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """Drawn people in three true formats, without faults."""
    root = tmp_path_factory.mktemp("sound")
    for kind in ("market1501", "mpii", "lip"):
        export_people(root / kind, kind, pictures=48, people=12, height=64, seed=0)
    return root


@pytest.fixture
def folders(sound, tmp_path):
    """A copy to be spoilt."""
    forget()
    shutil.copytree(sound, tmp_path / "people")
    yield tmp_path / "people"
    forget()


def forget():
    """What was read of folders that are spoilt after."""
    kept = (sources.read, sources.listed, sources.parts, sources.decodable, sources.digest)
    for cached in kept:
        cached.cache_clear()


def human(folders, *kinds, **options):
    return Human(**{kind: folders / kind for kind in kinds}, **{**SMALL, **options})


def cut_off(path):
    path.write_bytes(path.read_bytes()[:-200])
    return path


def training_pictures(taskset, task):
    return sources.read(*taskset._part(task)[:2]).train.images


@pytest.mark.parametrize("name", BROKEN)
def test_whatever_is_broken_is_named_in_one_line(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(BROKEN[name])
    (found,) = faults(Looked("reid", "train", path))
    assert found.file == str(path) and not found.usable
    assert "cannot be decoded" in found.problem and "\n" not in found.problem
    records = records_of(tmp_path / "people")["reid"]
    bad = replace(records, images=(path, *records.images[1:]))
    for workers in (0, 1):
        begun = time.perf_counter()
        with pytest.raises(TaskSetError) as caught:
            list(once(Samples(bad, (32, 16)), 4, workers=workers))
        assert str(path) in str(caught.value) and "\n" not in str(caught.value)
        assert multiprocessing.active_children() == []
        assert time.perf_counter() - begun < 4  # no worker is waited for


def test_a_missing_file_is_named(tmp_path):
    (found,) = faults(Looked("reid", "test", tmp_path / "gone.jpg"))
    assert "No such file" in found.problem and not found.usable


def test_what_is_odd_can_be_trained_with(tmp_path):
    write_cmyk(tmp_path / "print.jpg")
    write_sixteen_bits(tmp_path / "deep.png")
    problems = {}
    for name in ("print.jpg", "deep.png"):
        (found,) = faults(Looked("attribute", "train", tmp_path / name))
        assert found.usable
        problems[name] = found.problem
    assert "CMYK" in problems["print.jpg"] and "16 bits" in problems["deep.png"]


def test_pictures_that_say_how_to_turn_them_are_taken_as_they_lie(tmp_path):
    """As HRNet's reader of joints takes them."""
    for orientation in (1, 6):
        write_turned(tmp_path / f"{orientation}.jpg", orientation)
    assert faults(Looked("pose", "train", tmp_path / "1.jpg")) == []
    (found,) = faults(Looked("pose", "train", tmp_path / "6.jpg"))
    assert "EXIF" in found.problem and found.usable
    cuts = []
    for orientation in (1, 6):
        with opened(tmp_path / f"{orientation}.jpg") as picture:
            cuts.append(cut(picture, stretched((40, 30), (40, 30)), (40, 30)))
    assert np.array_equal(*cuts)


def test_floats_are_refused_by_name(tmp_path):
    Image.fromarray(np.ones((8, 8), np.float32)).save(tmp_path / "deep.tiff")
    (found,) = faults(Looked("reid", "train", tmp_path / "deep.tiff"))
    assert "whose range nobody knows" in found.problem and not found.usable


@pytest.mark.parametrize(
    ("mode", "size", "highest", "said"),
    [
        ("L", (30, 40), 3, ""),
        ("L", (30, 41), 3, "is 30 x 41 pixels, its picture 30 x 40"),
        ("RGB", (30, 40), 3, "must have one channel"),
        ("L", (30, 40), 7, "must have classes 0 to 4 (or 255), got 5, 6, 7"),
    ],
)
def test_labels_that_do_not_fit(mode, size, highest, said):
    classes = np.arange(size[0] * size[1]).reshape(size[::-1]) % (highest + 1)
    classes[0, 0] = 255
    picture = Image.fromarray(classes.astype(np.uint8)).convert(mode)
    assert said in label_fault(picture, (30, 40), 5)
    assert bool(said) == bool(label_fault(picture, (30, 40), 5))


def test_joints_outside_are_counted_a_picture(tmp_path):
    records = records_of(tmp_path, count=12)["pose"]
    assert not any(faults(one) for one in pictures_of(Parts(records, records), "pose"))
    joints, labelled = records.joints.copy(), records.labelled.copy()
    labelled[0, :4] = labelled[1, 0] = True
    joints[0, 0], joints[0, 1], joints[0, 2] = (-0.6, 5), (5, 47.6), (-0.4, 47.4)
    joints[1, 0] = np.nan
    labelled[0, 5], joints[0, 5] = False, (900, 900)  # is not labelled
    same = (records.images[0],) * 2 + records.images[2:]
    scales = records.scales.copy()
    scales[1] = 0
    bad = replace(records, images=same, joints=joints, labelled=labelled, scales=scales)
    looked = pictures_of(Parts(bad, bad), "pose")
    assert len(looked) == 2 * 11
    texts = [found.problem for found in faults(looked[0])]
    assert texts == [
        "has 1 labelled joints without a place",
        "has 2 labelled joints outside of its 32 x 48 pixels",
        "has 1 people without a size",
    ]


def spoil(folders):
    """Faults of three tasks; (task, part) -> file."""
    taskset = human(folders, "market1501", "mpii", "lip")
    reid, pose = training_pictures(taskset, "reid")[3], training_pictures(taskset, "pose")[0]
    lip = sources.read("lip", folders / "lip").test
    label = lip.labels[2]
    cut_off(reid)
    cut_off(pose)
    Image.open(label).resize((9, 9)).save(label)
    write_cmyk(lip.images[0])
    Image.open(lip.labels[0]).resize((30, 40)).save(lip.labels[0])
    return {("reid", "train"): reid, ("pose", "train"): pose, ("parsing", "test"): label}


def test_all_faults_are_said_at_once(folders, tmp_path, capsys):
    spoilt = spoil(folders)
    sets = [f"{kind}={folders / kind}" for kind in ("market1501", "mpii", "lip")]
    words = ["check", "human", "--set", *sets, "backbone=small", "skip_bad=true", "--quiet"]
    forget()
    assert main([*words, "--out", str(tmp_path / "new" / "found.csv")]) == 2
    out = capsys.readouterr().out
    rows = list(csv.reader(io.StringIO((tmp_path / "new" / "found.csv").read_text())))
    assert rows[0] == ["task", "part", "file", "problem", "usable"]
    found = {(row[0], row[1]): (row[2], row[4]) for row in rows[1:]}
    for where in (("reid", "train"), ("pose", "train")):
        assert found[where] == (str(spoilt[where]), "false")
    labels = [row[2] for row in rows if row[0] == "parsing" and "pixels, its picture" in row[3]]
    assert labels == [str(spoilt["parsing", "test"])]
    assert any("CMYK" in row[3] and row[4] == "true" for row in rows)
    assert "3 of them unusable" in out and spoilt["reid", "train"].name in out


def test_sound_data_have_no_faults(sound, capsys):
    found = check_data(human(sound, "market1501", "lip"), workers=3)
    assert not found.findings and found.looked > 100
    words = ["check", "human", "--set", f"market1501={sound / 'market1501'}", "backbone=small"]
    assert main([*words, "--quiet"]) == 0
    assert "nothing is wrong" in capsys.readouterr().out


def test_a_bad_picture_ends_a_training_with_its_name(folders):
    taskset = human(folders, "market1501").with_recipe(steps=3, batch_size=8)
    bad = [cut_off(path) for path in training_pictures(taskset, "reid")]
    for workers in (0, 2):
        with pytest.raises(TaskSetError) as caught:
            fit(replace(taskset, workers=workers), ("reid",), 0)
        assert any(str(path) in str(caught.value) for path in bad)
        assert "\n" not in str(caught.value) and "Traceback" not in str(caught.value)


def test_bad_pictures_are_left_out_and_counted_where_that_is_asked(folders):
    plain = human(folders, "market1501", "lip")
    whole = plain.settings()
    bad = [cut_off(path) for path in training_pictures(plain, "reid")[:3]]
    asking = human(folders, "market1501", "lip", skip_bad=True)
    with pytest.warns(DataNote, match=rf"3 samples of reid are left out.*{bad[0].name[:4]}"):
        parts = asking.parts("reid")
    kept = {*parts.train.images, *parts.test.images}
    assert not kept & set(bad) and len(kept) == len(training_pictures(plain, "reid")) - 3
    outcome = TaskSetTrainer(asking.with_recipe(steps=2, batch_size=8)).outcome(
        Run(("reid", "parsing"), 0)
    )
    assert outcome.side["reid@samples left out"] == 3
    assert outcome.side["parsing@samples left out"] == 0
    settings = asking.settings()
    assert settings["options"]["market1501"] != whole["options"]["market1501"]
    assert settings["options"]["lip"] == whole["options"]["lip"]


def test_where_nothing_is_bad_it_is_the_same_run(sound):
    assert human(sound, "lip", skip_bad=True).settings() == human(sound, "lip").settings()
    assert human(sound, "lip", skip_bad=True).parts("parsing") is not None


def test_bad_labels_are_left_out_too(folders):
    labels = sources.read("lip", folders / "lip").train.labels
    sources.read.cache_clear()
    bad = [cut_off(labels[one]) for one in (0, 5)]  # the reader itself would look into the first
    with pytest.raises(
        TaskSetError, match="only some were opened; `gradsplit check` with skip_bad"
    ):
        human(folders, "lip")
    with pytest.warns(DataNote, match="2 samples of parsing"):
        parts = human(folders, "lip", skip_bad=True, judge="test").parts("parsing").train
    assert not {*bad} & {*parts.labels}
    assert len(parts.labels) == len(parts.images) == 46


def test_the_option_is_a_truth_value(sound):
    with pytest.raises(TaskSetError, match="`skip_bad` must be true or false, got 'yes'"):
        human(sound, "lip", skip_bad="yes")


def test_a_file_of_another_name_is_no_mask_and_a_mask_takes_no_options_of_a_task_set(
    tmp_path, capsys
):
    assert main(["check", str(Path(tmp_path, "nowhere.json"))]) == 2
    assert "nowhere.json" in capsys.readouterr().err
    assert main(["check", "planted", "--workers", "3"]) == 2
    assert "--workers would change nothing" in capsys.readouterr().err
    assert main(["check", "planted"]) == 0
    assert "keeps the contract" in capsys.readouterr().out
