import json
import pickle
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from gradsplit import read_people
from gradsplit.errors import TaskSetError
from gradsplit.tasksets.contract import check_taskset
from gradsplit.tasksets.human import sources
from gradsplit.tasksets.human.export import export_people
from gradsplit.tasksets.human.samples import Samples
from gradsplit.tasksets.human.task_set import Human
from gradsplit.tasksets.parts.metrics.heat_maps import heat_maps
from gradsplit.tasksets.registry import load_taskset
from gradsplit.training.checkpoint import Checkpoints
from gradsplit.training.fit import fit
from gradsplit.training.network import build_network
from gradsplit.training.trainer import TaskSetTrainer
from relations import GradientMask
from relations.running.stopping import Stopped
from tests.gradsplit.training.methods.test_going_on import stop_at

FORMATS = ("market1501", "pa100k", "mpii", "lip")
SMALL = {"height": 64, "width": 32, "backbone": "small", "workers": 0}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Drawn people in the four formats, one folder a format."""
    root = tmp_path_factory.mktemp("human")
    for kind in FORMATS:
        export_people(root / kind, kind, pictures=48, people=12, height=64, seed=0)
    return root


def human(folders, *formats, **options):
    return Human(**{kind: folders / kind for kind in formats or FORMATS}, **{**SMALL, **options})


def test_it_keeps_the_contract_of_task_sets(folders):
    check_taskset(human(folders, neck="group").with_recipe(batch_size=4))


def test_it_trains_all_four_tasks_with_a_mask(folders):
    taskset = human(folders, judge="test").with_recipe(steps=2, batch_size=4)
    assert taskset.task_names == ("attribute", "reid", "pose", "parsing")
    assert taskset.split_modules == ("layer4",)
    fitted = fit(taskset, taskset.task_names, 0, mask=GradientMask.identity(taskset.task_names))
    assert set(fitted.scores) == set(taskset.task_names)
    assert all(0 <= score <= 1 for score in fitted.scores.values())


@pytest.mark.long
def test_a_run_that_was_ended_goes_on_without_opening_what_it_has_seen(
    folders, tmp_path, monkeypatch
):
    taskset = human(folders).with_recipe(steps=6, batch_size=4)
    tasks, opened = ("pose", "parsing"), []
    whole = fit(taskset, tasks, 0)
    kept = Checkpoints(tmp_path).of(tasks, 0)
    with pytest.raises(Stopped):
        fit(taskset, tasks, 0, checkpoint=kept, on_step=stop_at(4))
    batch = Samples.batch

    def counted(self, chosen, rng=None):
        opened.extend([1] if rng is not None else [])
        return batch(self, chosen, rng)

    monkeypatch.setattr(Samples, "batch", counted)
    gone_on = fit(taskset, tasks, 0, checkpoint=kept)
    assert gone_on.losses == whole.losses
    assert gone_on.scores == whole.scores
    assert len(opened) == 2 * (1 + 2)  # of each task the last that was seen, to compare, and two


def test_the_folders_say_which_tasks_there_are(folders):
    assert human(folders, "lip", "market1501").task_names == ("reid", "parsing")
    both = Human(market1501=folders / "market1501", market1501_attributes=folders / "market1501")
    assert both.task_names == ("attribute", "reid")
    joints = Human(lip_pose=folders / "lip", lip=folders / "lip")
    assert joints.task_names == ("pose", "parsing")


def test_pictures_are_bytes_and_normalised_in_the_trunk(folders):
    taskset = human(folders, "pa100k")
    network = build_network(taskset, ("attribute",), 0)
    images, _ = next(taskset.batches("attribute", 0))
    assert images.dtype == torch.uint8
    mean = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
    deviation = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
    floats = (images / 255 - mean) / deviation
    # In evaluation BatchNorm of the neck looks at no other picture.
    network.eval()
    assert torch.allclose(network(images, "attribute"), network(floats, "attribute"), atol=1e-4)


def test_a_task_sees_the_same_batches_whoever_it_is_trained_with(folders):
    alone, together = human(folders, "mpii"), human(folders)
    for seed in (0, 1):
        ours, theirs = (taskset.batches("pose", seed) for taskset in (alone, together))
        for _ in range(3):
            (images, (joints, _)), (other, (others, _)) = next(ours), next(theirs)
            assert torch.equal(images, other)
            assert torch.equal(joints, others)


def test_identities_are_numbered_for_the_classifier(folders):
    taskset = human(folders, "market1501")
    _, identities = next(taskset.batches("reid", 0))
    people = len(np.unique(taskset.parts("reid").train.identities))
    head = taskset.head("reid")
    assert head.classifier.out_features == people
    assert 0 <= identities.min() <= identities.max() < people


def truthful(taskset, task, answer):
    """A `predict` that answers from the labels, batch after batch."""
    samples = Samples(taskset.parts(task).test, taskset.size(task))
    at = 0

    def predict(inputs):
        nonlocal at
        chosen = np.arange(at, at + len(inputs))
        at += len(inputs)
        return answer(samples.batch(chosen)[1])

    return predict


def test_right_answers_have_full_scores(folders):
    taskset = human(folders, sizes={"pose": [96, 96], "parsing": [192, 96]}, judge="test")
    size = taskset.size("pose")
    answers = {
        "attribute": lambda labels: 2 * labels - 1,
        "pose": lambda target: heat_maps(target[0].nan_to_num(), (96, 96), size=size, spread=2),
        "parsing": lambda labels: F.one_hot(labels.long() % 255, 20).permute(0, 3, 1, 2).float(),
    }
    scores = {
        task: taskset.score(task, truthful(taskset, task, answer))
        for task, answer in answers.items()
    }
    assert scores["attribute"] == 1
    # Joints beyond the input, and pixels at the border between two parts, cannot be told.
    assert scores["pose"] > 0.97
    assert scores["parsing"] > 0.85


def test_weights_of_a_file_are_in_the_fingerprint_by_their_content(folders, tmp_path):
    pytest.importorskip("transformers")
    from transformers import ResNetConfig, ResNetModel

    shape = {"layer_type": "basic", "hidden_sizes": [64, 128, 256, 512], "depths": [2, 2, 2, 2]}
    found = []
    for name, factor in (("a", 1.0), ("b", 1.0), ("c", 2.0)):
        one = ResNetModel(ResNetConfig(**shape))
        with torch.no_grad():
            for value in one.state_dict().values():
                value.fill_(factor)
        torch.save(one.state_dict(), tmp_path / "weights.pth")
        (tmp_path / "weights.pth").rename(tmp_path / f"{name}.pth")
        taskset = human(folders, backbone="transformers:resnet18", weights=tmp_path / f"{name}.pth")
        found.append(taskset.settings())
        first = next(taskset.trunk().parameters())
        assert torch.equal(first, torch.full_like(first, factor))
    assert found[0] == found[1] != found[2]


def test_a_last_stage_may_keep_its_size(folders):
    images = torch.zeros(1, 3, 64, 32)
    assert human(folders, last_stride=1).trunk()(images).shape[2:] == (8, 4)
    assert human(folders).trunk()(images).shape[2:] == (4, 2)


def test_the_mirror_image_is_judged_as_well_where_asked(folders):
    seen = []

    def predict(inputs):
        seen.append(inputs)
        return torch.ones(len(inputs), len(taskset.parts("attribute").test.names))

    for flip_test in (False, True):
        taskset = human(folders, flip_test=flip_test)
        taskset.score("attribute", predict)
    once, picture, mirror = seen
    assert torch.equal(once, picture)
    assert torch.equal(mirror, picture.flip(-1))


def test_people_are_found_again_by_the_right_embedding(folders):
    taskset = human(folders, "market1501", judge="test")
    parts = taskset.parts("reid")
    order = iter([parts.query, parts.test])
    state = {"records": next(order), "at": 0}

    def predict(inputs):
        if state["at"] == len(state["records"].images):
            state.update(records=next(order), at=0)
        chosen = slice(state["at"], state["at"] + len(inputs))
        state["at"] += len(inputs)
        # Junk has an embedding of its own too, and does not count.
        return F.one_hot(torch.from_numpy(state["records"].identities[chosen]) + 1, 2000).float()

    assert taskset.score("reid", predict) == 1


def test_the_validation_part_is_not_trained_with_and_not_the_test(folders):
    for task in human(folders).task_names:
        judged = human(folders).parts(task)
        final = human(folders, judge="test").parts(task)
        train, test, last = (set(part.images) for part in (judged.train, judged.test, final.test))
        assert not train & test
        assert not test & last
        assert train | test == set(final.train.images)


def test_settings_know_labels_and_not_places(folders, tmp_path):
    shutil.copytree(folders, tmp_path / "moved")
    settings = human(folders).settings()
    assert str(folders) not in json.dumps(settings)
    assert human(tmp_path / "moved", workers=3).settings() == settings
    assert human(folders, judge="test").settings() != settings
    labels = next((tmp_path / "moved" / "lip").rglob("train_segmentations/*.png"))
    labels.write_bytes(labels.read_bytes() + b"\0")
    sources.digest.cache_clear()
    changed = human(tmp_path / "moved").settings()
    assert {
        key for key in settings["options"] if changed["options"][key] != settings["options"][key]
    } == {"lip"}


def test_attributes_and_joints_are_in_the_fingerprint(folders):
    for kind in ("pa100k", "mpii", "market1501"):
        parts = sources.read(kind, folders / kind)
        for change in ("attributes", "joints", "identities"):
            if not hasattr(parts.train, change):
                continue
            values = getattr(parts.train, change).copy()
            values[0] = ~values[0] if change == "attributes" else values[0] + 1
            changed = replace(parts, train=replace(parts.train, **{change: values}))
            assert sources.digest_of(changed) != sources.digest_of(parts)
    assert sources.digest_of(parts) == sources.digest_of(
        sources.read.__wrapped__(kind, folders / kind)
    )


def test_it_is_sent_to_worker_processes_without_its_data(folders):
    sent = pickle.dumps(TaskSetTrainer(human(folders, "lip")))
    assert len(sent) < 5000
    assert pickle.loads(sent).taskset == human(folders, "lip")


def test_everything_wrong_is_said_at_once(folders, tmp_path):
    with pytest.raises(TaskSetError) as caught:
        Human(
            mpii=tmp_path / "nowhere",
            pa100k=folders / "pa100k",
            market1501_attributes=folders / "market1501",
            height=8,
            sizes={"depth": [64, 64], "pose": [64]},
            judge="train",
            held_out=1.0,
            workers=-1,
            neck="layer",
            backbone="vgg",
        )
    message = str(caught.value)
    for said in (
        "nowhere",
        "pa100k",
        "height",
        "`depth`",
        "`sizes` of pose",
        "'train'",
        "held_out",
        "workers",
        "'layer'",
        "vgg",
    ):
        assert said in message, said
    with pytest.raises(TaskSetError, match="needs a folder of data"):
        Human()


def test_options_of_the_command_line(folders):
    options = {kind: str(folders / kind) for kind in ("lip", "mpii")}
    taskset = load_taskset("human", {**options, "height": "64", "steps": "5", "sizes": {}})
    assert isinstance(taskset, Human)
    assert (taskset.height, taskset.recipe.steps, taskset.lip) == (64, 5, folders / "lip")
    assert Path(taskset.lip).is_absolute()


def test_people_of_an_unknown_data_set_are_refused_with_the_readers_there_are(tmp_path):
    with pytest.raises(TaskSetError, match=r"no reader 'mpi'; there are market1501.*mpii"):
        read_people("mpi", tmp_path)
