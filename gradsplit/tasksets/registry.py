"""Find a task set: by a built-in name, `module:attr`, `file.py:attr` or a configuration file."""

import ast
import dataclasses
import hashlib
import importlib
import importlib.util
import inspect
import sys
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradsplit.errors import TaskSetError, all_problems
from gradsplit.tasksets.config import is_path, kinds, read_configuration

if TYPE_CHECKING:
    from gradsplit.taskset import TaskSet

BUILT_IN = {
    "figures": "gradsplit.tasksets.figures:Figures",
    "faces": "gradsplit.tasksets.faces:Faces",
    "planted": "gradsplit.tasksets.planted:planted",
    "planted-control": "gradsplit.tasksets.planted:planted_control",
    "planted-near": "gradsplit.tasksets.planted:planted_near",
    "cause-loud-loss": "gradsplit.tasksets.causes:loud_loss",
    "cause-late-stage": "gradsplit.tasksets.causes:late_stage",
    "cause-early-stage": "gradsplit.tasksets.causes:early_stage",
    "cause-narrow-trunk": "gradsplit.tasksets.causes:narrow_trunk",
    "cause-short-training": "gradsplit.tasksets.causes:short_training",
    "cause-none": "gradsplit.tasksets.causes:no_harm",
    "human": "gradsplit.tasksets.human.task_set:Human",
}
"""Built-in name -> where it is defined. Names only: listing them imports neither torch nor data."""

_FILE_PREFIX = "gradsplit_file_"
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
    from gradsplit.taskset import Recipe, TaskSet
    from gradsplit.tasksets.contract import check_form

    if reference.endswith(".toml"):
        configuration = read_configuration(Path(reference))
        given = configuration.resolved(options_of(configuration.taskset))
        return load_taskset(configuration.taskset, {**given, **(options or {})})
    found = find(BUILT_IN.get(reference, reference), reference)
    hints = typing.get_type_hints(Recipe)
    given = dict(options or {})
    recipe = {key: _read(key, given.pop(key), hints[key]) for key in hints if key in given}
    built = found
    # A class of something else is not built: that might do anything.
    if not isinstance(found, type) or issubclass(found, TaskSet):
        built = _build(found, given, reference, recipe_options=sorted(hints))
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
    found = find(BUILT_IN.get(reference, reference), reference)
    return _way_to_build(found)[1]


def find(reference: str, asked: str | None = None) -> Any:
    """The object that `module:attr` or `path/to/file.py:attr` names.

    Args:
        reference: Where it is.
        asked: What the user wrote, for messages, when that is a short name.

    Raises:
        TaskSetError: There is nothing there; says what there is.
    """
    asked = asked or reference
    place, separator, attribute = reference.rpartition(":")
    if not separator or not place or not attribute:
        raise TaskSetError(
            f"There is no task set `{asked}`. Give {_FORMS}; built in are {', '.join(BUILT_IN)}."
        )
    module = _file(Path(place), asked) if place.endswith(".py") else _module(place, asked)
    try:
        return getattr(module, attribute)
    except AttributeError:
        there = [name for name in vars(module) if not name.startswith("_")]
        raise TaskSetError(
            f"`{place}` defines no `{attribute}`. It defines {', '.join(there) or 'nothing'}."
        ) from None


def _module(name: str, asked: str) -> types.ModuleType:
    if str(Path.cwd()) not in sys.path:
        # As `python -m` does; an installed command does not look where it is started.
        sys.path.append(str(Path.cwd()))
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as missing:
        if missing.name is not None and (name + ".").startswith(missing.name + "."):
            raise TaskSetError(
                f"There is no module `{missing.name}` for the task set `{asked}`. Give {_FORMS}; "
                f"built in are {', '.join(BUILT_IN)}."
            ) from missing
        raise TaskSetError(f"`{name}` cannot be imported: {missing}.") from missing


def _file(path: Path, asked: str) -> types.ModuleType:
    if not path.is_file():
        raise TaskSetError(f"There is no file `{path}` for the task set `{asked}`.")
    return import_file(path.resolve())


def import_file(path: Path) -> types.ModuleType:
    """A Python file as a module, once a process, under a name made from its path.

    Its folder is added to the module path, so that it can import its neighbours.

    Raises:
        TaskSetError: It cannot be imported; says why.
    """
    name = f"{_FILE_PREFIX}{path.stem}_{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise TaskSetError(f"`{path}` cannot be read as a Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    if str(path.parent) not in sys.path:
        sys.path.append(str(path.parent))
    try:
        spec.loader.exec_module(module)
    except Exception as wrong:
        del sys.modules[name]
        raise TaskSetError(
            f"`{path}` fails when it is imported: {type(wrong).__name__}: {wrong}"
        ) from wrong
    return module


@dataclass(frozen=True)
class SourceFile:
    """Put before an object in a pickle, it imports the file that defines the object's class.

    Attributes:
        path: The file; None for objects of ordinary modules.
    """

    path: Path | None

    @classmethod
    def of(cls, thing: object) -> "SourceFile":
        """The file that `load_taskset` found the class of an object in, if it was a file."""
        module = type(thing).__module__
        found = module.startswith(_FILE_PREFIX) and sys.modules[module].__file__
        return cls(Path(found) if found else None)

    def __setstate__(self, state: dict[str, Path | None]) -> None:
        """Called when unpickled, before the objects that follow."""
        object.__setattr__(self, "path", state["path"])
        if self.path is not None:
            import_file(self.path)


def _build(found: Any, given: Mapping[str, Any], reference: str, recipe_options: list[str]) -> Any:
    """Call a class or function with its options, or change an instance's fields."""
    call, hints = _way_to_build(found)
    own = {key: hint for key, hint in hints.items() if key not in ("recipe", "tasks")}
    unknown = [key for key in given if key not in own]
    if unknown:
        options = ", ".join([*own, *recipe_options])
        raise TaskSetError(
            all_problems(
                f"The task set `{reference}` has the options {options}",
                [f"`{key}` is not one of them." for key in unknown],
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
        return partial(dataclasses.replace, found), {name: known.get(name) for name in fields}
    return lambda: found, {}


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
