"""What trains: where it was written, and what to say where nobody of the user's did."""

import functools
from typing import Any

from relations.watch.own_files import file_of_class

OURS = ("relations", "gradsplit", "analysis")


def foreign_code(train: Any) -> tuple[str, ...]:
    """What to say of a training that is nobody's own code, unless it is gradsplit's."""
    thing = getattr(train, "taskset", train)
    while isinstance(thing, functools.partial):
        thing = thing.func
    module = getattr(thing, "__module__", None) or type(thing).__module__
    if module.split(".")[0] in OURS:
        return ()
    name = getattr(thing, "__qualname__", type(thing).__qualname__)
    return (f"the code of {name} (installed, or in another folder)",)


def file_of_trainer(thing: Any) -> str | None:
    """The file of what trains; of the first own thing that it holds where it is a library's."""
    thing = getattr(thing, "taskset", thing)
    while isinstance(thing, functools.partial):
        thing = thing.func
    thing = getattr(thing, "__wrapped__", thing)
    code = getattr(getattr(thing, "__func__", thing), "__code__", None)
    return file_of_class(type(thing)) if code is None else code.co_filename
