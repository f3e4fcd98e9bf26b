"""A function of one's own that is told of loss weights and a mask."""

import pickle

import numpy as np
import pytest

from gradsplit import GradientMask, LossWeights, MaskedTraining, Task
from gradsplit.errors import GradSplitError
from gradsplit.studies.recommendation.configuration import Configuration
from gradsplit.studies.recommendation.own_training.function import Function
from gradsplit.studies.recommendation.own_training.runs import OwnRuns
from gradsplit.studies.recommendation.own_training.tasks import OwnTasks
from gradsplit.studies.recommendation.own_training.told import untold
from relations import PairwiseProbe
from relations.watch.declared import watched

TASKS = [Task("pose"), Task("reid")]
HALF = LossWeights({"reid": 0.5})


def train(tasks, seed, weights=None, mask=None):
    """Scores that tell what it was told."""
    blocked = 0 if mask is None else int((~mask.may_update).sum())
    return {task: 1.0 + seed + (weights or {}).get(task, 0) + 10 * blocked for task in tasks}


def place(folder, function=train):
    own = Function(function)
    return OwnRuns(OwnTasks(TASKS, own), folder / "probe.db", training=own)


def test_plain_training_is_the_function_as_a_probe_takes_it(tmp_path):
    assert place(tmp_path).trainer() is train
    assert place(tmp_path).trainer(LossWeights({})) is train
    assert place(tmp_path).trainer(LossWeights({"reid": 1.0})) is train


def test_it_is_told_by_arguments(tmp_path):
    here = place(tmp_path)
    assert here.trainer(HALF)(("pose", "reid"), 0) == {"pose": 2.0, "reid": 1.5}
    masked = here.trainer(MaskedTraining(GradientMask.identity(TASKS)))
    assert masked(("pose",), 1) == {"pose": 22.0}


def test_what_it_is_told_and_its_code_tell_it_from_others(tmp_path):
    told = place(tmp_path).trainer(HALF)
    assert told.settings() == {"method": HALF.settings()}
    assert watched(told).code == watched(train).code != {}
    assert pickle.loads(pickle.dumps(told))(("reid",), 0) == {"reid": 1.5}


def test_a_line_for_each_network(tmp_path):
    here = place(tmp_path)
    apart = Configuration("apart", "", networks=(("pose",), ("reid",)))
    assert here.commands(apart) == ("train(('pose',), seed=0)", "train(('reid',), seed=0)")
    weighted = Configuration("tuned", "", HALF, "weights:reid=0.5")
    (line,) = here.commands(weighted)
    assert eval(line, {"train": train}) == {"pose": 2.0, "reid": 1.5}
    mask = GradientMask.identity(TASKS)
    (line,) = here.commands(Configuration("masked", "", MaskedTraining(mask), "gradsplit"))
    assert eval(line, {"train": train, "GradientMask": GradientMask}) == {
        "pose": 21.0,
        "reid": 21.0,
    }


def test_a_line_has_the_weights_that_were_trained(tmp_path):
    small = LossWeights({"pose": np.float64(0.000542), "reid": 2.98765})
    (line,) = place(tmp_path).commands(Configuration("tuned", "", small, "weights:pose=0.000542"))
    assert line.endswith("weights={'pose': 0.000542, 'reid': 2.98765})")


def test_what_it_has_no_parameter_for_is_said(tmp_path):
    here = place(tmp_path, lambda tasks, seed: train(tasks, seed))
    with pytest.raises(GradSplitError, match="the function has no parameter `weights`"):
        here.trainer(HALF)
    with pytest.raises(GradSplitError, match="a function of your own is told of"):
        here.trainer(LossWeights({"reid": 2.0}, of=MaskedTraining(GradientMask.identity(TASKS))))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda tasks: {}, r"got <lambda>\(tasks\): too many positional"),
        (lambda tasks, seed, mask: {}, "missing a required argument: 'mask'. Give further"),
        (lambda *, tasks, seed: {}, r"got <lambda>\(\*, tasks, seed\): too many"),
        (lambda seed, tasks: {}, "gets the tasks first, then the seed"),
        ("train.py", "got 'train.py'. A program is for `recommend_program`"),
        (train(("a",), 0), "Give the function itself, not what it returns"),
        (None, "got None."),
    ],
)
def test_what_cannot_be_called_with_tasks_and_a_seed_is_refused(wrong, said):
    with pytest.raises(GradSplitError, match=r"called as train\(tasks, seed\); .*" + said):
        Function(wrong)


def test_a_mistyped_parameter_is_asked_about():
    def misspelt(tasks, seed, weight=None, task=None):
        return {}

    assert Function(misspelt).lacks("weights").endswith("`weights`; is `weight` meant to be it?")
    assert Function(misspelt).lacks("mask").endswith("no parameter `mask`")
    assert untold(Function(misspelt)).endswith("is told of `weights` and `mask` only")


def test_a_probes_runs_are_used_again(tmp_path):
    PairwiseProbe(TASKS, train, range(2), tmp_path / "probe.db").run(progress=False)
    assert not place(tmp_path).probe(range(2)).plan().missing
