import pickle
from itertools import combinations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gradsplit.errors import TaskSetError
from gradsplit.tasksets.contract import check_taskset
from gradsplit.tasksets.faces.data import LABELS
from gradsplit.tasksets.faces.images import Jitter, jittered, standardised
from gradsplit.tasksets.faces.splits import SPLITS, scenes
from gradsplit.tasksets.faces.task_set import Faces
from gradsplit.tasksets.registry import load_taskset
from gradsplit.training.fit import fit
from tests.places import DOCS

POSES = ("left", "right", "straight", "up")
EXPRESSIONS = ("angry", "happy", "neutral", "sad")
EYES = ("open", "sunglasses")
PHOTOGRAPHS = 32  # of a person


def arrays(people=5, size=(12, 16)):
    """One photograph of every person, pose, expression and eyes, without any photograph."""
    rows = [
        (f"p{person}", pose, expression, eyes)
        for person in range(people)
        for pose in POSES
        for expression in EXPRESSIONS
        for eyes in EYES
    ]
    image = np.random.default_rng(0).integers(0, 256, (len(rows), *size), dtype=np.uint8)
    columns = np.array(rows).T
    return {"image": image, **dict(zip(LABELS, columns, strict=True))}


def stored(folder, **changes):
    path = folder / "faces.npz"
    with path.open("wb") as file:
        np.savez(file, **(arrays() | changes))
    return path


@pytest.fixture
def small(tmp_path):
    return Faces(data=stored(tmp_path), widths=(4, 4, 4, 4)).with_recipe(steps=2, batch_size=4)


@pytest.fixture
def real(data_file):
    return Faces(data=data_file("cmu_faces.npz"))


def problems(build):
    with pytest.raises(TaskSetError) as caught:
        build()
    return str(caught.value)


def label_numbers(made):
    return {name: np.unique(made[name], return_inverse=True)[1] for name in LABELS}


# The division


@given(
    kind=st.sampled_from(sorted(SPLITS)),
    people=st.integers(4, 9),
    lost=st.sets(st.integers(0, 4 * PHOTOGRAPHS - 1), max_size=5),
    seed=st.integers(0, 2**31),
    shared=st.booleans(),
)
def test_no_photograph_is_in_training_and_test_nor_in_two_trainings(
    kind, people, lost, seed, shared
):
    keep = np.setdiff1d(np.arange(PHOTOGRAPHS * people), list(lost))
    labels = {name: value[keep] for name, value in label_numbers(arrays(people)).items()}
    split = SPLITS[kind](labels, seed, shared=shared)
    trained = np.unique(np.concatenate(list(split.train.values())))
    for task in LABELS:
        assert len(split.train[task]) and len(split.test[task])
        assert not np.isin(split.test[task], trained).any()
        assert len(np.unique(split.train[task])) == len(split.train[task])
    for first, second in combinations(LABELS, 2):
        together = np.isin(split.train[first], split.train[second])
        assert together.all() if shared else not together.any()
    assert set(labels["identity"][split.train["identity"]]) <= set(split.people.tolist())
    assert set(labels["identity"][split.test["identity"]]) <= set(split.people.tolist())


@given(seed=st.integers(0, 2**31))
def test_by_person_tests_on_unseen_people_and_unseen_scenes(seed):
    labels = label_numbers(arrays(people=9))
    split = SPLITS["person"](labels, seed, shared=False)
    trained = np.concatenate(list(split.train.values()))
    identity, scene = labels["identity"], scenes(labels)
    for task in ("pose", "expression", "eyes"):
        assert not np.isin(identity[split.test[task]], identity[trained]).any()
    assert not np.isin(scene[split.test["identity"]], scene[trained]).any()
    assert set(identity[split.test["identity"]]) == set(identity[split.train["identity"]])


def test_the_tasks_sets_are_alike_in_scenes(real):
    """Each scene's four photographs go to the four tasks, one each."""
    split, labels = real.for_seed(3).division(), real.photographs().labels
    scene = scenes(labels)
    for task in LABELS:
        assert len(np.unique(scene[split.train[task]])) == len(split.train[task])
        assert abs(len(split.train[task]) - 83) <= 4
    assert len(split.people) == 14


def test_a_seed_decides_the_division_and_other_seeds_give_others(real):
    first, again, other = (real.for_seed(seed).division().digest() for seed in (0, 0, 1))
    assert first == again != other
    fixed = Faces(data=real.data, split_seed=0)
    assert fixed.for_seed(1).division().digest() == first


