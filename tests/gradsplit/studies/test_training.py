"""A trained network is kept, with or without a mask, by its file or as an object."""

import copy
import json

import pytest
from safetensors.torch import load_file, load_model

from gradsplit import GradientMask, train, train_grouping
from gradsplit.errors import GradSplitError, MaskMismatchError
from gradsplit.training.fit import fit
from gradsplit.training.loop import Training
from relations.errors import MaskError
from tests.gradsplit.toy_tasks import Toy
from tests.gradsplit.training.methods.toy_gradients import small_figures
from tests.gradsplit.training.test_score_with_side import Sided

TASKS = Toy().task_names


def test_the_files_hold_the_training(tmp_path):
    trained = train(Toy(), out=tmp_path, seed=3, progress=False)
    plain = fit(Toy(), TASKS, 3)
    assert trained.scores == plain.scores
    assert json.loads((tmp_path / "scores.json").read_text()) == plain.scores
    assert json.loads((tmp_path / "losses.json").read_text()) == plain.losses
    weights = load_file(tmp_path / "weights.safetensors")
    state = plain.network.state_dict()
    assert weights and all(weights[name].equal(state[name]) for name in weights)


def test_a_mask_changes_the_training(tmp_path):
    mask = GradientMask.identity(TASKS)
    mask.save(tmp_path / "mask.json")
    by_file = train(Toy(), out=tmp_path / "file", mask=tmp_path / "mask.json", progress=False)
    by_object = train(Toy(), out=tmp_path / "object", mask=mask, progress=False)
    plain = train(Toy(), out=tmp_path / "plain", progress=False)
    assert by_file.losses == by_object.losses != plain.losses


def test_a_file_that_is_no_mask_is_refused_before_a_folder_is_made(tmp_path):
    (tmp_path / "table.csv").write_text("source,sum,difference\n")
    with pytest.raises(MaskError, match="no mask file"):
        train(Toy(), out=tmp_path / "out", mask=tmp_path / "table.csv", progress=False)
    assert not (tmp_path / "out").exists()


def test_a_mask_of_other_tasks_is_refused(tmp_path):
    with pytest.raises(MaskMismatchError):
        train(Toy(), out=tmp_path, mask=GradientMask.identity(["x", "y"]), progress=False)


def test_a_method_by_its_words(tmp_path):
    mask = GradientMask.identity(TASKS)
    mask.save(tmp_path / "mask.json")
    words = f"gradsplit:mask={tmp_path / 'mask.json'}"
    by_words = train(Toy(), out=tmp_path / "words", method=words, progress=False)
    by_mask = train(Toy(), out=tmp_path / "mask", mask=mask, progress=False)
    assert by_words.losses == by_mask.losses
    balanced = train(Toy(), out=tmp_path / "balanced", method="equal-norm", progress=False)
    assert balanced.losses != by_mask.losses


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"method": "equal-norm", "mask": GradientMask.identity(TASKS)}, "either a method or a"),
        ({"method": "equal-norm", "modules": ["last"]}, "either a method or a mask"),
        ({"method": "gradsplit"}, "mask"),
        ({"method": "equalnorm"}, "equal-norm"),
        ({"method": "tuned-weights"}, "a search that only a comparison does"),
    ],
)
def test_a_method_that_cannot_be_is_refused_before_training(tmp_path, asked, message):
    with pytest.raises(GradSplitError, match=message):
        train(Toy(), out=tmp_path / "out", progress=False, **asked)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("words", ["cross-stitch", "nddr", "mtan", "sfg", "sparse-deltas", "rcm"])
def test_the_weights_of_other_networks_can_be_loaded(tmp_path, words):
    # Convolutions may have their channels last in memory, which the file's format does not know.
    pictures = small_figures().with_recipe(steps=1, batch_size=4)
    trained = train(pictures, out=tmp_path, method=words, progress=False)
    kept = copy.deepcopy(trained.network)
    for parameter in kept.parameters():
        parameter.data.zero_()
    load_model(kept, tmp_path / "weights.safetensors")
    expected = trained.network.state_dict()
    assert all(value.equal(expected[name]) for name, value in kept.state_dict().items())
    assert json.loads((tmp_path / "scores.json").read_text()).keys() == set(pictures.task_names)


