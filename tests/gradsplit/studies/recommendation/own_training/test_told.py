"""What a training of one's own is told of a method."""

import pytest

from gradsplit import GradientMask, LossWeights, MaskedTraining, MultiHead
from gradsplit.errors import GradSplitError
from gradsplit.studies.arguments import the_method
from gradsplit.studies.recommendation.own_training.program import Program
from gradsplit.studies.recommendation.own_training.told import told

TASKS = ("pose", "reid")
BOTH = ("weights", "mask")


def taking(placeholders):
    return Program(" ".join(f"{{{name}}}" for name in ("tasks", "seed", "out", *placeholders)))


@pytest.mark.parametrize("method", [None, MultiHead(), LossWeights({})])
@pytest.mark.parametrize("placeholders", [(), BOTH])
def test_plain_training(method, placeholders):
    said = told(method, TASKS, taking(placeholders))
    assert said.weights == {"pose": 1, "reid": 1}
    assert said.mask.may_update.all() and said.mask.tasks == TASKS
    assert said.settings == {}  # a probe's runs are the same


def test_weights_and_masks():
    weighted = told(LossWeights({"reid": 0.25}), TASKS, taking(["weights"]))
    assert weighted.weights == {"pose": 1, "reid": 0.25}
    assert weighted.mask.may_update.all()
    masked = told(MaskedTraining(GradientMask.identity(TASKS)), TASKS, taking(["mask"]))
    assert masked.mask.may_update.tolist() == [[True, False], [False, True]]
    assert masked.weights == {"pose": 1, "reid": 1}
    assert weighted.settings != masked.settings != {}


@pytest.mark.parametrize(
    "method",
    [
        the_method("db-mtl"),
        the_method("last-stage"),
        LossWeights({"reid": 2.0}, of=the_method("db-mtl")),
        MaskedTraining(GradientMask.identity(TASKS), modules=("layer4",)),
        MaskedTraining(GradientMask.identity(TASKS), mode="feature"),
    ],
)
def test_other_methods_cannot_be_told(method):
    with pytest.raises(GradSplitError, match=r"is told of {weights} and {mask} only"):
        told(method, TASKS, taking(BOTH))


@pytest.mark.parametrize(
    ("method", "name"),
    [
        (LossWeights({"reid": 2.0}), "weights"),
        (MaskedTraining(GradientMask.identity(TASKS)), "mask"),
    ],
)
def test_a_command_without_the_placeholder(method, name):
    others = tuple(one for one in BOTH if one != name)
    with pytest.raises(GradSplitError, match=f"the command has no {{{name}}}"):
        told(method, TASKS, taking(others))