def test_too_few_people_or_scenes_are_refused():
    labels = label_numbers(arrays(people=3))
    with pytest.raises(TaskSetError, match="at least 4 people, got 3"):
        SPLITS["person"](labels, 0, shared=False)
    one_scene = {name: np.zeros(8, int) for name in LABELS} | {"identity": np.arange(8)}
    with pytest.raises(TaskSetError, match="two scenes of every person"):
        SPLITS["person"](one_scene, 0, shared=False)


# The images


def test_jitter_of_nothing_changes_nothing_and_a_shift_is_in_pixels():
    images = torch.rand(3, 1, 6, 8)
    none = Jitter(shift=0, turn=0, zoom=0, gamma=0)
    stream = torch.Generator().manual_seed(0)
    torch.testing.assert_close(jittered(images, none, stream), images)
    ramp = torch.arange(32.0).div(32).expand(2000, 1, 6, 32)
    moved = jittered(ramp, Jitter(shift=2, turn=0, zoom=0, gamma=0), stream)
    pixels = (moved - ramp)[..., 3, 16] * 32
    assert pixels.abs().max() <= 2.001
    assert pixels.min() < -1.9 and pixels.max() > 1.9


def test_a_turn_keeps_a_circle_round():
    down, across = torch.meshgrid(torch.arange(40.0), torch.arange(60.0), indexing="ij")
    disc = ((down - 19.5).hypot(across - 29.5) < 12).float().expand(50, 1, 40, 60)
    stream = torch.Generator().manual_seed(0)
    turned = jittered(disc, Jitter(shift=0, turn=1.5, zoom=0, gamma=0), stream)
    assert (turned - disc).abs().mean() < 0.015


def test_images_are_never_mirrored():
    """Left and right are classes: a bright left half stays on the left."""
    images = torch.zeros(200, 1, 20, 20)
    images[..., :10] = 1
    moved = jittered(images, Jitter(), torch.Generator().manual_seed(0))
    assert (moved[..., :10].mean((1, 2, 3)) > moved[..., 10:].mean((1, 2, 3)) + 0.3).all()


def test_standardised_images_have_mean_0_and_spread_1_and_a_blank_one_stays_finite():
    images = torch.rand(4, 1, 5, 7, dtype=torch.float64)
    images[3] = 0.5
    result = standardised(images)
    torch.testing.assert_close(result[:3].mean((1, 2, 3)), torch.zeros(3).double())
    torch.testing.assert_close(result[:3].std((1, 2, 3), correction=0), torch.ones(3).double())
    assert (result[3] == 0).all()


# The task set


@pytest.mark.parametrize("options", [{}, {"split": "image"}, {"shared": True}])
def test_it_keeps_the_contract(tmp_path, options):
    check_taskset(Faces(data=stored(tmp_path), widths=(4, 4, 4, 4), **options))


def test_it_is_found_by_name_with_its_options(tmp_path):
    path = stored(tmp_path)
    options = {"data": str(path), "split": "image", "shared": "true", "steps": "7"}
    found = load_taskset("faces", options)
    assert isinstance(found, Faces)
    assert (found.data, found.split, found.shared, found.recipe.steps) == (path, "image", True, 7)


def test_a_run_sees_one_division_and_is_repeated_by_its_seed(small):
    single, again = (fit(small, ("pose",), seed=1) for _ in range(2))
    assert single.scores == again.scores and single.losses == again.losses
    pair = fit(small, ("pose", "identity"), seed=1)
    assert pair.losses["pose"][0] == single.losses["pose"][0]  # same weights, same batch


def test_without_a_seed_there_are_no_data(small):
    for ask in (lambda: next(small.batches("pose", 0)), lambda: small.score("pose", torch.zeros)):
        assert "for_seed(seed)" in problems(ask)


def test_the_score_is_the_accuracy(small):
    seen = small.for_seed(2)
    images, target = seen.samples("identity", "test")
    right = torch.nn.functional.one_hot(target, len(seen.classes("identity"))).float()
    right[::4] = -right[::4]

    def predict(inputs):
        assert torch.equal(inputs, standardised(images))
        return right

    assert seen.score("identity", predict) == pytest.approx(1 - len(right[::4]) / len(right))


def test_classes_of_identity_are_the_training_people(real):
    seen = real.for_seed(0)
    _, target = seen.samples("identity", "test")
    assert len(seen.classes("identity")) == 14 == int(target.max()) + 1
    assert seen.classes("pose") == ("left", "right", "straight", "up")
    names = real.photographs().classes["identity"]
    assert seen.classes("identity") == tuple(names[person] for person in seen.division().people)


