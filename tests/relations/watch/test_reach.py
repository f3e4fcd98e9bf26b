"""What of a training is watched, and what changes nothing."""

import functools
import importlib
import sys
import types
from pathlib import Path

import pytest

from relations.watch.reach import watched_code

MAIN = '''"""A training."""
import near
from near import metric

rate = 0.1
options = {"width": 3, "depth": [1, 2]}
seen = []


def make(scale):
    def train(tasks, seed):
        """Train."""
        seen.append(seed)  # a counter
        return {task: metric(scale * rate * near.BOUND) + options["width"] for task in tasks}

    return train


train = make(2)
'''
NEAR = """BOUND = 4


def metric(value):
    return value + 1


def elsewhere():
    return 0
"""


@pytest.fixture
def loaded(tmp_path, monkeypatch):
    """Writes two files into a new folder and imports them; gives the training."""
    folders = iter(range(100))

    def load(main=MAIN, near=NEAR):
        folder = tmp_path / f"place{next(folders)}"
        folder.mkdir()
        (folder / "main_file.py").write_text(main)
        (folder / "near.py").write_text(near)
        for name in ("main_file", "near"):
            sys.modules.pop(name, None)
        with monkeypatch.context() as patch:
            patch.syspath_prepend(str(folder))
            return importlib.import_module("main_file").train

    yield load
    for name in ("main_file", "near"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("main", "+ options", "- options"),
        ("main", "rate = 0.1", "rate = 0.2"),
        ("main", '"width": 3', '"width": 4'),
        ("main", "make(2)", "make(3)"),
        ("near", "BOUND = 4", "BOUND = 5"),
        ("near", "value + 1", "value + 2"),
    ],
    ids=["body", "global", "container", "closure", "constant of a neighbour", "its function"],
)
def test_an_edit_is_seen(loaded, file, old, new):
    before = watched_code(loaded()).code
    changed = {"main": MAIN, "near": NEAR}
    assert old in changed[file]
    changed[file] = changed[file].replace(old, new)
    assert watched_code(loaded(**changed)).code != before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a counter", "another word"),
        ('"""Train."""', '"""Other words."""'),
        ('"""A training."""', "# moved down\n\n"),
        ("seen.append(seed)", "seen.append( seed )"),
        ('{"width": 3, "depth": [1, 2]}', '{"depth": [1, 2], "width": 3}'),
        ("seen = []", "seen = [1, 2]"),
        ("train = make(2)", "train = make(2)\nunused = 1"),
    ],
)
def test_what_changes_no_training_is_not_seen(loaded, old, new):
    assert old in MAIN
    # Another folder too: that has moved.
    assert watched_code(loaded(MAIN.replace(old, new))).code == watched_code(loaded()).code


def test_a_function_of_a_neighbour_that_is_not_called_may_change(loaded):
    other = NEAR.replace("return 0", "return 1")
    assert watched_code(loaded(near=other)).code == watched_code(loaded()).code


def test_names_say_where_things_are_and_what_is_not_watched(loaded):
    watched = watched_code(loaded())
    assert watched.subject == "function make.<locals>.train of main_file.py"
    assert {
        "value rate of main_file.py",
        "value BOUND of near.py",
        "function metric of near.py",
    } < {*watched.code}
    assert str(watched) == (
        "not watched: seen of main_file.py (changed while training), files that functions open"
    )


class Callable:
    def __init__(self, rate, model=None):
        self.rate, self.model, self.calls = rate, model, 0

    def __call__(self, tasks, seed):
        self.calls += 1
        return self.score(tasks)

    def score(self, tasks):
        return dict.fromkeys(tasks, self.rate)

    def method(self, tasks, seed):
        return self.score(tasks)


def test_objects_methods_and_partials_are_looked_into():
    def train(tasks, seed, scale):
        return dict.fromkeys(tasks, scale)

    for first, second in [
        (Callable(0.1), Callable(0.2)),
        (Callable(0.1).method, Callable(0.2).method),
        (functools.partial(train, scale=1), functools.partial(train, scale=2)),
        (Callable(0.1, types.SimpleNamespace(lr=1)), Callable(0.1, types.SimpleNamespace(lr=2))),
    ]:
        assert watched_code(first).code != watched_code(second).code


