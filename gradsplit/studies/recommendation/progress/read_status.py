"""How the recommendation of a folder stands, read while it runs and after."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gradsplit.studies.former_reading import compared_directions, turned_since
from gradsplit.studies.recommendation.files.kept_runs import FILE as HOURS_FILE
from gradsplit.studies.recommendation.files.kept_runs import runs_of_file
from gradsplit.studies.recommendation.files.recommendation_file import RECOMMENDATION, said_in
from gradsplit.studies.recommendation.progress.books import Books
from gradsplit.studies.recommendation.progress.progress_file import Key, Progress, read_progress
from gradsplit.studies.recommendation.progress.status import RecommendationStatus
from gradsplit.studies.recommendation.progress.time_left import TimeLeft, time_left
from relations.ledger.ledger import Ledger, State
from relations.ledger.pulse import Pulses
from relations.sources import LEDGER_NAME


def recommendation_status(folder: str | Path) -> RecommendationStatus | None:
    """How the recommendation of a folder stands; None where there is none.

    Args:
        folder: Where `recommend` writes.

    Raises:
        LedgerError: There is no ledger, or it cannot be read.
    """
    folder = Path(folder)
    progress, said = read_progress(folder), said_in(folder / RECOMMENDATION)
    if progress is None:
        if said is None and not (folder / HOURS_FILE).is_file():
            return None
        return _of_earlier_release(folder, said)
    books = Books.read(folder)
    states: list[State] = [books.states.get(key, "planned") for key in progress.now]
    is_over = progress.stage == "finished"
    goes_on = not is_over and (bool(books.running) or _goes_on(folder, progress))
    left = _left(progress, states, books) if goes_on else None
    turned = _turned(folder, said) if is_over else ()
    return RecommendationStatus(
        folder,
        progress.stage,
        goes_on,
        progress.candidates,
        progress.seeds,
        sum(books.states.get(one) == "done" for one in progress.runs),
        progress.most,
        {state: states.count(state) for state in ("done", "running", "failed", "planned")},
        _seeds_done(progress.now, states),
        books,
        None if left is None else left.seconds,
        said if is_over and not turned else None,
        progress,
        left is not None and left.untried,
        sum(books.states.get(one) == "failed" for one in progress.runs),
        turned,
    )


def _of_earlier_release(folder: Path, said: Mapping[str, Any] | None) -> RecommendationStatus:
    """What is known where nobody noted how far it is."""
    books = Books.read(folder)
    done = sum(state == "done" for state in books.states.values())
    stage, goes_on = ("finished", False) if said else ("", True if books.running else None)
    most, turned = runs_of_file(folder), _turned(folder, said)
    failed = sum(state == "failed" for state in books.states.values())
    return RecommendationStatus(
        folder,
        stage,
        goes_on,
        (),
        (),
        done,
        most,
        {},
        (),
        books,
        said=None if turned else said,
        failed=failed,
        turned=turned,
    )


def _turned(folder: Path, said: Mapping[str, Any] | None) -> tuple[str, ...]:
    """The tasks that counted as better the other way when something was recommended."""
    if said is None:
        return ()
    with Ledger(folder / LEDGER_NAME, read_only=True) as ledger:
        tasks = ledger.tasks()
    return tuple(turned_since(said.get("higher_is_better") or compared_directions(folder), tasks))


def _left(progress: Progress, states: Sequence[State], books: Books) -> TimeLeft | None:
    unknown = 0 if progress.stage == "judgement" else max(0, progress.most - len(progress.runs))
    missing = [one for one, state in zip(progress.now, states, strict=True) if state != "done"]
    return time_left(progress, missing, unknown, books.outcomes, len(books.running))


def _seeds_done(now: Sequence[Key], states: Sequence[State]) -> tuple[int, ...]:
    """The seeds of which no run is missing."""
    missing = {one[-1] for one, state in zip(now, states, strict=True) if state != "done"}
    return tuple(sorted({one[-1] for one in now} - missing))


def _goes_on(folder: Path, progress: Progress | None) -> bool:
    """Whether the process lives that wrote how far it is, and did not say that it ended."""
    if progress is None or progress.stopped is not None:
        return False
    return not Pulses(folder).seems_dead(*progress.process, progress.at)