def test_settings_follow_the_content_not_the_place(tmp_path, small):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    moved = Faces(data=stored(elsewhere), widths=small.widths, recipe=small.recipe)
    assert moved.settings() == small.settings()
    packed = elsewhere / "packed.npz"
    np.savez_compressed(packed, **arrays())
    assert Faces(data=packed).settings() == Faces(data=small.data).settings()
    made = arrays()
    made["image"][0, 0, 0] ^= 1
    changed = elsewhere / "changed.npz"
    np.savez(changed, **made)
    other = Faces(data=changed, widths=small.widths, recipe=small.recipe)
    assert other.settings() != small.settings()
    assert Faces(data=small.data, split="image").settings() != Faces(data=small.data).settings()


def test_it_can_be_sent_to_a_worker(small):
    copy = pickle.loads(pickle.dumps(small))
    assert copy == small and copy.settings() == small.settings()


def test_the_real_photographs_are_learnt(real):
    """A short training is far above chance (0.25 and 0.07) and no test person was seen."""
    short = real.with_recipe(steps=60)
    scores = fit(short, ("identity", "pose"), seed=100).scores
    assert scores["pose"] > 0.5 and scores["identity"] > 0.2


# What is wrong with a file


def test_no_file_is_said_with_where_to_get_it(tmp_path):
    for build in (Faces, lambda: Faces(data=tmp_path / "none.npz")):
        text = problems(build)
        assert "10.24432/C5JC79" in text and "CC BY 4.0" in text
    assert "none.npz" in text


def test_a_file_that_is_no_npz_is_refused(tmp_path):
    path = tmp_path / "faces.npz"
    path.write_text("not an archive")
    assert "cannot be read as an npz file" in problems(lambda: Faces(data=path))
    whole = stored(tmp_path).read_bytes()
    half = tmp_path / "half.npz"
    half.write_bytes(whole[: len(whole) // 2])
    assert "cannot be read as an npz file" in problems(lambda: Faces(data=half))
    npy = tmp_path / "one.npz"
    with npy.open("wb") as file:
        np.save(file, np.zeros(3))
    assert "cannot be read as an npz file" in problems(lambda: Faces(data=npy))
    for place in range(100, len(whole), len(whole) // 7):
        half.write_bytes(whole[:place] + b"\xff" * 40 + whole[place + 40 :])
        assert "cannot be read as an npz file" in problems(lambda: Faces(data=half))
    pickled = stored(tmp_path, eyes=np.array(["open"] * 160, dtype=object))
    assert "without pickles" in problems(lambda: Faces(data=pickled))


def test_missing_arrays_are_named(tmp_path):
    path = tmp_path / "faces.npz"
    np.savez(path, image=np.zeros((2, 2, 2), np.uint8), pose=np.array(["up", "left"]))
    text = problems(lambda: Faces(data=path))
    assert "missing identity, expression, eyes, found image, pose" in text


def test_all_problems_of_the_arrays_are_said_at_once(tmp_path):
    path = stored(
        tmp_path,
        image=np.zeros((160, 12, 16), np.float32),
        identity=np.arange(160),
        pose=np.array(["up"] * 160),
        eyes=np.array(["open", "shut"]),
    )
    text = problems(lambda: Faces(data=path))
    for part in (
        "`image` must be uint8 [N, height, width] and not empty, got float32 [160, 12, 16]",
        "`identity` must be strings [N], got int64 [160]",
        "`pose` must have at least two classes, got ['up']",
        "`eyes` must have one entry a photograph, got 2 for 160",
        "10.24432/C5JC79",
    ):
        assert part in text


def test_all_wrong_options_are_said_at_once(tmp_path):
    wrong = {"data": stored(tmp_path), "split": "scene", "split_seed": 1.5}
    text = problems(lambda: load_taskset("faces", wrong))
    assert "`split` must be person or image, got 'scene'" in text
    assert "`split_seed` must be a whole number, got 1.5" in text


def test_the_documented_way_from_the_original_files_gives_a_sound_file(tmp_path, monkeypatch):
    image = pytest.importorskip("PIL.Image")
    made = arrays(people=4)
    for pixels, *labels in zip(*(made[name] for name in ("image", *LABELS)), strict=True):
        folder = tmp_path / "faces" / labels[0]
        folder.mkdir(parents=True, exist_ok=True)
        for size in ("", "_2", "_4"):
            image.fromarray(pixels).save(folder / f"{'_'.join(labels)}{size}.pgm")
    text = (DOCS / "faces.md").read_text()
    program = text.split("```python\n")[1].split("```")[0]
    monkeypatch.chdir(tmp_path)
    exec(compile(program, "docs/faces.md", "exec"), {})
    read = Faces(data=tmp_path / "cmu_faces.npz").photographs()
    assert len(read.image) == 4 * PHOTOGRAPHS
    first = next(at for at, name in enumerate(made["identity"]) if name == "p0")
    assert (read.image[0] == made["image"][first]).all()
    assert read.classes["pose"] == POSES