def test_a_folder_that_cannot_be_written_to_is_said_before_anything_is_trained(
    tmp_path, monkeypatch
):
    monkeypatch.setattr("os.access", lambda place, mode: False)
    monkeypatch.setattr("gradsplit.studies.kept_training.fit", None)
    with pytest.raises(GradSplitError, match=f"Nothing can be written to `{tmp_path}`"):
        train(Toy(), out=tmp_path, progress=False)


@pytest.mark.parametrize(
    ("minutes", "said"), [(1e-9, "goes on from what was last kept"), (0, "trains it again")]
)
def test_what_cannot_be_written_names_the_folder_and_can_be_gone_on_from(
    tmp_path, monkeypatch, minutes, said
):
    def full(path, *_):
        raise OSError(28, "No space left on device")

    asked = {"out": tmp_path, "progress": False, "checkpoint_minutes": minutes}
    with monkeypatch.context() as disk:
        disk.setattr("gradsplit.training.network_file._as_others", full)
        with pytest.raises(GradSplitError, match=f"written to `{tmp_path}` .*No space.*{said}"):
            train(Toy(), **asked)
    assert (tmp_path / "unfinished").is_dir() == (minutes > 0)
    trained = train(Toy(), **asked)
    assert trained.losses == fit(Toy(), TASKS, 0).losses
    assert not (tmp_path / "unfinished").exists()


def test_what_was_trained_is_as_readable_as_other_files(tmp_path):
    (tmp_path / "other").touch()
    train(Toy(), out=tmp_path / "out", progress=False)
    modes = {file.stat().st_mode for file in (tmp_path / "out").iterdir()}
    assert modes == {(tmp_path / "other").stat().st_mode}


def test_networks_of_a_grouping_that_were_finished_are_not_trained_again(tmp_path, monkeypatch):
    (tmp_path / "mine.json").write_text('{"groups": [["sum"], ["error", "class.sign"]]}')
    asked = {"out": tmp_path / "ended", "progress": False}
    steps, taken = [], Training._take_step

    def ended_in_the_second(training, *given):
        steps.append(training.tasks)
        if len(training.tasks) == 2 and training.done == 3 and not again:
            raise KeyboardInterrupt
        taken(training, *given)

    again = False
    monkeypatch.setattr(Training, "_take_step", ended_in_the_second)
    with pytest.raises(KeyboardInterrupt):
        train_grouping(Toy(), tmp_path / "mine.json", **asked)
    again, steps[:] = True, []
    served = train_grouping(Toy(), tmp_path / "mine.json", **asked)
    assert ("sum",) not in steps
    whole = train_grouping(Toy(), tmp_path / "mine.json", out=tmp_path / "whole", progress=False)
    assert [one.losses for one in served.values()] == [one.losses for one in whole.values()]
    assert [one.scores for one in served.values()] == [one.scores for one in whole.values()]
    assert not list(tmp_path.glob("*/*/unfinished"))


def test_side_scores_are_in_a_file_of_their_own(tmp_path):
    trained = train(Sided(), out=tmp_path, progress=False)
    assert json.loads((tmp_path / "scores.json").read_text()) == trained.scores
    side = json.loads((tmp_path / "side_scores.json").read_text())
    assert side["sum@squared"] == trained.scores["sum"] ** 2
    assert side["sum@never there"] is None
    train(Toy(), out=tmp_path / "plain", progress=False)
    assert not (tmp_path / "plain" / "side_scores.json").exists()


def test_of_a_grouping_they_are_those_of_the_network_that_serves_the_task(tmp_path):
    (tmp_path / "mine.json").write_text('{"groups": [["sum"], ["error", "class.sign"]]}')
    served = train_grouping(Sided(), tmp_path / "mine.json", out=tmp_path, progress=False)
    side = json.loads((tmp_path / "side_scores.json").read_text())
    wanted = {f"{task}@squared": one.scores[task] ** 2 for task, one in served.items()}
    assert {name: value for name, value in side.items() if value is not None} == wanted
