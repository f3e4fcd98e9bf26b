"""What a recommendation was asked for, as its file says it."""

from typing import Any

from gradsplit.studies.arguments import is_whole

_WHOLE = ("runs", "race_seeds", "judge_seeds", "networks")
_NUMBERS = ("inference", "threshold")
ASKED = (
    f"{', '.join(_WHOLE)} (whole numbers), {', '.join(_NUMBERS)} (numbers), pairs (true or false), "
    "methods (a list of texts), taskset (a text or null) and options (texts and numbers)"
)


def is_asked(found: Any) -> bool:
    """Whether it says what a recommendation was asked for."""
    if not isinstance(found, dict):
        return False
    methods, options = found.get("methods"), found.get("options", {})
    return (
        all(is_whole(found.get(key)) for key in _WHOLE)
        and all(isinstance(found.get(key), int | float) for key in _NUMBERS)
        and isinstance(found.get("pairs"), bool)
        and isinstance(methods, list)
        and all(isinstance(one, str) for one in methods)
        and isinstance(found.get("taskset"), str | None)
        and isinstance(options, dict)
        and all(isinstance(one, str | int | float) for one in options.values())
    )
