"""What users give a study, checked before anything is trained: task set, seeds, steps, folder."""

import os
from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

from gradsplit.errors import GradSplitError, TaskSetError, all_problems, argument
from gradsplit.training.trail import Trail
from relations.seeds import MOST_SEEDS

if TYPE_CHECKING:
    from gradsplit.training.methods.method import Method
    from gradsplit.training.taskset import TaskSet
    from relations.mask import GradientMask


def the_taskset(taskset: "TaskSet | str", steps: int | None = None) -> "TaskSet":
    """A task set, given as one or by its name, trained for other steps where these are given.

    Raises:
        GradSplitError: It is none, or there is none of that name, or `steps` is no number of them.

    Example:
        >>> the_taskset("planted", steps=20).recipe.steps
        20
    """
    from gradsplit.tasksets.registry import load_taskset
    from gradsplit.training.taskset import TaskSet

    if isinstance(taskset, str):
        taskset = load_taskset(taskset)
    if isinstance(taskset, type) and issubclass(taskset, TaskSet):
        name = taskset.__name__
        raise TaskSetError(f"`taskset` must be a task set, got the class {name}: give {name}().")
    if not isinstance(taskset, TaskSet):
        raise TaskSetError(
            f"`taskset` must be a task set or the name of one, such as 'planted' or "
            f"'my_tasks.py:tasks', got {taskset!r}."
        )
    if steps is None:
        return taskset
    check_number("steps", steps)
    return taskset.with_recipe(steps=steps)


def check_number(name: str, value: object, least: int = 1) -> None:
    """Refuse what is no whole number, or a smaller one than `least`.

    Raises:
        GradSplitError: With the name of the argument.
    """
    if not is_whole(value) or value < least:
        raise GradSplitError(
            f"{argument(name)} must be a whole number of at least {least}, got {value!r}."
        )


def check_seed(seed: object) -> None:
    """Refuse a seed that is no whole number.

    Raises:
        GradSplitError: It is none.
    """
    if not is_whole(seed):
        raise GradSplitError(f"{argument('seed')} must be a whole number such as 0, got {seed!r}.")


