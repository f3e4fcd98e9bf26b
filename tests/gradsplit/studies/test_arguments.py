"""What users give a study is read where it is clear, and refused in words where it is not."""

import numpy as np
import pytest

from gradsplit import LastStage, MultiHead
from gradsplit.errors import GradSplitError
from gradsplit.studies.arguments import (
    check_number,
    check_seed,
    the_folder,
    the_method,
    the_names,
    the_pairs,
    the_seeds,
    the_taskset,
)
from tests.gradsplit.toy_tasks import Toy


def test_a_task_set_or_its_name():
    toy = Toy()
    assert the_taskset(toy) is toy
    assert the_taskset("planted").name == "planted"
    assert the_taskset(toy, steps=3).recipe.steps == 3


@pytest.mark.parametrize("given", [None, 3, ["planted"]])
def test_what_is_no_task_set_is_refused(given):
    with pytest.raises(GradSplitError, match="must be a task set or the name of one"):
        the_taskset(given)


def test_a_class_is_no_object():
    with pytest.raises(GradSplitError, match=r"give Toy\(\)"):
        the_taskset(Toy)
    with pytest.raises(GradSplitError, match=r"give LastStage\(\)"):
        the_method(LastStage)


@pytest.mark.parametrize("steps", ["20", "a", 0, -3, 2.5, True])
def test_steps_are_a_number(steps):
    with pytest.raises(GradSplitError, match="`steps` must be a whole number of at least 1, got"):
        the_taskset(Toy(), steps=steps)


def test_seeds_are_a_number_a_range_or_a_list():
    assert the_seeds(2) == range(2)
    assert the_seeds(2, first=5) == range(5, 7)
    assert the_seeds(range(3, 5)) == range(3, 5)
    assert the_seeds([4, 7]) == the_seeds(np.array([4, 7])) == (4, 7)


@pytest.mark.parametrize("seeds", ["2", 2.5, 0, -1, None, True, [], ["0"], [1.0], [1, 1]])
def test_other_seeds_are_refused(seeds):
    with pytest.raises(GradSplitError, match="`seeds` must be a number of seeds, at least 1"):
        the_seeds(seeds)


@pytest.mark.parametrize("seeds", [10_001, 10**30, range(10**30)])
def test_more_seeds_than_anyone_trains_are_refused(seeds):
    with pytest.raises(GradSplitError, match="at most 10000, or a range"):
        the_seeds(seeds)


def test_too_few_seeds_are_refused():
    with pytest.raises(GradSplitError, match="`seeds` must be a number of seeds, at least 2"):
        the_seeds(1, least=2)


@pytest.mark.parametrize("seed", ["a", 1.5, None])
def test_a_seed_is_a_whole_number(seed):
    with pytest.raises(GradSplitError, match="`seed` must be a whole number"):
        check_seed(seed)


def test_a_number_of_numpy_is_one():
    check_number("workers", np.int64(2))
    check_seed(np.int64(0))


def test_one_name_is_no_list_of_letters():
    assert the_names("loud", "tasks") == ("loud",)
    assert the_names(["loud", "quiet"], "tasks") == ("loud", "quiet")


@pytest.mark.parametrize("names", [3, [3], None])
def test_other_names_are_refused(names):
    with pytest.raises(GradSplitError, match="`tasks` must be a name or a list of names"):
        the_names(names, "tasks")


@pytest.mark.parametrize(
    "given", [("a", "b"), ["a", "b"], "a:b", ["a:b"], [("a", "b")], [["a", "b"]]]
)
def test_one_pair_however_it_is_written(given):
    assert the_pairs(given, "edges") == [("a", "b")]


def test_several_pairs():
    assert the_pairs(["a:b", "b:a"], "edges") == [("a", "b"), ("b", "a")]


@pytest.mark.parametrize("given", ["ab", ["ab"], [("a",)], [("a", "b", "c")], 3, [3]])
def test_what_is_no_pair_is_refused(given):
    with pytest.raises(GradSplitError, match="`edges` takes pairs such as"):
        the_pairs(given, "edges")


def test_methods_by_words():
    assert the_method("multi-head") == MultiHead()
    with pytest.raises(GradSplitError, match="words such as 'multi-head'"):
        the_method(3)


def test_a_folder_is_made_and_a_file_is_none(tmp_path):
    assert the_folder(tmp_path / "new" / "below").is_dir()
    (tmp_path / "file").touch()
    for place in (None, tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(GradSplitError, match="`out` must be"):
            the_folder(place)
