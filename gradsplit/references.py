"""Python objects by reference, `module:attr` or `path/to/file.py:attr`: models and task sets."""

import hashlib
import importlib
import importlib.util
import inspect
import sys
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradsplit.errors import (
    GradSplitError,
    ReferenceNotFoundError,
    did_you_mean,
    did_you_mean_file,
)

if TYPE_CHECKING:
    from torch import nn

_FILE_PREFIX = "gradsplit_file_"


def _all(things: Mapping[str, Any]) -> list[str]:
    return list(things)


def find(reference: str, fitting: Callable[[Mapping[str, Any]], list[str]] = _all) -> Any:
    """The object that `module:attr` or `path/to/file.py:attr` names.

    Args:
        reference: Where it is.
        fitting: Of what a module defines by name, the names that may be meant.

    Raises:
        ReferenceNotFoundError: There is nothing there; says what there is.

    Example:
        >>> find("math:tau") > 6
        True
    """
    place, separator, attribute = reference.rpartition(":")
    if reference.endswith(".py") and Path(reference).is_file():
        own = fitting(_own(_file(Path(reference))))
        raise ReferenceNotFoundError(
            f"`{reference}` is a file: say what of it is meant, such as "
            f"{' or '.join(f'`{reference}:{name}`' for name in own[-3:]) or '`file.py:attr`'}."
        )
    if not separator or not place or not attribute or ":" in place.removeprefix(Path(place).drive):
        raise ReferenceNotFoundError(
            f"`{reference}` names no object: write `module:attr` or `path/to/file.py:attr`."
        )
    module = _file(Path(place)) if place.endswith(".py") else _module(place)
    try:
        return getattr(module, attribute)
    except AttributeError:
        own = fitting(_own(module)) or [*_own(module)]
        raise ReferenceNotFoundError(
            f"`{place}` defines no `{attribute}`. It defines {', '.join(own) or 'nothing'}."
            f"{did_you_mean(attribute, own)}"
        ) from None


def _own(module: types.ModuleType) -> dict[str, Any]:
    """What a module defines itself; what it imports is of no use to whoever names its parts."""
    return {
        name: thing
        for name, thing in vars(module).items()
        if not name.startswith("_")
        and not isinstance(thing, types.ModuleType)
        and (
            not isinstance(thing, type | types.FunctionType | types.BuiltinFunctionType)
            or thing.__module__ == module.__name__
        )
    }


def load_model(reference: str) -> "nn.Module":
    """The model that a reference names: an nn.Module, or what a function makes.

    Raises:
        GradSplitError: There is none.
    """
    from torch import nn

    try:
        named = find(reference)
    except ReferenceNotFoundError as missing:
        raise GradSplitError(f"There is no model `{reference}`: {missing}") from missing
    makes = callable(named) and not isinstance(named, nn.Module)
    if makes and (needed := _needed(named)):
        raise GradSplitError(
            f"`{reference}` needs {', '.join(needed)}: name a function that takes nothing and "
            "makes the model, or the model itself."
        )
    model = named() if makes else named
    if not isinstance(model, nn.Module):
        raise GradSplitError(
            f"`{reference}` must be an nn.Module or a function that makes one, "
            f"got a {type(model).__name__}."
        )
    return model


def _needed(maker: Callable[..., Any]) -> list[str]:
    """The arguments that must be given to what makes a model."""
    try:
        parameters = inspect.signature(maker).parameters.values()
    except (TypeError, ValueError):  # of C, which says nothing of itself
        return []
    anything = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [
        f"`{each.name}`"
        for each in parameters
        if each.default is inspect.Parameter.empty and each.kind not in anything
    ]


def _module(name: str) -> types.ModuleType:
    if not all(name.split(".")):
        raise ReferenceNotFoundError(f"There is no module `{name}`: a part of its name is empty.")
    if str(Path.cwd()) not in sys.path:
        # As `python -m` does; an installed command does not look where it is started.
        sys.path.append(str(Path.cwd()))
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as missing:
        if missing.name is not None and (name + ".").startswith(missing.name + "."):
            raise ReferenceNotFoundError(f"There is no module `{missing.name}`.") from missing
        raise ReferenceNotFoundError(f"`{name}` cannot be imported: {missing}.") from missing


def _file(path: Path) -> types.ModuleType:
    if not path.is_file():
        raise ReferenceNotFoundError(f"There is no file `{path}`.{did_you_mean_file(path)}")
    return import_file(path.resolve())


def import_file(path: Path) -> types.ModuleType:
    """A Python file as a module, once a process, under a name made from its path.

    Its folder is added to the module path, so that it can import its neighbours.

    Raises:
        ReferenceNotFoundError: It cannot be imported; says why.
    """
    name = f"{_FILE_PREFIX}{path.stem}_{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ReferenceNotFoundError(f"`{path}` cannot be read as a Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    if str(path.parent) not in sys.path:
        sys.path.append(str(path.parent))
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as wrong:  # a program that ends itself, too
        del sys.modules[name]
        raise ReferenceNotFoundError(
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
        """The file that `find` imported for an object's class, if it was a file."""
        module = type(thing).__module__
        path = module.startswith(_FILE_PREFIX) and sys.modules[module].__file__
        return cls(Path(path) if path else None)

    def __setstate__(self, state: dict[str, Path | None]) -> None:
        """Called when unpickled, before the objects that follow."""
        object.__setattr__(self, "path", state["path"])
        if self.path is not None:
            import_file(self.path)