def is_whole(value: object) -> TypeGuard[int]:
    """Whether a value is a whole number, of Python or numpy; True and False are none."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def the_seeds(
    seeds: object, name: str = "seeds", *, least: int = 1, first: int = 0
) -> Sequence[int]:
    """The seeds that a number, a range or a list of them stands for.

    Args:
        seeds: How many, or which.
        name: Of the argument, for errors.
        least: Fewer are refused.
        first: Of a number of seeds, the first one.

    Raises:
        GradSplitError: They are none of these, or a seed is doubled.

    Example:
        >>> the_seeds(3), the_seeds([4, 7])
        (range(0, 3), (4, 7))
    """
    members: Sequence[Any] = ()
    if is_whole(seeds):
        members = range(first, first + min(seeds, MOST_SEEDS + 1))
    elif isinstance(seeds, range):
        members = seeds[: MOST_SEEDS + 1]
    elif isinstance(seeds, Iterable) and not isinstance(seeds, str | bytes | Mapping):
        members = tuple(seeds)
    sound = least <= len(members) <= MOST_SEEDS and all(map(is_whole, members))
    if not sound or _doubled(members):
        raise GradSplitError(
            f"{argument(name)} must be a number of seeds, at least {least} and at most "
            f"{MOST_SEEDS}, or a "
            f"range or a list of different whole numbers such as [0, 1], got {seeds!r}."
        )
    return members


def _doubled(members: Sequence[int]) -> bool:
    return len(set(members)) < len(members)


def the_names(names: object, argument: str) -> tuple[str, ...]:
    """Names; a string is one name and no list of letters.

    Raises:
        GradSplitError: They are none.

    Example:
        >>> the_names("loud", "tasks"), the_names(["loud", "quiet"], "tasks")
        (('loud',), ('loud', 'quiet'))
    """
    listed: tuple[Any, ...] = (names,)
    if isinstance(names, Iterable) and not isinstance(names, str):
        listed = tuple(names)
    if not all(isinstance(name, str) for name in listed):
        raise GradSplitError(f"`{argument}` must be a name or a list of names, got {names!r}.")
    return listed


def the_pairs(pairs: object, name: str) -> list[tuple[str, str]]:
    """Pairs of tasks, each as ("loud", "quiet") or "loud:quiet"; one pair may come without a list.

    Raises:
        GradSplitError: All that are no pairs.

    Example:
        >>> the_pairs(["loud:quiet", ("quiet", "apart")], "edges")
        [('loud', 'quiet'), ('quiet', 'apart')]
        >>> the_pairs(("loud", "quiet"), "edges")
        [('loud', 'quiet')]
    """
    listed: list[Any] = [pairs]
    if isinstance(pairs, Iterable) and not isinstance(pairs, str) and not _is_pair(pairs):
        listed = list(pairs)
    read = [tuple(pair.split(":")) if isinstance(pair, str) else pair for pair in listed]
    problems = [
        f"{given!r} is none."
        for given, pair in zip(listed, read, strict=True)
        if not _is_pair(pair)
    ]
    if problems:
        raise GradSplitError(
            all_problems(f"{argument(name)} takes pairs such as 'loud:quiet'", problems)
        )
    return [(source, target) for source, target in read]


def _is_pair(value: object) -> bool:
    """Whether it is two names, not two pairs written with a colon."""
    return (
        isinstance(value, tuple | list)
        and len(value) == 2
        and all(isinstance(part, str) and part and ":" not in part for part in value)
    )


def the_method(method: "Method | str") -> "Method":
    """A method, given as one or by its words, such as "dropgrad:rate=0.5".

    Raises:
        GradSplitError: It is none, or the words are those of none.
    """
    from gradsplit.training.methods.wanted import build, read_methods

    if isinstance(method, str):
        return build(read_methods((method,))[0])
    check_method(method)
    return method


def check_method(method: object) -> None:
    """Refuse an object that is no method.

    Raises:
        GradSplitError: With what to give.
    """
    from gradsplit.training.methods.method import Method

    if isinstance(method, type):
        name = method.__name__
        raise GradSplitError(f"A method must be an object, got the class {name}: give {name}().")
    if not isinstance(method, Method):
        raise GradSplitError(
            f"A method must be words such as 'multi-head', or an object such as MultiHead(), got "
            f"{method!r}."
        )


def the_mask(mask: "GradientMask | str | Path") -> "GradientMask":
    """A mask, given as one or by its file.

    Raises:
        GradSplitError: It is neither.
        MaskError: The file is unsound.
    """
    from relations.mask import GradientMask

    if isinstance(mask, str | PathLike):
        return GradientMask.load(mask)
    if not isinstance(mask, GradientMask):
        raise GradSplitError(
            f"{argument('mask')} must be a GradientMask or its file, got {mask!r}."
        )
    return mask


def the_trail(
    checkpoint_minutes: float | None,
    log: str | Sequence[str] | None,
    *,
    keep_networks: bool = False,
) -> Trail:
    """What is recorded of runs beside their scores.

    Args:
        checkpoint_minutes: See `Trail`.
        log: Names of loggers, or one name.
        keep_networks: Keep the trained network of every run.

    Raises:
        GradSplitError: It cannot be; all problems at once.

    Example:
        >>> the_trail(0, "jsonl").loggers
        ('jsonl',)
    """
    names = None if log is None else the_names(log, "log")
    return Trail(checkpoint_minutes, names, keep_networks).checked()


def the_folder(out: str | Path, *, make: bool = True) -> Path:
    """The folder of a study's files, made when it is not there.

    Args:
        out: Its path.
        make: Make it now; otherwise it is only checked.

    Raises:
        GradSplitError: It is a file, lies in one, or is made and cannot be written to.
    """
    if not isinstance(out, str | PathLike):
        raise GradSplitError(f"{argument('out')} must be the path of a folder, got {out!r}.")
    folder = Path(out)
    for place in (folder, *folder.parents):
        if place.exists() and not place.is_dir():
            raise GradSplitError(
                f"{argument('out')} must be a folder, but `{place}` is a file: give another "
                "name, or move the "
                "file away."
            )
    if make:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):  # said before anything is trained
            raise GradSplitError(f"Nothing can be written to `{folder}`: give another folder.")
    return folder
