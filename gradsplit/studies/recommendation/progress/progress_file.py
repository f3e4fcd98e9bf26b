"""How far a recommendation is, as it stands in a file of its folder for those who look on."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from analysis.text_file import write_text
from gradsplit.studies.arguments import is_whole
from relations.runs import Run

FILE = "recommendation-progress.json"
FORMAT = "gradsplit-recommendation-progress"
VERSION = 1
Stage = Literal["race", "search", "probe", "diagnosis", "judgement", "finished"]
Key = tuple[str, str, str, int]
"""The name of a ledger in the folder; variant, tasks joined by "+" and seed of a run of it."""


@dataclass(frozen=True)
class Progress:
    """What a recommendation is at.

    Attributes:
        most: Most trainings.
        race_seeds: Most seeds of the race.
        judge_seeds: How many fresh seeds judge.
        workers: How many runs are trained at once, where that was said.
        process: Where it runs: the machine, the process and when that began; as claims have it.
        at: When this was written, in seconds since 1970.
        stage: What it is at.
        candidates: Who is trained, of a race or judgement.
        join: Whether these candidates have just joined the race.
        seeds: The seeds that are trained on.
        now: The runs of this stage that are trained together.
        runs: All runs so far, these among them.
        stopped: Why it ended before its end, a line; "" where nothing was raised, None while it
            goes on.
    """

    most: int
    race_seeds: int
    judge_seeds: int
    workers: int | None
    process: tuple[str, int, str]
    at: float
    stage: Stage
    candidates: tuple[str, ...] = ()
    join: bool = False
    seeds: tuple[int, ...] = ()
    now: tuple[Key, ...] = ()
    runs: tuple[Key, ...] = ()
    stopped: str | None = None

    def write(self, folder: Path) -> None:
        """Write it into a recommendation's folder, in place of what stood there."""
        said = {"format": FORMAT, "version": VERSION, **asdict(self)}
        write_text(folder / FILE, json.dumps(said, ensure_ascii=False) + "\n")


def key_of(ledger: str, run: Run) -> Key:
    """What tells a run in the files of a folder; a ledger may have its tasks in another order."""
    return ledger, run.variant, "+".join(sorted(run.tasks)), run.seed


def read_progress(folder: Path) -> Progress | None:
    """How far the recommendation of a folder is; None where nothing sound says so.

    Nobody depends on it but who looks on, and earlier releases wrote none.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as name:
        ...     Progress(90, 8, 5, None, ("here", 1, ""), 0.0, "race").write(Path(name))
        ...     read_progress(Path(name)).most
        90
    """
    try:
        said = json.loads((folder / FILE).read_text(encoding="utf-8"))
        if said.pop("format") != FORMAT or said.pop("version") != VERSION:
            return None
        for key in ("candidates", "seeds", "process"):
            said[key] = tuple(said[key])
        for key in ("now", "runs"):
            said[key] = tuple(map(tuple, said[key]))
        found = Progress(**said)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    return found if _is_sound(found) else None


def _is_sound(found: Progress) -> bool:
    """Whether its values are what they must be."""
    return (
        all(map(is_whole, (found.most, found.race_seeds, found.judge_seeds)))
        and (found.workers is None or (is_whole(found.workers) and found.workers > 0))
        and found.stage in get_args(Stage)
        and _are(found.process, str, int, str)
        and isinstance(found.at, int | float)
        and all(isinstance(name, str) for name in found.candidates)
        and isinstance(found.join, bool)
        and all(map(is_whole, found.seeds))
        and all(_are(key, str, str, str, int) for key in (*found.now, *found.runs))
        and (found.stopped is None or isinstance(found.stopped, str))
    )


def _are(values: tuple[Any, ...], *kinds: type) -> bool:
    return len(values) == len(kinds) and all(map(isinstance, values, kinds))
