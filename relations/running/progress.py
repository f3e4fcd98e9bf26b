"""How far things are and how long they still take: a bar, or lines where there is no terminal."""

import os
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from io import StringIO
from textwrap import wrap
from typing import Any

from tqdm import tqdm

from relations.runs import Identity, Outcome, Run, brief_error
from relations.tables.text_table import line_width

_COLUMNS, _ROWS = 80, 24
LINE_SECONDS = 60.0
"""Where there is no terminal, a line comes so often, and none before."""


class LineBar(tqdm):
    """Progress as lines: `12 of 84 runs, 2 failed, 03:10, about 18:55 left`."""

    failed = 0

    def __init__(self, *arguments: Any, **options: Any) -> None:
        words = {
            "bar_format": "{desc}{n_fmt} of {total_fmt} {unit}s{failed}, {elapsed}, "
            "about {remaining} left",
            "mininterval": LINE_SECONDS,
            "maxinterval": LINE_SECONDS,
            "delay": LINE_SECONDS,
            "file": StringIO(),  # where the rest goes that moves a terminal's cursor
        }
        super().__init__(*arguments, **{**options, **words})

    @property
    def format_dict(self) -> dict[str, Any]:
        """What a line is made of."""
        failed = f", {self.failed} failed" if self.failed else ""
        return {**super().format_dict, "failed": failed}

    @staticmethod
    def status_printer(file: Any) -> Callable[[str], None]:  # noqa: ARG004 - a sink
        """What shows a line; one after the other, nothing is written over."""

        def show(line: str) -> None:
            if line:  # tqdm clears its line with an empty one
                sys.stderr.write(f"{line}\n")

        return show


def progress_bar(total: int, unit: str, *, shown: bool, initial: int = 0) -> tqdm:
    """A bar on stderr, or lines where that is no terminal; a context manager with `update`.

    Args:
        total: How many there are.
        unit: What they are, such as "step".
        shown: Nothing is written otherwise.
        initial: How many are done.

    Example:
        >>> with progress_bar(3, "step", shown=False) as bar:
        ...     _ = bar.update()
    """
    options = {"total": total, "initial": initial, "unit": unit, "disable": not shown}
    return tqdm(**options, **_room()) if sys.stderr.isatty() else LineBar(**options)


def _room() -> dict[str, Any]:
    """The size of a terminal that does not know its own, as those of containers and recorders.

    A bar takes the 0 columns and rows that such a one says at their word, and shows nothing.
    """
    try:
        known = os.get_terminal_size(sys.stderr.fileno()).columns > 0
    except (OSError, ValueError):
        return {}
    return {} if known else {"ncols": _COLUMNS, "nrows": _ROWS}


class RunProgress:
    """Counts runs in a bar, each once, whoever asks for it and however often.

    Args:
        bar: Of all runs.
    """

    def __init__(self, bar: tqdm) -> None:
        self._bar, self._counted, self._failed = bar, set[Identity](), 0

    def held(self, runs: Collection[Run]) -> None:
        """Runs that are done without training; they say nothing of how long others take."""
        new = {run.identity for run in runs} - self._counted
        self._counted |= new
        if self._bar.disable:  # it has no counts then
            return
        self._bar.initial += len(new)
        self._bar.n += len(new)
        self._bar.last_print_n += len(new)  # else the next rate has them as trained since
        self._bar.update(0)

    def finished(self, outcome: Outcome) -> None:
        """A run that has just been trained, or has failed."""
        run = outcome.run
        if run.identity in self._counted:
            return
        self._counted.add(run.identity)
        if outcome.scores is None:
            self._count_failure(outcome)
        failed = f"{self._failed} failed, " if self._failed else ""
        self._bar.set_postfix_str(f"{failed}{run}", refresh=False)
        self._bar.update()

    def _count_failure(self, outcome: Outcome) -> None:
        """Count one; the first is told at once: what all runs fail of is known in time."""
        self._failed += 1
        if isinstance(self._bar, LineBar):
            self._bar.failed = self._failed
        if self._failed == 1 and not self._bar.disable:
            cause = brief_error(outcome).partition("\n")[0]
            told = f"failed: {outcome.run}: {cause}"
            width = max(line_width(), 40)
            lines = wrap(told, width, subsequent_indent="  ", break_long_words=False)
            tqdm.write("\n".join(lines), file=sys.stderr)

    def takes(self, runs: Collection[Run]) -> None:
        """There are more of them than was thought."""
        more = len(self._counted | {run.identity for run in runs})
        if more > (self._bar.total or 0):
            self._bar.total = more


_STUDY: ContextVar[RunProgress | None] = ContextVar("study", default=None)


@contextmanager
def study_progress(runs: int, *, shown: bool) -> Iterator[None]:
    """One bar for all runs that are trained inside, of however many probes and comparisons.

    Args:
        runs: How many there will be, or are at most.
        shown: Nothing is written otherwise.
    """
    with progress_bar(runs, "run", shown=shown) as bar:
        token = _STUDY.set(RunProgress(bar))
        try:
            yield
        finally:
            _STUDY.reset(token)


@contextmanager
def run_progress(runs: Collection[Run], *, shown: bool) -> Iterator[RunProgress]:
    """The progress of some runs: of the study that they belong to, or their own.

    Args:
        runs: What is wanted, done or not.
        shown: Nothing is written otherwise.
    """
    study = _STUDY.get()
    if study is not None:
        study.takes(runs)
        yield study
        return
    with progress_bar(len(runs), "run", shown=shown) as bar:
        yield RunProgress(bar)
