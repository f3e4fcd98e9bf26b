"""The syntax of functions and classes in memory, and what of their values they change themselves.

Source is read through `linecache`, which knows the cells of notebooks too.
"""

import ast
import linecache
import types
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from relations.digests import digest, plain_syntax, without_docstrings
from relations.watch.bytecode import all_codes

_MUTATORS = frozenset(
    {
        *("add", "append", "appendleft", "clear", "discard", "extend", "insert", "pop", "popitem"),
        *("popleft", "remove", "reverse", "setdefault", "sort", "update"),
    }
)
_MAKERS = ("__init__", "__post_init__", "__new__")
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef


def function_syntax(code: types.CodeType) -> list[ast.AST]:
    """The definition that a function's code came from; several where lambdas share a line.

    None where the file was edited since it was loaded, so that it says nothing of what runs.
    """
    if not is_current(code):
        return []
    found = _definitions(_text(code.co_filename))
    return [node for node in found.get(code.co_firstlineno, []) if _name(node) == code.co_name]


def is_current(code: types.CodeType) -> bool:
    """Whether a function's code is what its file, or what was typed, says now."""
    if not Path(code.co_filename).is_file():
        return True
    return code in _compiled(_text(code.co_filename))


def class_syntax(kind: type, file: str) -> list[ast.AST]:
    """The definitions of a class; several where it is defined twice in one place."""
    wanted = kind.__qualname__.replace(".<locals>", "")
    return [
        node
        for nodes in _definitions(_text(file)).values()
        for node in nodes
        if isinstance(node, ast.ClassDef) and _paths(_text(file))[node] == wanted
    ]


def syntax_digest(nodes: list[ast.AST]) -> str:
    """A digest of code, blind to comments, layout and documentation."""
    return digest(*map(plain_syntax, nodes))


@lru_cache(maxsize=1024)
def changed_names(node: ast.AST) -> frozenset[str]:
    r"""Names of variables and attributes that code changes when it runs: state, no settings.

    Attributes that a class sets when it is made are settings; a counter, a cache or a list that is
    appended to is not.

    Example:
        >>> code = "def train():\n    global count\n    count += step\n    seen.append(rate)"
        >>> sorted(changed_names(ast.parse(code)))
        ['count', 'seen']
    """
    names: set[str] = set()
    for part in _outside_makers(node):
        if isinstance(part, ast.Global | ast.Nonlocal):
            names |= set(part.names)
        elif isinstance(part, ast.Attribute | ast.Subscript) and not isinstance(part.ctx, ast.Load):
            names.add(_ending(part.value if isinstance(part, ast.Subscript) else part))
        elif (
            isinstance(part, ast.Call)
            and isinstance(part.func, ast.Attribute)
            and part.func.attr in _MUTATORS
        ):
            names.add(_ending(part.func.value))
    return frozenset(names - {""})


def _outside_makers(node: ast.AST) -> Iterator[ast.AST]:
    """All parts of code but the bodies of the methods that make an object."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.FunctionDef) and child.name in _MAKERS):
            yield from _outside_makers(child)


def _ending(node: ast.AST) -> str:
    """The last name of `a`, `a.b` or `a.b[0]`."""
    while isinstance(node, ast.Subscript):
        node = node.value
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _text(file: str) -> str:
    linecache.checkcache(file)
    return "".join(linecache.getlines(file))


@lru_cache(maxsize=256)
def _tree(text: str) -> ast.Module:
    try:
        return without_docstrings(ast.parse(text))
    except SyntaxError:
        return ast.Module([], [])


@lru_cache(maxsize=256)
def _compiled(text: str) -> frozenset[types.CodeType]:
    """The code of all functions of a file."""
    try:
        return frozenset(all_codes(compile(text, "", "exec", dont_inherit=True)))
    except (SyntaxError, ValueError):
        return frozenset()


@lru_cache(maxsize=256)
def _definitions(text: str) -> dict[int, list[ast.AST]]:
    """Line of a definition's first decorator, or of itself -> the definitions that begin there."""
    found: dict[int, list[ast.AST]] = {}
    for node in ast.walk(_tree(text)):
        if isinstance(node, Definition):
            decorators = getattr(node, "decorator_list", [])
            line = min([node.lineno, *(each.lineno for each in decorators)])
            found.setdefault(line, []).append(node)
    return found


@lru_cache(maxsize=256)
def _paths(text: str) -> dict[ast.AST, str]:
    """Class -> its name with those of what it is defined in."""
    found: dict[ast.AST, str] = {}

    def visit(node: ast.AST, path: str) -> None:
        for child in ast.iter_child_nodes(node):
            within = isinstance(child, Definition) and not isinstance(child, ast.Lambda)
            name = f"{path}{_name(child)}" if within else path
            if within:
                found[child] = name
            visit(child, f"{name}." if within else path)

    visit(_tree(text), "")
    return found


def _name(node: ast.AST) -> str:
    return getattr(node, "name", "<lambda>")
