"""Find a task set: by a built-in name, `module:attr`, `file.py:attr` or a configuration file."""

import ast
import dataclasses
import inspect
import types
import typing
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradsplit.errors import ReferenceNotFoundError, TaskSetError, all_problems, did_you_mean
from gradsplit.references import find
from gradsplit.tasksets import built_in
from gradsplit.tasksets.config import is_path, kinds, read_configuration
from gradsplit.tasksets.other_things import (
    a_training,
    ended_itself,
    results_at,
    tasksets_among,
)

if TYPE_CHECKING:
    from gradsplit.training.taskset import TaskSet

_FORMS = "a built-in name, `module:attr`, `path/to/file.py:attr` or a configuration `file.toml`"


def load_taskset(reference: str, options: Mapping[str, Any] | None = None) -> "TaskSet":
    """A task set by its name.

    Args:
        reference: A built-in name, `module:attr` or `path/to/file.py:attr`, where `attr` is a
            subclass of `TaskSet`, a function that returns a task set, or a task set; or a
            configuration `file.toml` (see `gradsplit.tasksets.config`).
        options: Fields of the recipe (`steps`, `batch_size`, ...) and of the task set itself (its
            dataclass fields, or the parameters of the function). Text is read as the option's
            type, as it comes from a command line. They go before those of a configuration.

    Raises:
        TaskSetError: Nothing is found there, it is no task set, or an option does not exist; says
            what there is.

    Example:
        >>> load_taskset("planted", {"steps": "50"}).recipe.steps
        50
    """
    if not reference.endswith(".toml"):
        found = _found(reference)
        return _made(found, reference, *parted(options or {}, _options(found)))
    said = read_configuration(Path(reference))
    types_of = options_of(said.taskset)
    own, recipe = said.resolved(types_of)
    more, more_recipe = parted(options or {}, types_of)
    found = _found(said.taskset)
    made = _made(found, said.taskset, {**own, **more}, {**_of_recipe(recipe), **more_recipe})
    return made.with_kinds(said.absolute, said.standardised)


