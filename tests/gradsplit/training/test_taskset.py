"""The contract's own behaviour: settings that follow the code, recipes, seeds of purposes."""

import dataclasses
import functools
import importlib.util
import random
import types

import pytest
import torch

from gradsplit import Recipe
from gradsplit.errors import TaskSetError
from gradsplit.training.seeding import seed_for, seeded
from tests.gradsplit.toy_tasks import Toy
from tests.places import DOCS

SOURCE = """
from dataclasses import dataclass
from gradsplit import Recipe, Task, TaskSet

@dataclass(frozen=True)
class Mine(TaskSet):
    DOC
    size: int = 3
    name = "mine"
    tasks = (Task("a"), Task("b"))
    def trunk(self): return None  # COMMENT
    def head(self, task): return None
    def batches(self, task, seed): return iter(())
    def loss(self, task, output, target): return FACTOR * output
    def score(self, task, predict): return 0.0
"""


def settings(folder, *, doc='"""One."""', comment="one", factor="1.0", **options):
    """Settings of a task set whose file reads like this."""
    path = folder / f"mine_{random.getrandbits(64)}.py"
    text = SOURCE.replace("DOC", doc).replace("COMMENT", comment).replace("FACTOR", factor)
    path.write_text(text)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(__import__("sys").modules, path.stem, module)
        spec.loader.exec_module(module)
        return module.Mine(**options).settings()


def made(scale):
    """A new function at another place in memory."""

    def scaled(value):
        return scale * value

    return scaled


@pytest.mark.parametrize(
    "option",
    [
        lambda: made(1.0),
        lambda: functools.partial(made(1.0), 2),
        lambda: {"a": [made(1.0), None]},
        lambda: types.SimpleNamespace(apply=made(1.0)),
        lambda: type("Scale", (), {})(),
    ],
)
def test_options_that_are_functions_or_objects_are_named_alike_in_every_process(tmp_path, option):
    first, second = option(), option()  # both alive, so at two places
    named = settings(tmp_path, size=first)["options"]
    assert settings(tmp_path, size=second)["options"] == named
    assert "0x" not in str(named)
    earlier = {"options": {"size": str(first)}}
    assert "0x" not in str(Toy().modernised(earlier))


def test_a_set_is_written_in_one_order(tmp_path):
    assert settings(tmp_path, size={"b", "c", "a"})["options"] == {"size": "{'a', 'b', 'c'}"}
    assert settings(tmp_path, size={3})["options"] == {"size": "{3}"}


def test_documentation_changes_no_settings_but_code_does(tmp_path):
    first = settings(tmp_path)
    assert settings(tmp_path, doc='"""Two."""', comment="two") == first
    assert settings(tmp_path, factor="2.0")["source"] != first["source"]
    assert settings(tmp_path, size=4)["options"] == {"size": 4}
    assert "tasks" not in first


def test_a_recipe_is_changed_in_a_copy():
    taskset = Toy()
    shorter = taskset.with_recipe(steps=7)
    assert shorter.recipe.steps == 7
    assert taskset.recipe.steps != 7
    with pytest.raises(TaskSetError, match="stepz"):
        taskset.with_recipe(stepz=7)


def test_seeds_of_purposes_are_known_for_good():
    assert seed_for(0, "trunk") == 7458291563216228330
    assert len({seed_for(seed, *words) for seed in (0, 1) for words in (("a",), ("a", "b"))}) == 4


def test_a_seeded_block_leaves_the_random_state_alone():
    before = torch.random.get_rng_state()
    with seeded(0, "trunk"):
        inside = torch.rand(3)
    assert torch.equal(torch.random.get_rng_state(), before)
    with seeded(0, "trunk"):
        assert torch.equal(torch.rand(3), inside)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"steps": 0}, "steps must be a whole number of at least 1, got 0"),
        ({"steps": -3}, "got -3"),
        ({"steps": 1.5}, "got 1.5"),
        ({"optimizer": "Adam"}, "optimizer must be 'adamw', 'adam' or 'sgd', got 'Adam'"),
        ({"schedule": "linear"}, "schedule must be 'cosine', 'constant' or 'step'"),
        ({"schedule": "step"}, "'step' needs milestones"),
        ({"milestones": [0.5]}, "milestones are for the schedule 'step'"),
        ({"schedule": "step", "milestones": [0.8, 0.5]}, "rising shares"),
        ({"head_rate": 0}, "head_rate must be a number above 0"),
        ({"precision": "float16"}, "'float32' or 'bfloat16'"),
        ({"weights": {"smu": 0.5}}, "weighs `smu`, which is not a task"),
        ({"weights": 0.5}, "weights must be numbers by task"),
    ],
)
def test_a_recipe_that_nobody_can_train_is_refused_where_it_is_made(changes, message):
    with pytest.raises(TaskSetError, match=message):
        Toy().with_recipe(**changes)


def test_the_page_for_own_tasks_says_what_a_recipe_is_when_nothing_is_given():
    (row,) = [
        line
        for line in (DOCS / "your-own-tasks.md").read_text().splitlines()
        if line.startswith("| `recipe` |")
    ]
    usual = Recipe()
    assert f"{usual.steps} steps of `batch_size` {usual.batch_size} a task" in row
    assert f'`optimizer` "{usual.optimizer}"' in row
    assert f'`schedule` "{usual.schedule}"' in row
    assert f"`weight_decay` {usual.weight_decay:g}" in row
    assert usual.learning_rate == 1e-3 and "`learning_rate` 1e-3" in row


def test_what_a_recipe_does_not_use_is_not_among_its_settings():
    assert "milestones" not in Recipe().settings()
    assert not {"head_rate", "precision"} & Recipe().settings().keys()
    used = Recipe(schedule="step", milestones=[0.5], head_rate=2.0, precision="bfloat16")
    assert used.settings() == {
        **Recipe(schedule="step").settings(),
        "milestones": (0.5,),
        "head_rate": 2.0,
        "precision": "bfloat16",
    }


def test_a_recipe_that_is_a_field_is_copied_with_the_others():
    @dataclasses.dataclass(frozen=True)
    class Own(Toy):
        recipe: Recipe = dataclasses.field(default_factory=lambda: Recipe(steps=300))
        size: int = 3

    assert dataclasses.replace(Own().with_recipe(steps=2), size=5).recipe.steps == 2


def test_data_are_drawn_by_seed_where_a_task_set_says_how():
    class Drawn(Toy):
        def for_seed(self, seed):
            return self

    assert Drawn().draws_data_by_seed
    assert not Toy().draws_data_by_seed
