"""What an intervention makes of a task set is what is trained."""

from dataclasses import dataclass, replace

import pytest

from gradsplit import Intervention
from gradsplit.errors import GradSplitError
from gradsplit.studies.diagnosis.causes.capacity import wider
from gradsplit.tasksets.causes.task_sets import no_harm
from gradsplit.tasksets.figures.task_set import Figures
from gradsplit.training.taskset import TaskSet
from tests.gradsplit.toy_tasks import Toy

EDGE = ("a", "b")


@dataclass(frozen=True)
class Replaced(Toy):
    """No field `recipe`: `replace` forgets what `with_recipe` set."""

    def with_width(self, factor: float) -> "Replaced":
        return replace(self, width=int(self.width * factor))


class Rebuilt(Toy):
    """The same where making it anew leaves a recipe in the object."""

    def with_width(self, factor: float) -> TaskSet:
        return Toy().with_recipe(batch_size=7)


def changed(taskset: TaskSet, steps: int = 1) -> TaskSet:
    return Intervention(
        "2x the batch", "small batches", EDGE, steps=steps, label="batches x2",
        change=lambda one: one.with_recipe(batch_size=2 * one.recipe.batch_size),
    ).changed(taskset)  # fmt: skip


@pytest.mark.parametrize("taskset", [Toy(), no_harm(), Figures()], ids=lambda one: one.name)
@pytest.mark.parametrize("steps", [1, 3])
def test_a_recipe_that_is_changed_on_purpose_is_trained(taskset: TaskSet, steps: int) -> None:
    given = taskset.with_recipe(steps=5)
    wanted = replace(given.recipe, batch_size=2 * given.recipe.batch_size, steps=5 * steps)
    assert changed(given, steps).recipe == wanted


def test_a_recipe_that_was_lost_in_making_is_given_back() -> None:
    replaced = Replaced().with_recipe(steps=5)
    wide = Intervention("wide", "c", EDGE, label="wide", change=lambda one: replace(one, width=9))
    for intervention in (wide, wider(EDGE)):
        assert intervention.changed(replaced).recipe == replaced.recipe


def test_another_width_has_the_same_recipe_however_it_is_made() -> None:
    rebuilt = Rebuilt().with_recipe(steps=5)
    assert wider(EDGE).changed(rebuilt).recipe == rebuilt.recipe


def test_without_a_method_a_label_tells_its_runs_apart() -> None:
    with pytest.raises(GradSplitError, match="'longer' needs a `label`"):
        Intervention("longer", "mine", ("a", "b"), steps=3)
