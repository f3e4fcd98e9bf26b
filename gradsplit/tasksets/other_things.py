"""What is given where a task set is needed, and is something else: results, or a training."""

import inspect
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
    path = Path(reference)
    try:
        if (path / _LEDGER).is_file():
            kind = "the folder of a probe"
        elif path.suffix.lower() in _RESULTS and path.is_file():
            kind = "a table of results" if path.suffix.lower() == ".csv" else "a probe's ledger"
        else:
            return None
    except OSError:  # a name that no file can have, such as one that is too long
        return None
    return (
        f"`{reference}` is {kind}, not a task set. `gradsplit relations`, heatmap, graph, mask, "
        "group and report read it; to train, name the task set."
    )


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
