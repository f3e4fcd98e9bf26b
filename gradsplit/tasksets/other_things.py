"""What is given where a task set is needed, and is something else: results, or a training."""

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_RESULTS = (".csv", ".db")
_LEDGER = "probe.db"


def results_at(reference: str) -> str | None:
    """What is said of finished trainings, a table or a probe's folder; None of all else.

    Example:
        >>> results_at("no-such-file.csv") is None
        True
    """
    kind = kind_of_results(reference)
    return kind and (
        f"`{reference}` is {kind}, not a task set. `gradsplit relations`, heatmap, graph, mask, "
        "group and report read it; to train, name the task set."
    )


def kind_of_results(reference: str) -> str | None:
    """What finished trainings are, in words; None of all else."""
    path = Path(reference)
    try:
        if (path / _LEDGER).is_file():
            return "the folder of a probe"
        if path.suffix.lower() in _RESULTS and path.is_file():
            return "a table of results" if path.suffix.lower() == ".csv" else "a probe's ledger"
    except OSError:  # a name that no file can have, such as one that is too long
        pass
    return None


def tasksets_among(things: Mapping[str, Any]) -> list[str]:
    """Of what a module defines by name, task sets; without any, what may make one.

    Example:
        >>> from gradsplit.tasksets.planted.task_set import Planted, planted
        >>> tasksets_among({"N": 1200, "Planted": Planted, "mine": planted()})
        ['mine']
        >>> tasksets_among({"N": 1200, "Planted": Planted, "planted": planted, "loss": len})
        ['Planted', 'planted']
        >>> def mine(): ...
        >>> tasksets_among({"N": 1200, "mine": mine, "train": lambda tasks, seed: {}})
        ['mine']
    """
    from gradsplit.training.taskset import TaskSet

    found = [name for name, thing in things.items() if isinstance(thing, TaskSet)]
    found = found or [name for name, thing in things.items() if _makes(thing, TaskSet)]
    return found or [name for name, thing in things.items() if _may_make(thing)]


def _makes(thing: Any, kind: type) -> bool:
    """Whether it is a class of a kind, or a function that says that it gives one."""
    if isinstance(thing, type):
        return issubclass(thing, kind)
    if not inspect.isfunction(thing):
        return False
    try:
        given = inspect.get_annotations(thing, eval_str=True).get("return")
    except Exception:  # names that are there for a type checker only
        return False
    return isinstance(given, type) and issubclass(given, kind)


def _may_make(thing: Any) -> bool:
    """Whether it is a function that can be called as it is, and does not say what it gives."""
    if not inspect.isfunction(thing) or "return" in inspect.get_annotations(thing):
        return False
    parameters = inspect.signature(thing).parameters.values()
    return all(one.default is not inspect.Parameter.empty for one in parameters)


def ended_itself(reference: str, wrong: BaseException | None) -> str | None:
    """What is said of a file that is a program, which ends when it is imported; None of all else.

    Args:
        reference: The file, perhaps with what of it is meant.
        wrong: Why it cannot be imported.
    """
    if not isinstance(wrong, SystemExit):
        return None
    file = reference if reference.endswith(".py") else reference.rpartition(":")[0]
    return (
        f"`{file}` ends itself when it is imported, as a program that reads its arguments: it is "
        "no task set. `gradsplit probe` and `gradsplit recommend` start it once a run: "
        f'--command "python {file} --tasks {{tasks}} --seed {{seed}} --scores {{out}}" '
        "--tasks NAME,NAME."
    )


def a_training(reference: str, found: Any) -> str | None:
    """What is said of a function that trains, train(tasks, seed); None of all else.

    Example:
        >>> print(a_training("my.py:train", lambda tasks, seed: {}))
        `my.py:train` is a training, a function of tasks and seed, not a task set. In Python ...
    """
    if not inspect.isfunction(found):
        return None
    parameters = inspect.signature(found).parameters.values()
    needed = {each.name for each in parameters if each.default is inspect.Parameter.empty}
    if not {"tasks", "seed"} <= needed:
        return None
    return (
        f"`{reference}` is a training, a function of tasks and seed, not a task set. In Python "
        f"`PairwiseProbe(train={found.__name__}, ...)` takes it; a command takes a task set, or a "
        "program that trains one run: --command."
    )
