"""From what trains to all of the user's own code and values that it reaches."""

import dataclasses
import functools
import inspect
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from relations.digests import digest
from relations.watch.bytecode import bytecode, bytecode_version, imported_names, loaded_names
from relations.watch.own_files import SESSION, OwnFiles, file_of_class
from relations.watch.plain_values import plain_text
from relations.watch.python_files import imported_files, module_files
from relations.watch.syntax import (
    changed_names,
    class_syntax,
    function_syntax,
    is_current,
    syntax_digest,
)
from relations.watch.trainers import OURS, file_of_trainer, foreign_code
from relations.watch.watched import Watched

_SILENT = ("logging", "typing", "threading", "_thread", "tqdm.std", "warnings")
_MOST_PARTS = 1000  # a longer container of things is data
_OPENED = "files that functions open"


def watched_code(train: object) -> Watched:
    """The code and the values that a training depends on, as digests by name.

    Args:
        train: A function, a bound method, a partial or an object that is called.

    Example:
        >>> rate = 0.1
        >>> def train(tasks, seed):
        ...     return {task: rate for task in tasks}
        >>> watched_code(functools.partial(train, scale=2)).code["value scale"] == digest("2")
        True
    """
    reach = _Reach(OwnFiles.around(file_of_trainer(train)))
    reach.value("the trainer", train, "")
    return reach.result(train)


