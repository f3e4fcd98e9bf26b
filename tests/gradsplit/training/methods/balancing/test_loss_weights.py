"""Loss weights are factors of the gradients, under any method."""

import pytest

from gradsplit.errors import GradSplitError
from gradsplit.training.fit import fit
from gradsplit.training.methods.balancing.loss_weights import LossWeights
from gradsplit.training.methods.masked.gradsplit import MaskedTraining
from gradsplit.training.methods.own_parts.last_stage import LastStage
from gradsplit.training.methods.separate_moments import SeparateMoments
from tests.gradsplit.toy_tasks import Toy
from tests.gradsplit.training.methods.toy_gradients import (
    CUT,
    TASKS,
    OnlyOne,
    assert_equal,
    gradients,
    one_by_one,
)


def test_loss_weights_are_factors_of_the_gradients() -> None:
    factors = {"sum": 0.25, "class.sign": 3.0}
    own = one_by_one(factors)
    summed = {name: sum(own[task][name] for task in TASKS) for name in own["sum"]}
    assert_equal(gradients(LossWeights(factors)), summed)


def test_loss_weights_go_with_other_methods() -> None:
    factors = {"sum": 0.25, "class.sign": 3.0}
    alone = {task: gradients(LossWeights(factors, of=OnlyOne(task))) for task in TASKS}
    own = one_by_one(factors)
    for task in TASKS:
        assert_equal(alone[task], own[task])
    weighted = LossWeights({"sum": 0.5}, of=MaskedTraining(CUT))
    assert weighted.settings()["of"] == MaskedTraining(CUT).settings()
    last = LossWeights({}, of=LastStage())
    assert_equal(gradients(last), gradients(LastStage()))
    adam = Toy().with_recipe(optimizer="adam", weight_decay=0.0)
    scores = [
        fit(adam, TASKS, 0, method=one).scores
        for one in (SeparateMoments(), LossWeights({"sum": 8.0}, of=SeparateMoments()), None)
    ]
    assert scores[0] == pytest.approx(scores[1], rel=1e-6)  # a factor of eight moves nothing
    assert scores[0] != pytest.approx(scores[2], rel=1e-6)


def test_loss_weights_are_checked() -> None:
    with pytest.raises(GradSplitError, match=r"`sum` must be above 0.*\n.*`error`"):
        LossWeights({"sum": 0.0, "error": -1.0})
    with pytest.raises(GradSplitError, match="given for pose; the tasks are sum"):
        fit(Toy(), TASKS, 0, method=LossWeights({"pose": 2.0}))
