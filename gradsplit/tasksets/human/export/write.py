"""One way to write drawn people in any of the formats."""

from importlib import import_module
from pathlib import Path
from typing import Literal, get_args

from gradsplit.errors import TaskSetError, all_problems
from gradsplit.tasksets.figures.light import LIGHTS, Light

Format = Literal["market1501", "pa100k", "mpii", "lip"]
"""Names of the formats that can be written."""

FORMATS: tuple[str, ...] = get_args(Format)

# Pictures of a person when the number of people is not given.
_EACH = {"market1501": 12, "pa100k": 2, "mpii": 2, "lip": 2}
_LEAST_PICTURES, _LEAST_HEIGHT = 40, 32


def export_people(
    folder: str | Path,
    kind: Format,
    *,
    pictures: int = 600,
    people: int | None = None,
    height: int = 128,
    seed: int = 0,
    light: Light = "day",
) -> Path:
    """Write drawn people in the format of a published data set.

    Args:
        folder: Where to; made when it is not there, and must be empty.
        kind: One of `FORMATS`. "market1501" has the 27 attributes with it, "mpii" its own file and
            the JSON conversion, "lip" part labels and joints.
        pictures: To train with; those to be judged on come on top.
        people: Different ones to train with; a twelfth of the pictures for market1501, half of them
            otherwise.
        height: Of a person's picture in pixels. Pictures of pa100k and lip come in two sizes, those
            of mpii are twice as high and three times as wide.
        seed: The same arguments write the same people.
        light: "night" for a second data set, see the figures task set.

    Returns:
        The folder.

    Raises:
        TaskSetError: An argument is out of range, or the folder is not empty; all at once.

    Cost: 3 to 6 ms a picture of 128x64 on one core, the time to compress it included; about 15 ms a
        scene of mpii.
    """
    place = Path(folder).expanduser()
    count = people if people is not None else max(2, pictures // _EACH.get(kind, 2))
    problems = _problems(place, kind, pictures, count, height)
    if light not in LIGHTS:
        problems.append(f"`light` must be {' or '.join(LIGHTS)}, got {light!r}.")
    if problems:
        raise TaskSetError(all_problems("Drawn people cannot be exported", problems))
    place.mkdir(parents=True, exist_ok=True)
    writer = import_module(f"gradsplit.tasksets.human.export.{kind}")
    writer.write(place, pictures=pictures, people=count, height=height, seed=seed, light=light)
    return place


def _problems(place: Path, kind: str, pictures: int, people: int, height: int) -> list[str]:
    problems = []
    if kind not in FORMATS:
        problems.append(f"the format must be one of {', '.join(FORMATS)}, got {kind!r}.")
    if pictures < _LEAST_PICTURES:
        problems.append(f"`pictures` must be at least {_LEAST_PICTURES}, got {pictures}.")
    if not 2 <= people <= max(2, pictures // 2):
        problems.append(f"`people` must be 2 to half the pictures, got {people} for {pictures}.")
    if height < _LEAST_HEIGHT:
        problems.append(f"`height` must be at least {_LEAST_HEIGHT} pixels, got {height}.")
    if place.exists() and not place.is_dir():
        problems.append(f"`{place}` is a file; give a folder.")
    elif place.is_dir() and any(place.iterdir()):
        problems.append(f"`{place}` is not empty; give a new folder, or empty it.")
    return problems