def test_an_object_that_counts_its_calls_stays_itself():
    trainer = Callable(0.1)
    before = watched_code(trainer).code
    trainer(("pose",), 0)
    assert watched_code(trainer).code == before
    assert "calls" in str(watched_code(trainer))


def test_a_wrapper_is_watched_with_what_it_wraps():
    def twice(function):
        @functools.wraps(function)
        def wrapper(*given):
            return {task: 2 * score for task, score in function(*given).items()}

        return wrapper

    def train(tasks, seed):
        return dict.fromkeys(tasks, 1.0)

    names = [name.split(" of ")[0].rpartition(".")[2] for name in watched_code(twice(train)).code]
    assert {"wrapper", "train"} <= {*names}
    assert watched_code(functools.lru_cache(train)).subject.endswith("test_reach.py")


def squared(error):
    return error**2


def test_a_method_that_is_written_elsewhere_is_watched():
    class Trainer:
        loss = squared

        def __call__(self, tasks, seed):
            return dict.fromkeys(tasks, self.loss())

    names = {name.split(" of ")[0] for name in watched_code(Trainer()).code}
    assert "function squared" in names
    assert not any(name.endswith("__call__") for name in names)  # its class's code has it


def test_a_function_without_source_is_known_by_what_it_does():
    def typed(text):
        names = {"__name__": "__main__"}
        exec(compile(text, "<stdin>", "exec"), names)
        return names["train"]

    text = "rate = 1\ndef train(tasks, seed):\n    return {task: rate * seed for task in tasks}"
    first = watched_code(typed(text)).code
    assert first == watched_code(typed(text)).code
    assert first != watched_code(typed(text.replace("rate * seed", "rate / seed"))).code
    assert first != watched_code(typed(text.replace("rate = 1", "rate = 2"))).code


def test_code_of_a_command_line_is_watched():
    def executed(text):
        names = {"__name__": "__main__"}
        exec(text, names)  # as `python -c` does
        return names["train"]

    text = "rate = 1\ndef train(tasks, seed):\n    return {task: rate * seed for task in tasks}"
    first = watched_code(executed(text))
    assert first.subject == "function train of this session"
    assert first.code != watched_code(executed(text.replace("rate = 1", "rate = 2"))).code
    assert first.code != watched_code(executed(text.replace("rate *", "rate /"))).code


def test_what_is_installed_or_in_another_folder_is_named(loaded, tmp_path, monkeypatch):
    for folder in ("site-packages", "beside"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"of_{folder[:4]}.py").write_text("def train(tasks, seed): return {}")
        monkeypatch.syspath_prepend(tmp_path / folder)
    import of_besi  # type: ignore[import-not-found]
    import of_site  # type: ignore[import-not-found]

    assert "the code of train (installed" in str(watched_code(of_site.train))

    def train(tasks, seed):
        return of_besi.train(tasks, seed) | of_site.train(tasks, seed)

    assert watched_code(train).unseen[0] == "of_besi.py (in another folder)"


def test_arrays_are_named_as_not_watched():
    import numpy as np

    weights = np.ones(3)

    def train(tasks, seed):
        return {task: float(weights.sum()) for task in tasks}

    assert "weights" in str(watched_code(train))


def test_a_file_that_is_edited_while_it_is_loaded_says_nothing(loaded):
    train = loaded()
    before = watched_code(train)
    file = Path(sys.modules["main_file"].__file__)
    file.write_text(MAIN.replace("+ options", "- options"))
    after = watched_code(train)
    # What runs is the old code, so the new text must not be taken for it.
    known = {*before.code} & {*after.code}
    assert {name: before.code[name] for name in known} == {name: after.code[name] for name in known}
    assert "edits of main_file.py since it was loaded" in after.unseen


def test_objects_of_libraries_are_known_by_their_kind():
    import random

    def made(judge):
        return lambda tasks, seed: dict.fromkeys(tasks, judge.random())

    first, second = made(random.Random(0)), made(random.SystemRandom())
    assert watched_code(first).code != watched_code(second).code
    assert "judge" in str(watched_code(first))
