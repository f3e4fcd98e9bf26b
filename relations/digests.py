"""Digests: short names of contents, the same on every machine and in every version of Python."""

import ast
import hashlib


def digest(*parts: str | bytes) -> str:
    """A short digest of texts and bytes, one after the other.

    Example:
        >>> digest("pose", b"reid") == digest("posereid"), len(digest(""))
        (True, 16)
    """
    state = hashlib.sha256()
    for part in parts:
        state.update(part.encode() if isinstance(part, str) else part)
    return state.hexdigest()[:16]


def code_digest(source: str) -> str:
    """A digest of Python code that comments, layout and docstrings do not change.

    Args:
        source: A module, or a part of one at any depth of indentation.

    Example:
        >>> code_digest("x = 1  # one") == code_digest("x = (1)"), code_digest("x = 1.0")[:4]
        (True, '7e78')
    """
    return digest(plain_syntax(without_docstrings(parsed(source))))


def parsed(source: str) -> ast.Module:
    """The syntax of code at any depth of indentation."""
    # Not dedented: that would change the texts of several lines within it.
    indented = source[:1] in (" ", "\t")
    tree = ast.parse(f"if True:\n{source}" if indented else source)
    if indented:
        tree.body = tree.body[0].body  # type: ignore[attr-defined]
    return tree


def without_docstrings(tree: ast.Module) -> ast.Module:
    """The same code without its documentation, which changes no score."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [statement for statement in node.body if not _is_text(statement)]
    return tree


def _is_text(statement: ast.stmt) -> bool:
    """Whether a statement is a string alone: a docstring, or one below an attribute."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def plain_syntax(syntax: object) -> str:
    """Syntax as text that is the same in all versions of Python, unlike `ast.dump`'s.

    New versions add optional fields, which are absent or empty in older code; what is empty is
    therefore left out.
    """
    if isinstance(syntax, list):
        return f"[{','.join(map(plain_syntax, syntax))}]"
    if not isinstance(syntax, ast.AST):
        return repr(syntax)
    if isinstance(syntax, ast.JoinedStr):
        # Python 3.12 puts empty texts into formatted strings.
        syntax.values = [part for part in syntax.values if not _is_empty_text(part)]
    fields = (
        (name, plain_syntax(value)) for name, value in ast.iter_fields(syntax) if name != "kind"
    )
    inner = ",".join(f"{name}={text}" for name, text in fields if text not in ("None", "[]"))
    return f"{type(syntax).__name__}({inner})"


def _is_empty_text(syntax: ast.expr) -> bool:
    return isinstance(syntax, ast.Constant) and syntax.value == ""
