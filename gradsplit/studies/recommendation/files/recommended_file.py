"""`recommended.toml`: what was recommended, as `gradsplit train` takes it."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradsplit.errors import GradSplitError, all_problems
from gradsplit.studies.arguments import is_whole
from gradsplit.studies.recommendation.files.taskset_tables import taskset_tables
from gradsplit.studies.recommendation.files.toml_text import toml_text

if TYPE_CHECKING:
    from gradsplit.studies.recommendation.configuration import Configuration
    from gradsplit.training.taskset import TaskSet

FILE = "recommended.toml"
GROUPING = "recommended-grouping.json"
TABLE = "recommended"
_OF_TASKSET = "What `gradsplit recommend` found to be best; `gradsplit train` takes this file."
_OF_OWN = (
    "What `gradsplit recommend` found to be best; your own code trains it by these lines, from "
    "where `recommend` was started."
)
_KEYS = {
    "name": "a text",
    "method": "a text",
    "grouping": "a text",
    "steps": "a whole number of at least 1",
    "width": "a number above 0",
    "commands": "a list of texts",
}


@dataclass(frozen=True)
class RecommendedTraining:
    """How to train what was recommended.

    Attributes:
        name: Its name.
        method: The method's words, the files in them found from here; None of plain training.
        grouping: The file of a grouping; None of one network.
        steps: Factor on the recipe's steps.
        width: Factor on the trunk's width.
    """

    name: str
    method: str | None = None
    grouping: Path | None = None
    steps: int = 1
    width: float = 1.0

    def taskset(self, original: "TaskSet") -> "TaskSet":
        """The task set as it is trained."""
        from gradsplit.studies.recommendation.configuration import Configuration

        sized = Configuration(self.name, "", steps=self.steps, width=self.width)
        return sized.taskset(original)


def recommended_text(
    configuration: "Configuration",
    reference: str | None,
    options: Mapping[str, Any],
    commands: Sequence[str] = (),
) -> str:
    """The file's text.

    Args:
        configuration: What is recommended.
        reference: The task set's name or reference; None where it has none, and then it must be
            given beside the file.
        options: Of the task set.
        commands: Of a training of one's own, what trains each network.
    """
    said: dict[str, Any] = {"name": configuration.name}
    if configuration.networks:
        said["grouping"] = GROUPING
    if commands:
        said["commands"] = list(commands)
        helped = [
            f"# Network {at + 1}: {what}."
            for at, what in sorted(configuration.with_helpers.items())
        ]
        return toml_text({TABLE: said}, "\n".join([_OF_OWN, *helped]))
    if configuration.words:
        said["method"] = configuration.words
    said |= {"steps": configuration.steps} if configuration.steps != 1 else {}
    said |= {"width": configuration.width} if configuration.width != 1 else {}
    tables = {} if reference is None else taskset_tables(reference, options)
    return toml_text({**tables, TABLE: said}, _OF_TASKSET)


def read_recommended(path: str | Path) -> RecommendedTraining | None:
    """What a file recommends; None where it says nothing, as an ordinary configuration does.

    Raises:
        GradSplitError: It cannot be read, says what means nothing (all problems at once), or is of
            a program.
    """
    from gradsplit.studies.recommendation.method_words import placed

    path = Path(path)
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise GradSplitError(f"There is no file `{path}`.") from None
    except (OSError, ValueError, RecursionError) as wrong:
        raise GradSplitError(f"`{path}` cannot be read as a recommendation: {wrong}.") from wrong
    said = found.get(TABLE)
    if said is None:
        return None
    _check(path, said)
    if "commands" in said:
        raise GradSplitError(
            f"`{path}` is of a training of your own, which gradsplit cannot start: run the lines "
            "that it holds under `commands` yourself."
        )
    return RecommendedTraining(
        said["name"],
        placed(said["method"], path.parent) if "method" in said else None,
        path.parent / said["grouping"] if "grouping" in said else None,
        said.get("steps", 1),
        said.get("width", 1.0),
    )


def the_recommended(given: "RecommendedTraining | str | Path") -> RecommendedTraining:
    """What is recommended, as it is or read from a file.

    Raises:
        GradSplitError: The file cannot be used, see `read_recommended`, or recommends nothing.
    """
    if isinstance(given, RecommendedTraining):
        return given
    said = read_recommended(given)
    if said is None:
        raise GradSplitError(f"`{given}` recommends nothing: it has no [{TABLE}].")
    return said


def _check(path: Path, said: Any) -> None:
    if not isinstance(said, Mapping):
        raise GradSplitError(f"`{path}`: [{TABLE}] must be a table, got {said!r}.")
    problems = [
        f"`{key}` means nothing; there are {', '.join(_KEYS)}." for key in said.keys() - _KEYS
    ]
    problems += [
        f"`{key}` must be {form}, got {said[key]!r}."
        for key, form in _KEYS.items()
        if key in said and not _is_sound(key, said[key])
    ]
    problems += ["it has no `name`."] if "name" not in said else []
    if problems:
        raise GradSplitError(
            all_problems(f"[{TABLE}] of `{path}` cannot be used", sorted(problems))
        )


def _is_sound(key: str, value: Any) -> bool:
    if key == "steps":
        return is_whole(value) and value >= 1
    if key == "width":
        return isinstance(value, int | float) and not isinstance(value, bool) and value > 0
    if key == "commands":
        return isinstance(value, list) and all(isinstance(line, str) for line in value)
    return isinstance(value, str)
