"""How methods are compared, from the configuration file that is given as the task set.

    [compare]
    methods = ["multi-head", "gradsplit"]
    seeds = 3

    [compare.also.night]
    market1501 = "night/market1501"

What is given on the command line goes before.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from gradsplit.commands.options.task_set import name_and_value
from gradsplit.errors import TaskSetError, all_problems
from gradsplit.tasksets.config import Configuration, is_path, read_configuration
from gradsplit.tasksets.registry import options_of

_ENDING = ".toml"


def compare_options(words: Sequence[str]) -> dict[str, Any]:
    """The options of `gradsplit compare` that the file among its words gives.

    Args:
        words: Of the command line, after the command's name.

    Returns:
        Option -> value; none where no file is the task set, or it says nothing of a comparison.

    Raises:
        TaskSetError: The file cannot be read, or an option does not exist or has another kind; all
            problems at once.
    """
    before = ["", *words]
    files = [
        word
        for word, former in zip(words, before, strict=False)
        if word.endswith(_ENDING) and not former.startswith("-")
    ]
    if not files:
        return {}
    configuration = read_configuration(Path(files[0]))
    said = configuration.compare
    problems = [
        f"`{name}` in [compare] must be {_READ[name][0]}, got {value!r}."
        if name in _READ
        else f"`{name}` in [compare] is none: there are {', '.join(_READ)}."
        for name, value in said.items()
        if name not in _READ or not _READ[name][1](value)
    ]
    if problems:
        raise TaskSetError(all_problems(f"`{configuration.path}` cannot be used", problems))
    options = {name: tuple(one) if isinstance(one, list) else one for name, one in said.items()}
    if "mask" in options:
        options["mask"] = str(configuration.placed(options["mask"]))
    if "also" in options:
        options["also"] = tuple(_also(configuration, said["also"], _set(words)))
    return options


def _also(
    configuration: Configuration, also: Mapping[str, Mapping[str, Any]], told: Mapping[str, Any]
) -> list[str]:
    """The other task sets as words: the same task set with other data.

    Options that are folders or files are those of the other set alone; all others are the own ones
    where they are not given anew, so that networks see pictures of the same size.

    Args:
        configuration: Of the own task set.
        also: Name -> options of the other.
        told: Options of the own task set on the command line.
    """
    kinds = options_of(configuration.taskset)
    words, problems = [], []
    for label, given in also.items():
        problems += [
            f"`{name}` of [compare.also.{label}] is none." for name in given.keys() - kinds
        ]
        own = {
            name: one
            for name, one in {**configuration.options, **told}.items()
            if name in kinds and not is_path(kinds[name])
        }
        options = {
            name: str(configuration.placed(value))
            if name in kinds and is_path(kinds[name])
            else value
            for name, value in {**own, **given}.items()
        }
        pairs = ",".join(f"{name}={_word(value)}" for name, value in options.items())
        words.append(f"{label}={configuration.taskset}:{pairs}")
    if problems:
        raise TaskSetError(all_problems(f"`{configuration.path}` cannot be used", problems))
    return words


def _set(words: Sequence[str]) -> dict[str, Any]:
    """The options of the task set among the words of a command line, behind --set."""
    told: dict[str, Any] = {}
    behind = False
    for word in words:
        if word.startswith("--"):
            behind = word == "--set"
        elif behind and "=" in word:
            told |= [name_and_value(word)]
    return told


def _word(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _is_whole(value: object) -> bool:
    return type(value) is int


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _are_tables(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(one, dict) for one in value.values())


_READ: dict[str, tuple[str, Callable[[object], bool]]] = {
    "methods": ("a list of texts", _are_texts),
    "seeds": ("a whole number", _is_whole),
    "probe_seeds": ("a whole number", _is_whole),
    "tune_seeds": ("a whole number", _is_whole),
    "threshold": ("a number", lambda value: type(value) in (int, float)),
    "undecided": ("a text", _is_text),
    "mask": ("the path of a mask file", _is_text),
    "baseline": ("a text", _is_text),
    "against": ("a list of texts", _are_texts),
    "also": ("tables [compare.also.NAME] of options", _are_tables),
}
