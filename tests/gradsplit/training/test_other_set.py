"""What has the same name is scored, what has not is left out and said; nothing is filled in."""

from dataclasses import dataclass, field

import pytest
import torch
from torch import nn

from gradsplit.errors import TaskSetError
from gradsplit.training.network import MultiTaskNetwork
from gradsplit.training.other_set import matched, score_on
from gradsplit.training.taskset import TaskSet
from relations.tasks import Task

COLOURS = ("red", "green", "blue")


@dataclass(frozen=True)
class Named(TaskSet):
    """Every output is the row's own number; a score is the sum over the outputs that are asked."""

    names: dict[str, tuple[str, ...] | None] = field(default_factory=dict)
    partly: bool = True
    name = "named"
    tasks = (Task("colour"), Task("shape"))

    def trunk(self):
        return nn.Identity()

    def head(self, task):
        return nn.Linear(2, len(self.names.get(task) or "x"))

    def batches(self, task, seed):
        raise NotImplementedError

    def loss(self, task, output, target):
        raise NotImplementedError

    def outputs(self, task):
        return self.names.get(task)

    def score(self, task, predict):
        return float(predict(torch.zeros(1, 2)).sum())


class Partly(Named):
    def score_outputs(self, task, predict, outputs):
        values = predict(torch.zeros(1, 2))[0].tolist()
        return sum(
            (10 ** COLOURS.index(name)) * value for name, value in zip(outputs, values, strict=True)
        )


def network(biases, tasks=("colour",)):
    heads = {}
    for task in tasks:
        heads[task] = nn.Linear(2, len(biases))
        heads[task].bias.data = torch.tensor([float(value) for value in biases])
    return MultiTaskNetwork(nn.Identity(), heads)


def test_outputs_in_another_order_are_put_into_the_task_sets():
    # The network says blue 3, red 1, green 2; units, tens and hundreds are red, green and blue.
    scored = score_on(
        network([3, 1, 2]), Partly({"colour": COLOURS}), {"colour": ("blue", "red", "green")}
    )
    assert scored == {"colour": 321.0} and scored.notes == ()


def test_what_only_one_of_them_names_is_left_out_and_said():
    scored = score_on(
        network([4, 1, 2]), Partly({"colour": COLOURS}), {"colour": ("pink", "red", "green")}
    )
    assert scored == {"colour": 21.0}
    assert scored.notes == ("colour: scored on 2 of 3 outputs, without blue.",)
    assert scored.left_out == {"shape": "the network has no such task; it has colour."}


def test_a_name_that_stands_twice_is_no_name():
    shared, _ = matched(
        network([1, 2, 3]), Partly({"colour": COLOURS}), {"colour": ("red", "red", "blue")}
    )
    assert shared["colour"].names == ("blue",) and shared["colour"].places == (2,)


@pytest.mark.parametrize(
    ("kind", "theirs", "own", "said"),
    [
        (Named, COLOURS, ("red", "pink", "grey"), "and the task set has no score without them"),
        (Partly, COLOURS, ("a", "b", "c"), "no output of the network is called"),
        (Partly, COLOURS, None, "the network's outputs have no names"),
        (Partly, None, COLOURS, "the task set's outputs have no names"),
        (Named, None, None, "`weight` is (3, 2) in the network and (1, 2) here"),
    ],
)
def test_why_a_task_is_left_out(kind, theirs, own, said):
    shared, left_out = matched(network([1, 2, 3]), kind({"colour": theirs}), {"colour": own})
    assert shared == {} and said in left_out["colour"]


def test_outputs_without_names_are_scored_where_their_shapes_are_the_same_and_that_is_said():
    scored = score_on(network([7]), Named(), {"colour": None})
    assert scored == {"colour": 7.0} and "taken as the same" in scored.notes[0]
    assert score_on(network([7]), Named(), {"colour": None}, same=True).notes == ()


def test_features_need_no_names():
    scored = score_on(network([1, 2]), Named({"colour": ()}), {"colour": None})
    assert scored == {"colour": 3.0} and scored.notes == ()


def test_a_head_that_gives_another_number_of_outputs_than_it_names_is_refused():
    with pytest.raises(TaskSetError, match=r"`colour` of the network has 3 named outputs"):
        score_on(network([1, 2]), Partly({"colour": COLOURS}), {"colour": COLOURS})


def test_a_score_that_is_no_number_is_left_out():
    scored = score_on(network([float("nan")]), Named(), {"colour": None})
    assert dict(scored) == {} and scored.left_out["colour"] == "its score is nan."


def test_it_prints_scores_and_what_is_missing():
    said = str(
        score_on(network([4, 1, 2]), Partly({"colour": COLOURS}), {"colour": ("x", "red", "green")})
    )
    assert said.splitlines() == [
        "task      score",
        "colour  21.0000",
        "left out: shape: the network has no such task; it has colour.",
        "note: colour: scored on 2 of 3 outputs, without blue.",
    ]
