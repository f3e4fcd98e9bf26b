"""A method from its settings, as ledgers and the files of networks have them."""

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from gradsplit.errors import GradSplitError
from gradsplit.training.methods.method import Method
from gradsplit.training.methods.multi_head import MultiHead
from gradsplit.training.methods.registry import registered
from relations.mask import GradientMask


def method_of(settings: Mapping[str, Any] | None) -> Method:
    """The method that has these settings.

    Args:
        settings: Of `Method.settings`; multi-head when None.

    Raises:
        GradSplitError: No registered method has them, e.g. because it is one of somebody's own.

    Example:
        >>> method_of({"method": "dropgrad", "rate": 0.5, "modules": None}).rate
        0.5
    """
    if settings is None:
        return MultiHead()
    name = settings.get("method") if isinstance(settings, Mapping) else settings
    if isinstance(settings, Mapping):
        registered()  # loads them all
        for kind in _kinds(Method):
            if (made := _made(kind, settings)) is not None:
                return made
    raise GradSplitError(
        f"The method {name!r} cannot be made from its settings: it is none of gradsplit's, or of "
        "another release. Give it as `method=`."
    )


def _kinds(kind: type) -> Iterator[Any]:
    """All classes of methods with options."""
    for below in kind.__subclasses__():
        if is_dataclass(below) and hasattr(below, "name") and not inspect.isabstract(below):
            yield below
        yield from _kinds(below)


def _made(kind: Any, settings: Mapping[str, Any]) -> Method | None:
    """A method of a class that has these settings; None where there is none."""
    own = {item.name for item in fields(kind) if item.init}
    if kind.name != settings.get("method") and "kind" not in own:  # one class of many names
        return None
    said = {"kind": settings.get("method"), **settings}
    try:
        made = kind(**{key: _value(value) for key, value in said.items() if key in own})
    except (AttributeError, LookupError, TypeError, ValueError):
        return None
    return made if made.settings() == settings else None


def _value(value: Any) -> Any:
    """An option as it was before `Method.settings` made JSON of it."""
    if isinstance(value, Mapping):
        if "method" in value:
            return method_of(value)
        if value.keys() == {"tasks", "may_update"}:
            return GradientMask(**value)
        return dict(value)
    return tuple(value) if isinstance(value, list) else value
