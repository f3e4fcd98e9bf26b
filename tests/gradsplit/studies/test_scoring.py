"""A trained network is scored from memory or from its folder, on its own set or another one."""

import json

import pytest
import torch

from gradsplit import fit, load_taskset, score, train
from gradsplit.errors import GradSplitError
from gradsplit.studies.scored_file import write_scored
from tests.gradsplit.toy_tasks import Toy

TINY = {"height": 32, "width": 16, "pictures": 60, "identities": 10, "steps": 2, "batch_size": 4}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A network of drawn people."""
    out = tmp_path_factory.mktemp("trained")
    train(load_taskset("figures", TINY), out=out, tasks=("attribute", "pose"), progress=False)
    return out


def test_from_its_folder_it_has_the_scores_of_its_training(folder):
    scored = score(folder, load_taskset("figures", TINY))
    assert scored == json.loads((folder / "scores.json").read_text())
    assert scored.side == json.loads((folder / "side_scores.json").read_text())
    assert set(scored.left_out) == {"reid", "parsing"} and scored.notes == ()


def test_on_another_set_it_has_other_scores_and_says_what_is_other(folder):
    scored = score(folder, load_taskset("figures", {**TINY, "light": "night", "data_seed": 1}))
    own = json.loads((folder / "scores.json").read_text())
    assert scored.keys() == own.keys() and scored != own
    assert scored.notes == (
        "the options data_seed, light are others than those it was trained with.",
    )


def test_a_network_in_memory_names_what_it_was_trained_on():
    fitted = fit(Toy(), ("sum",), 0)
    assert score(fitted.network, Toy()) == fitted.scores
    other = score(fitted.network, Toy(), trained_on=Toy())
    assert other == fitted.scores and "taken as the same" in other.notes[0]


def test_a_network_without_a_common_task_is_refused(folder):
    with pytest.raises(GradSplitError, match="attribute, pose, and `planted` loud"):
        score(folder, "planted")


class Wider(Toy):
    """The same tasks of inputs that no network of `Toy` takes."""

    def score(self, task, predict):
        return super().score(task, lambda inputs: predict(torch.cat([inputs, inputs], dim=-1)))


def test_inputs_that_the_network_cannot_take_are_refused_in_words(tmp_path):
    fitted = train(Toy(), out=tmp_path, tasks=("sum",), progress=False)
    for network in (tmp_path, fitted.network):
        with pytest.raises(GradSplitError, match=r"scored on sum of .*: RuntimeError: mat1"):
            score(network, Wider())


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"network": 3}, "`network` must be a trained network or the folder of one, got 3"),
        ({"network": "nowhere"}, "There are no weights at `nowhere`"),
        ({"network": "x", "trained_on": "planted"}, "leave trained_on out"),
    ],
)
def test_what_is_no_network_is_said(given, said):
    with pytest.raises(GradSplitError, match=said):
        score(taskset=Toy(), **given)


def test_a_task_set_that_draws_its_data_by_seed_is_scored_on_that_of_the_run(tmp_path):
    drawn = ByPlan()
    fitted = train(drawn, out=tmp_path, tasks=("sum",), seed=5, progress=False)
    assert score(tmp_path, drawn) == fitted.scores


class ByPlan(Toy):
    """Its test data are those of the seed."""

    seen = 0

    def for_seed(self, seed):
        made = ByPlan(self.width, self.recipe)
        object.__setattr__(made, "seen", seed)
        return made

    def score(self, task, predict):
        return super().score(task, predict) + self.seen


def test_files_hold_what_is_known(folder, tmp_path):
    scored = score(folder, load_taskset("figures", TINY))
    scored.side["pose@unknown"] = float("nan")
    write_scored(scored, tmp_path / "new" / "s.json", "w", "figures")
    facts = json.loads((tmp_path / "new" / "s.json").read_text())
    assert facts["scores"] == scored and facts["side_scores"]["pose@unknown"] is None
    assert facts["left_out"].keys() == {"reid", "parsing"}
    write_scored(scored, tmp_path / "s.csv", "w", "figures")
    lines = (tmp_path / "s.csv").read_text().splitlines()
    assert lines[0] == "task,score" and lines[1] == f"attribute,{scored['attribute']!r}"
    assert lines[-1] == "pose@unknown,"