def parted(
    options: Mapping[str, Any], own: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Options of a task set itself, and those that are fields of the recipe.

    A name that both have is the recipe's, but for one that is a table there and something else
    here: `weights` are factors of losses by task, and a file of the trunk's weights.

    Args:
        options: Of both kinds.
        own: Those that the task set has, see `options_of`.

    Example:
        >>> parted({"steps": 9, "weights": "trunk.pth"}, {"weights": Path})
        ({'weights': 'trunk.pth'}, {'steps': 9})
        >>> parted({"weights": {"pose": 0.5}}, {"weights": Path})
        ({}, {'weights': {'pose': 0.5}})
    """
    from gradsplit.training.recipe import Recipe

    recipe = _of_recipe(options)
    hints = typing.get_type_hints(Recipe)
    for key in [*recipe]:
        is_table = typing.get_origin(hints[key]) is Mapping
        if key in own and is_table and not isinstance(recipe[key], Mapping):
            del recipe[key]
    return {key: value for key, value in options.items() if key not in recipe}, recipe


def _of_recipe(options: Mapping[str, Any]) -> dict[str, Any]:
    """Those options that are fields of the recipe, read as their types say."""
    from gradsplit.training.recipe import Recipe

    hints = typing.get_type_hints(Recipe)
    return {key: _read(key, options[key], hints[key]) for key in hints if key in options}


def _made(
    found: Any, reference: str, given: Mapping[str, Any], recipe: Mapping[str, Any]
) -> "TaskSet":
    """The task set of what was found, with options of its own and fields of its recipe."""
    from gradsplit.tasksets.contract import check_form
    from gradsplit.training.recipe import Recipe
    from gradsplit.training.taskset import TaskSet

    built = found
    if _builds(found):
        fields = sorted(item.name for item in dataclasses.fields(Recipe))
        built = _build(found, given, reference, recipe_options=fields)
    if not isinstance(built, TaskSet):
        raise TaskSetError(
            f"`{reference}` is {_describe(built)}, not a task set. It must be a subclass of "
            "gradsplit.TaskSet, a function that returns one, or an instance."
        )
    built = built.with_recipe(**recipe) if recipe else built
    check_form(built)
    return built


def options_of(reference: str) -> dict[str, Any]:
    """The options that a task set has, and their types; found, but not built.

    Raises:
        TaskSetError: There is no such task set.

    Example:
        >>> options_of("planted")
        {'width': <class 'int'>}
    """
    return _options(_found(reference))


def _options(found: Any) -> dict[str, Any]:
    return _way_to_build(found)[1] if _builds(found) else {}


def _builds(found: Any) -> bool:
    """Whether it may be called: a class of something else might do anything."""
    from gradsplit.training.taskset import TaskSet

    return not isinstance(found, type) or issubclass(found, TaskSet)


def _found(reference: str) -> Any:
    """What a task set's name or reference stands for, before its options are applied.

    Raises:
        TaskSetError: There is nothing there; says what there is.
    """
    known = built_in()
    try:
        place = known[reference].reference if reference in known else reference
        return find(place, tasksets_among)
    except ReferenceNotFoundError as missing:
        other = results_at(reference) or ended_itself(reference, missing.__cause__)
        if other:
            raise TaskSetError(other) from missing
        # Without a colon it can only be a misspelt name.
        is_place = ":" in reference or reference.endswith(".py")
        why = f": {missing}" if is_place else f".{did_you_mean(reference, known)}"
        raise TaskSetError(
            f"There is no task set `{reference}`{why} Give {_FORMS}; built in are "
            f"{', '.join(known)}."
        ) from missing


def _build(found: Any, given: Mapping[str, Any], reference: str, recipe_options: list[str]) -> Any:
    """Call a class or function with its options, or change an instance's fields."""
    if other := a_training(reference, found):
        raise TaskSetError(other)
    call, hints = _way_to_build(found)
    own = {key: hint for key, hint in hints.items() if key not in ("recipe", "tasks")}
    unknown = [key for key in given if key not in own]
    if unknown:
        options = [*own, *recipe_options]
        raise TaskSetError(
            all_problems(
                f"The task set `{reference}` has the options {', '.join(options)}",
                [f"`{key}` is not one of them.{did_you_mean(key, options)}" for key in unknown],
            )
        )
    values = {key: _read(key, value, own[key]) for key, value in given.items()}
    try:
        return call(**values)
    except TypeError as wrong:
        # Most often an option without a default that was not given.
        raise TaskSetError(f"The task set `{reference}` cannot be built: {wrong}") from wrong


def _way_to_build(found: Any) -> tuple[Callable[..., Any], dict[str, Any]]:
    """How to make a task set of what was found, and the options that takes, with their types."""
    if inspect.isclass(found) or inspect.isroutine(found):
        return found, _parameters(found)
    if dataclasses.is_dataclass(found) and not isinstance(found, type):
        fields = [item.name for item in dataclasses.fields(found) if item.init]
        known = _hints(type(found))
        return partial(_changed, found), {name: known.get(name) for name in fields}
    return lambda: found, {}


def _changed(made: Any, **options: Any) -> Any:
    """A task set that somebody made, with other options; with none it is the very same."""
    from gradsplit.training.taskset import TaskSet, keeping_recipe

    if not options:
        return made
    changed = dataclasses.replace(made, **options)
    # A recipe that is a field is kept, or changed by an option on purpose (a preset).
    lost = "recipe" not in {item.name for item in dataclasses.fields(made)}
    return keeping_recipe(made, changed) if lost and isinstance(made, TaskSet) else changed


def _parameters(function: Callable[..., Any]) -> dict[str, Any]:
    """The names and types of a callable's keyword arguments."""
    hints = _hints(function.__init__ if inspect.isclass(function) else function)
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return {
        name: hints.get(name, Any)
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind not in kinds
    }


def _hints(thing: Any) -> dict[str, Any]:
    """Type hints where they can be resolved."""
    try:
        return typing.get_type_hints(thing)
    except (NameError, TypeError):
        return {}


def _read(name: str, value: Any, hint: Any) -> Any:
    """An option's value; text is read as its type."""
    if not isinstance(value, str):
        return value
    if is_path(hint):
        return Path(value)
    allowed = kinds(hint)
    if str in allowed or typing.get_origin(hint) is typing.Literal:
        return value
    try:
        read = ast.literal_eval(value.capitalize() if bool in allowed else value)
    except (ValueError, SyntaxError):
        read = value
    plain = tuple(kind for kind in allowed if kind in (bool, int, float, types.NoneType))
    if float in plain and type(read) is int:
        return float(read)
    if plain and type(read) not in plain:
        wanted = " or ".join(kind.__name__ for kind in plain)
        raise TaskSetError(f"The option `{name}` must be of type {wanted}, got {value!r}.")
    return read


def _describe(thing: Any) -> str:
    return (
        f"the class `{thing.__name__}`" if isinstance(thing, type) else f"a {type(thing).__name__}"
    )
