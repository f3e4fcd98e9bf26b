"""What a function's compiled code reads from outside, and what it does where no source is."""

import dis
import functools
import sys
import types
from collections.abc import Iterator

from relations.watch.plain_values import plain_text

Loaded = tuple[str, str | None]
"""A global name, and the attribute that is read of it at once, if one is."""


def all_codes(code: types.CodeType) -> Iterator[types.CodeType]:
    """A function's code and that of the functions within it."""
    yield code
    for part in code.co_consts:
        if isinstance(part, types.CodeType):
            yield from all_codes(part)


@functools.lru_cache(maxsize=2048)
def loaded_names(code: types.CodeType) -> tuple[Loaded, ...]:
    """Global names that a function reads, with the attribute that is read of each."""
    found: dict[Loaded, None] = {}
    for part in all_codes(code):
        before: str | None = None
        for step in dis.get_instructions(part):
            if before is not None:
                asked = step.argval if step.opname in ("LOAD_ATTR", "LOAD_METHOD") else None
                found[before, asked] = None
            loads = step.opname in ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS")
            before = step.argval if loads else None
    return tuple(found)


def imported_names(code: types.CodeType) -> list[str]:
    """Modules that a function imports when it runs."""
    return [
        step.argval
        for part in all_codes(code)
        for step in dis.get_instructions(part)
        if step.opname == "IMPORT_NAME"
    ]


def bytecode(code: types.CodeType) -> str:
    """What a function does, where its source cannot be read."""
    # As text that does not depend on the order of sets, which differs in every process.
    kept = [plain_text(part) for part in code.co_consts if not isinstance(part, types.CodeType)]
    own = f"{code.co_code.hex()} {kept} {code.co_names} {code.co_varnames}"
    return " ".join([own, *(bytecode(part) for part in all_codes(code) if part is not code)])


def bytecode_version() -> str:
    """The version of Python, as far as compiled code depends on it."""
    return f"Python {sys.version_info[0]}.{sys.version_info[1]} runs it"