class _Reach:
    """Walks from value to value; every function, class and object is visited once."""

    def __init__(self, files: OwnFiles) -> None:
        self._files = files
        self._code: dict[str, str] = {}
        self._texts: list[tuple[str, str, str]] = []  # bare name, full name, text
        self._unseen: dict[str, None] = {}
        self._changed: set[str] = set()
        self._seen: dict[int, object] = {}  # kept alive, so that ids stay theirs
        self._subject = ""

    def result(self, train: object) -> Watched:
        """What was found of a training; values that it changes itself are no settings."""
        for name, full, text in self._texts:
            if name not in self._changed:
                self._add(f"value {full}", digest(text))
        state = {full: None for name, full, _ in self._texts if name in self._changed}
        unseen = [*self._unseen, *(f"{full} (changed while training)" for full in state)]
        unseen = (*unseen, _OPENED) if self._subject else foreign_code(train)
        return Watched(self._code, self._subject, unseen)

    def value(self, name: str, value: Any, owner: str) -> None:
        """Visit a value that own code reads under a name; `owner` says where that is."""
        full, bare = f"{name} of {owner}" if owner else name, name.partition("[")[0]
        text = plain_text(value, str(self._files.root))
        if text is not None:
            self._texts.append((bare, full, text))
        elif isinstance(value, types.ModuleType):
            self._module(value)
        elif isinstance(value, types.FunctionType):
            self._texts.append((bare, full, value.__qualname__))
            self._function(value)
        elif isinstance(value, type):
            self._texts.append((bare, full, value.__qualname__))
            self._class(value)
        elif self._is_new(value):
            self._object(name, full, value, owner)

    def _object(self, name: str, full: str, value: Any, owner: str) -> None:
        """Visit a value that is neither plain nor code by itself."""
        if hasattr(value, "__wrapped__"):  # such as a cached function
            self.value(name, value.__wrapped__, owner)
        elif isinstance(value, types.MethodType):
            self._function(value.__func__)
            self.value(name, value.__self__, owner)
        elif isinstance(value, functools.partial):
            self.value(name, value.func, owner)
            for key, part in [*enumerate(value.args), *sorted(value.keywords.items())]:
                self.value(str(key), part, owner)
        elif isinstance(value, tuple | list | dict) and len(value) <= _MOST_PARTS:
            items = value.items() if isinstance(value, dict) else enumerate(value)
            for key, part in items:
                self.value(f"{name}[{key}]", part, owner)
        elif inspect.isroutine(value):
            self._texts.append((name.partition("[")[0], full, getattr(value, "__qualname__", "")))
        elif self._is_open(value):
            self._attributes(name, value)
        elif not type(value).__module__.startswith(_SILENT):
            self._texts.append((name.partition("[")[0], full, type(value).__qualname__))
            bare = f"{name.partition('[')[0]}{full.removeprefix(name)}"
            self._unseen[f"{bare} ({type(value).__name__})"] = None

    def _function(self, function: types.FunctionType) -> None:
        """Visit a function: its own code, its defaults, its closure and what it reads."""
        code = function.__code__
        label = self._files.label(code.co_filename)
        if label is None and code.co_filename == "<string>" and not code.co_name.startswith("__"):
            label = SESSION  # of `python -c` or `exec`; libraries make methods such as __init__ so
        if not self._is_new(function):
            return
        if label is None:
            # A wrapper of a library, such as torch.no_grad's, may stand around own code.
            inner = getattr(function, "__wrapped__", None)
            if isinstance(inner, types.FunctionType):
                self._function(inner)
            self._note_elsewhere(code.co_filename)
            return
        named = f"function {code.co_qualname} of {label}"
        self._subject = self._subject or named
        nodes = function_syntax(code)
        if nodes:
            self._add(named, syntax_digest(nodes))
        else:
            self._add(f"{named} (as {bytecode_version()})", digest(bytecode(code)))
            if not is_current(code):
                self._unseen[f"edits of {label} since it was loaded"] = None
        for node in nodes:
            self._changed |= changed_names(node)
        self._reads(function, label)

    def _reads(self, function: types.FunctionType, label: str) -> None:
        """Visit what a function reads from outside."""
        code = function.__code__
        for name, value in _defaults(function):
            self.value(name, value, f"{code.co_qualname} of {label}")
        for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
            try:
                self.value(name, cell.cell_contents, f"{code.co_qualname} of {label}")
            except ValueError:  # nothing in it yet
                continue
        for name, attribute in loaded_names(code):
            held = function.__globals__.get(name)
            if name not in function.__globals__:
                continue  # a builtin, or not there until it runs
            own = isinstance(held, types.ModuleType) and self._label_of(held)
            if own and attribute is not None and hasattr(held, attribute):
                self.value(attribute, getattr(held, attribute), str(own))
            else:
                self.value(name, held, label)
        for module in imported_names(code):
            for file in module_files(module, self._files):
                self._files_of(file)

    def _class(self, kind: type) -> None:
        """Visit a class and its bases, as far as they are the user's own."""
        for each in kind.__mro__:
            file = file_of_class(each)
            label = self._files.label(file)
            if label is None or file is None or not self._is_new(each):
                continue
            named = f"class {each.__qualname__} of {label}"
            self._subject = self._subject or named
            methods = [part for member in vars(each).values() for part in _functions_of(member)]
            current = all(
                is_current(method.__code__)
                for method in methods
                if self._files.label(method.__code__.co_filename)
            )
            nodes = class_syntax(each, file) if current else []
            if nodes:
                self._add(named, syntax_digest(nodes))
            else:
                self._unseen[f"the code of {named}"] = None
            for node in nodes:
                self._changed |= changed_names(node)
            self._members(each, label, written=bool(nodes))

    def _members(self, kind: type, label: str, *, written: bool) -> None:
        """Visit what the methods of a class read, and its values."""
        left_out = _unwatched(kind)
        for name, member in vars(kind).items():
            for function in _functions_of(member):
                inside = function.__code__.co_qualname.startswith(f"{kind.__qualname__}.")
                if not (written and inside):  # such as `loss = squared`, written elsewhere
                    self._function(function)
                elif self._files.label(function.__code__.co_filename) and self._is_new(function):
                    self._reads(function, label)
            text = plain_text(member, str(self._files.root))
            if text is not None and not name.startswith("__") and name not in left_out:
                self._texts.append((name, f"{name} of {kind.__qualname__} of {label}", text))

    def _attributes(self, name: str, thing: object) -> None:
        """Visit an object: its class, and what it holds but what its `settings()` say."""
        kind = type(thing)
        self._class(kind)
        owner = name if kind.__module__ in ("types", "argparse") else kind.__qualname__
        said = callable(getattr(thing, "settings", None)) and not hasattr(kind, "unwatched")
        fields = set(getattr(kind, "__dataclass_fields__", ()))
        settings = fields if hasattr(kind, "unwatched") else set()
        held = _held(thing)
        if "_parameters" in held:  # a network of torch: its weights and its mode are state
            self._unseen[f"the weights of {name}"] = None
            held = {
                key: value for key, value in held.items() if key[0] != "_" and key != "training"
            }
        for attribute, value in held.items():
            plain = plain_text(value) is not None
            if attribute in _unwatched(kind) or (plain and (said or attribute in settings)):
                continue
            if not isinstance(getattr(kind, attribute, None), functools.cached_property):
                self.value(attribute, value, owner)

    def _module(self, module: types.ModuleType) -> None:
        """Visit a module that is used as a whole."""
        if self._label_of(module):
            self._files_of(module.__file__)
        self._note_elsewhere(getattr(module, "__file__", None))

    def _note_elsewhere(self, file: str | None) -> None:
        """Name a file that is used and neither watched nor installed."""
        if file is not None and self._files.is_elsewhere(file):
            self._unseen[f"{Path(file).name} (in another folder)"] = None

    def _files_of(self, file: str | Path | None) -> None:
        for name, content in imported_files(file, self._files).items():
            self._code[name] = content

    def _label_of(self, module: types.ModuleType) -> str | None:
        return self._files.label(getattr(module, "__file__", None))

    def _is_open(self, value: object) -> bool:
        """Whether an object's attributes can be looked into."""
        kind = type(value)
        if kind.__module__.split(".")[0] in OURS or _is_data(kind):
            return True
        own = any(self._files.label(file_of_class(each)) for each in kind.__mro__[:-1])
        return own or kind in (types.SimpleNamespace,) or kind.__name__ == "Namespace"

    def _is_new(self, thing: object) -> bool:
        new = id(thing) not in self._seen
        self._seen[id(thing)] = thing
        return new

    def _add(self, name: str, content: str) -> None:
        """Two things of one name, such as two closures of one function, share a digest."""
        before = self._code.get(name)
        self._code[name] = content if before in (None, content) else digest(before, content)


def _functions_of(member: object) -> Iterator[types.FunctionType]:
    """The functions behind what a class holds under a name."""
    parts = (
        getattr(member, name, None) for name in ("fget", "fset", "__func__", "func", "__wrapped__")
    )
    for part in (member, *parts):
        if isinstance(part, types.FunctionType):
            yield part


def _held(thing: object) -> dict[str, Any]:
    """An object's attributes, those in slots too."""
    slots = [name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ())]
    held = {name: getattr(thing, name) for name in slots if hasattr(thing, name)}
    return {**held, **getattr(thing, "__dict__", {})}


def _unwatched(kind: type) -> frozenset[str]:
    """What a class leaves to its settings."""
    return frozenset(getattr(kind, "unwatched", ()))


def _is_data(kind: type) -> bool:
    return dataclasses.is_dataclass(kind)


def _defaults(function: types.FunctionType) -> Iterator[tuple[str, Any]]:
    """Parameters with a default, and that."""
    code, given = function.__code__, function.__defaults__ or ()
    names = code.co_varnames[: code.co_argcount]
    yield from zip(names[len(names) - len(given) :], given, strict=True)
    yield from (function.__kwdefaults__ or {}).items()
