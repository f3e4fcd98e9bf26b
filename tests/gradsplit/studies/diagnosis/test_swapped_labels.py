"""The source's inputs with the target's labels."""

import pickle
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import pytest
import torch

from gradsplit.errors import TaskSetError
from gradsplit.studies.diagnosis.swapped_labels import SwappedLabels
from gradsplit.tasksets.contract import check_taskset
from gradsplit.tasksets.figures.task_set import Figures
from gradsplit.training.fit import fit
from gradsplit.training.trainer import TaskSetTrainer
from tests.gradsplit.toy_tasks import Toy

SMALL = Figures(height=32, width=16, pictures=60, identities=10, widths=(8, 8, 8, 8)).with_recipe(
    steps=2, batch_size=12
)


@pytest.mark.parametrize("target", ["pose", "attribute", "parsing"])
def test_it_keeps_the_contract_of_task_sets(target: str) -> None:
    check_taskset(SwappedLabels(SMALL, "reid", target))


def test_the_source_keeps_its_pictures_and_has_the_labels_of_the_target() -> None:
    swapped = SwappedLabels(SMALL, "reid", "attribute")
    album = SMALL.album("reid", "train")
    pictures = album.pixels(torch.arange(len(album)))
    for images, labels in islice(swapped.batches("reid", 1), 3):
        for image, label in zip(images, labels, strict=True):
            (row,) = (pictures == image).flatten(1).all(1).nonzero().flatten()[:1].tolist()
            assert label.tolist() == album.attributes[row].tolist()


def test_the_target_is_trained_as_ever() -> None:
    swapped = SwappedLabels(SMALL, "reid", "pose")
    alone = [fit(one, ("pose",), 0).scores for one in (SMALL, swapped)]
    assert alone[0] == alone[1]


def test_the_source_is_judged_as_the_target() -> None:
    swapped = SwappedLabels(SMALL, "reid", "pose")
    fitted = fit(swapped, ("reid",), 0)
    network = fitted.network

    def predict(inputs: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            return network(inputs, "reid")

    assert fitted.scores["reid"] == SMALL.score("pose", predict)


class Labelled(Toy):
    """Knows every task's labels of every input, and has other data for every seed."""

    judged_on_test = True

    def labelled_as(self, task: str, source: str, seed: int) -> Iterator[tuple[torch.Tensor, Any]]:
        return self.batches(task, seed)

    def for_seed(self, seed: int) -> "Labelled":
        return replace(self, width=seed)


def test_directions_follow_the_metric() -> None:
    swapped = SwappedLabels(Labelled(), "sum", "error")
    assert {task.name: task.higher_is_better for task in swapped.tasks} == {
        "sum": False,
        "error": False,
        "class.sign": True,
    }


def test_the_rest_is_the_task_sets_own() -> None:
    taskset = Labelled().with_recipe(steps=17)
    swapped = SwappedLabels(taskset, "sum", "error")
    assert (swapped.recipe, swapped.judged_on_test) == (taskset.recipe, True)
    assert (swapped.name, swapped.split_modules) == ("toy", ("last",))
    of_seed = swapped.for_seed(5)
    assert isinstance(of_seed, SwappedLabels)
    assert next(of_seed.trunk().parameters()).shape == (5, 5)


def test_it_travels_and_is_another_set_for_the_ledger() -> None:
    swapped = SwappedLabels(SMALL, "reid", "pose")
    trainer = pickle.loads(pickle.dumps(TaskSetTrainer(swapped)))
    assert trainer.settings() == TaskSetTrainer(swapped).settings()
    assert swapped.settings() != SMALL.settings()
    assert swapped.settings() != SwappedLabels(SMALL, "reid", "parsing").settings()


def test_without_labels_it_is_refused() -> None:
    with pytest.raises(TaskSetError, match="no labels of `reid`"):
        SwappedLabels(SMALL, "pose", "reid")
    with pytest.raises(TaskSetError, match="`Toy` defines no"):
        SwappedLabels(Toy(), "sum", "error")
