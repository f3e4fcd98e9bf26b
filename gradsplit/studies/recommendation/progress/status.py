"""How a recommendation stands at one instant, and that in words."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import fill
from typing import Any

from gradsplit.studies.former_reading import judged_before
from gradsplit.studies.recommendation.files.recommendation_file import first_sentence
from gradsplit.studies.recommendation.files.recommended_file import FILE
from gradsplit.studies.recommendation.progress.books import Books
from gradsplit.studies.recommendation.progress.progress_file import Progress
from relations.ledger.failed_runs import failures_text
from relations.ledger.ledger import State
from relations.ledger.status import Status, failed_lines, last_line, left_lines, running_lines
from relations.plan import duration
from relations.runs import Outcome, Run
from relations.sources import LEDGER_NAME
from relations.tables.text_table import line_width

_WAYS = {
    "search": "a search of loss weights",
    "probe": "a probe of all pairs of tasks",
    "diagnosis": "a diagnosis of the worst edges",
}
_ENDINGS = {1: "st", 2: "nd", 3: "rd"}


@dataclass(frozen=True)
class RecommendationStatus:
    """A recommendation at one instant; printed, it is what the command says.

    Attributes:
        folder: Its folder.
        stage: "race", "search" (of loss weights), "probe" (of pairs), "diagnosis", "judgement" or
            "finished"; "" where an earlier release has begun it, which did not say.
        goes_on: Whether it is running; None where that is not known.
        candidates: Who is trained now, in a race or judgement.
        seeds: On which seeds.
        done: How many of its trainings are finished; of all in the folder where `stage` is "".
        most: Most trainings; None where that is not known.
        now: State -> how many of the trainings that this stage has asked for at once.
        seeds_done: The seeds on which all of these are finished.
        books: The ledgers of the folder.
        seconds_left: At most, by the seconds of finished runs; None when it is not running, or runs
            of the kind that are to come were not trained yet.
        said: What `recommendation.json` says, once it is finished.
        progress: What was noted; None where an earlier release has begun it.
        failed: How many of its trainings failed; of all in the folder where `stage` is "".
        turned: Tasks that counted as better the other way when this was recommended.
        untried: Whether candidates that were never trained may take longer than `seconds_left` has.
    """

    folder: Path
    stage: str
    goes_on: bool | None
    candidates: tuple[str, ...]
    seeds: tuple[int, ...]
    done: int
    most: int | None
    now: Mapping[State, int]
    seeds_done: tuple[int, ...]
    books: Books = field(repr=False)
    seconds_left: float | None = None
    said: Mapping[str, Any] | None = field(default=None, repr=False)
    progress: Progress | None = field(default=None, repr=False)
    untried: bool = False
    failed: int = 0
    turned: tuple[str, ...] = ()

    @property
    def running(self) -> tuple[Run, ...]:
        """The runs under way."""
        return tuple(self.books.at_work)

    @property
    def failures(self) -> tuple[Outcome, ...]:
        """Failed runs, of every variant, with their errors and outputs."""
        return tuple(one for one in self.books.outcomes if one.scores is None)

    @property
    def recommended(self) -> str:
        """What is recommended; "" before the end."""
        return str((self.said or {}).get("recommended", ""))

    @property
    def answer(self) -> str:
        """The first sentence of the answer; "" before the end."""
        return "" if self.said is None else first_sentence(self.said)

    @property
    def probe(self) -> Status:
        """How the probe in the folder stands.

        Its `changes` are the relations so far, and `has_pairs` says whether there are any.
        """
        return self.books.probe

    def failures_text(self) -> str:
        """Each failed run whole: its error, and what its program printed."""
        return failures_text(self.failures)

    def __str__(self) -> str:
        return _text(self)


def _text(now: RecommendationStatus) -> str:
    """All of it for people, as wide as the terminal."""
    lines = [_filled(line) for line in [*_heading(now), *_trainings(now)]]
    if now.seconds_left is not None:
        but = ", if who was not trained before takes no longer" if now.untried else ""
        lines.append(f"at most about {duration(now.seconds_left)} left{but}")
    lines += last_line(now.books.last_finish)
    lines += map(_filled, running_lines(now.running, now.books.at_work))
    if now.goes_on is not False:
        lines += left_lines(now.books.left)
    lines += failed_lines(now.failures, now.folder / LEDGER_NAME)
    lines += [f"accepted: {change} since runs were trained" for change in now.probe.accepted]
    if now.probe.has_pairs:
        lines += ["", now.probe.relations()]
    return "\n".join(lines)


def _heading(now: RecommendationStatus) -> list[str]:
    """What it is, and what it is at."""
    if now.stage == "finished" and now.turned:
        again = "the same command or call judges anew, from the runs that are kept"
        return [f"recommendation, finished; it {judged_before(now.turned)}: {again}"]
    if now.stage == "finished":
        folder = shlex.quote(str(now.folder))
        found = [f"recommendation, finished: {now.answer or now.recommended}"]
        return [*found, f"why: {folder}/recommendation.txt; what to train: {folder}/{FILE}"]
    if not now.stage:
        return ["recommendation, begun by an earlier release, which did not note what it is at"]
    if now.goes_on:
        return [f"recommendation, running: {_stage(now)}"]
    why = "" if now.progress is None else now.progress.stopped
    lines = [f"recommendation, stopped in {_stage(now)}"]
    lines += [f"it ended with: {why}"] if why else []
    return [*lines, "the same command or call goes on from here"]


def _stage(now: RecommendationStatus) -> str:
    """What it is at, with how much of that is done."""
    of = f"{now.now['done']} of these {sum(now.now.values())} trainings are done"
    many = _count(len(now.candidates), "candidate")
    names = f"{many} ({'; '.join(now.candidates)})"
    progress = now.progress
    if now.stage == "judgement":
        done = f"{len(now.seeds_done)} of {_count(len(now.seeds), 'fresh seed')} finished"
        return f"the judgement of {names}, {done}; {of}"
    if now.stage == "race" and progress is not None:
        if progress.join:
            return f"the race, where {names} join{'s' * (len(now.candidates) == 1)} on " + (
                f"{_seeds(now.seeds)}; {of}"
            )
        seen = max(now.seeds, default=0) + 1
        nth = f"the {_nth(seen)} of at most {progress.race_seeds}"
        return f"the race of {names} on {_seeds(now.seeds)}, {nth}; {of}"
    return f"{_WAYS[now.stage]} on {_seeds(now.seeds)}; {of}"


def _trainings(now: RecommendationStatus) -> list[str]:
    """How many of how many."""
    most = "" if now.most is None else f" of at most {now.most}"
    where = "" if now.stage and now.progress is not None else " in this folder"
    noun = "training" if now.done == 1 and not most else "trainings"
    others = len(now.failures) - now.failed
    beside = f"; {others} of other runs in this folder failed" if others > 0 else ""
    return [f"{now.done}{most} {noun}{where} done, {now.failed} failed{beside}"]


def _seeds(seeds: Sequence[int]) -> str:
    listed = ", ".join(map(str, seeds))
    return f"seed {listed}" if len(seeds) == 1 else f"seeds {listed}"


def _nth(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else _ENDINGS.get(number % 10, "th")
    return f"{number}{ending}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


def _filled(line: str) -> str:
    return fill(
        line,
        max(line_width(), 40),
        subsequent_indent="  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
