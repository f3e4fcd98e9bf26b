"""What is seen of studies of many runs, in a terminal and without one."""

import os
import re

import pytest

from relations.running import progress
from relations.running.progress import (
    LineBar,
    RunProgress,
    progress_bar,
    run_progress,
    study_progress,
)
from relations.runs import Outcome, Run

RUNS = [Run(("a", "b"), seed) for seed in range(4)]


def trained(run):
    return Outcome(run, dict.fromkeys(run.tasks, 1.0))


@pytest.fixture
def at_once(monkeypatch):
    monkeypatch.setattr(progress, "LINE_SECONDS", 0.0)


def test_without_a_terminal_there_are_lines(at_once, capsys):
    with progress_bar(3, "run", shown=True) as bar:
        for _ in range(3):
            bar.update()
    out, err = capsys.readouterr()
    assert not out
    assert "\r" not in err
    lines = err.splitlines()
    assert lines[0].startswith("0 of 3 runs, 00:00, about ? left")
    assert re.fullmatch(r"3 of 3 runs, \d\d:\d\d, about 00:00 left", lines[-1])


def test_short_work_says_nothing_without_a_terminal(capsys):
    with progress_bar(3, "run", shown=True) as bar:
        bar.update(3)
    assert capsys.readouterr() == ("", "")


def test_nothing_is_written_where_nothing_is_shown(at_once, capsys):
    with study_progress(4, shown=False), run_progress(RUNS, shown=False) as seen:
        seen.held(RUNS[:2])
        seen.finished(trained(RUNS[2]))
    assert capsys.readouterr() == ("", "")


def test_a_study_is_one_bar_and_counts_a_run_once(at_once, capsys, monkeypatch):
    bars: list[LineBar] = []

    class Kept(LineBar):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            bars.append(self)

    monkeypatch.setattr(progress, "LineBar", Kept)
    with study_progress(3, shown=True):
        with run_progress(RUNS[:2], shown=True) as seen:
            seen.held(RUNS[:1])
            seen.finished(trained(RUNS[1]))
        with run_progress(RUNS[1:], shown=True) as seen:
            seen.held([Run(("b", "a"), 1)])
            seen.finished(trained(RUNS[2]))
            seen.finished(trained(RUNS[3]))
    (bar,) = bars
    assert (bar.n, bar.total, bar.initial) == (4, 4, 1)


def test_runs_outside_a_study_have_their_own_bar(at_once, capsys):
    with study_progress(9, shown=True):
        pass
    capsys.readouterr()
    with run_progress(RUNS, shown=True) as seen:
        seen.finished(trained(RUNS[0]))
    assert "1 of 4 runs" in capsys.readouterr().err


def test_in_a_terminal_there_is_a_bar(monkeypatch, capsys):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with progress_bar(3, "run", shown=True) as bar:
        assert type(bar) is not LineBar
        bar.update(3)
    assert "3/3" in capsys.readouterr().err


def test_a_terminal_that_does_not_know_its_size_has_a_bar(monkeypatch, capsys):
    size = {"columns": 0}
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setattr("sys.stderr.fileno", lambda: 2)
    monkeypatch.setattr("os.get_terminal_size", lambda _: os.terminal_size((size["columns"], 0)))
    # What tqdm finds in such a one.
    monkeypatch.setattr("tqdm.std._screen_shape_wrapper", lambda: lambda _: (-1, -1))
    with progress_bar(3, "run", shown=True) as bar:
        bar.update()
    assert "/3 [" in capsys.readouterr().err
    size["columns"] = 90
    with progress_bar(3, "run", shown=True) as bar:
        assert bar.ncols == -1  # asked of the terminal


def test_what_is_held_shows_no_line_before_its_time(capsys):
    with run_progress(RUNS, shown=True) as seen:
        seen.held(RUNS)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("terminal", [True, False])
def test_the_time_left_is_that_of_runs_that_were_trained(monkeypatch, terminal):
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal)
    seconds = [0.0]
    with progress_bar(30, "run", shown=True) as bar:
        bar._time = lambda: seconds[0]
        bar.start_t = bar.last_print_t = 0.0
        runs = [Run(("a", "b"), seed) for seed in range(30)]
        seen = RunProgress(bar)
        seen.held(runs[:20])
        for run in runs[20:22]:
            seconds[0] += 80.0
            seen.finished(trained(run))
        assert bar.format_dict["rate"] == pytest.approx(1 / 80)


@pytest.mark.parametrize("terminal", [True, False])
def test_failures_are_counted_and_the_first_is_told_at_once(at_once, monkeypatch, capsys, terminal):
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal)
    with run_progress(RUNS, shown=True) as seen:
        seen.finished(Outcome(RUNS[0], error="exit code 2\nIts command line: x"))
        told = capsys.readouterr().err
        seen.finished(Outcome(RUNS[1], error="exit code 3"))
        seen.finished(trained(RUNS[2]))
    err = capsys.readouterr().err
    assert "failed: a+b seed 0: exit code 2\n" in told
    assert "exit code" not in err
    assert ("3/4" in err) == terminal
    assert ("2 failed, a+b seed 2" if terminal else "3 of 4 runs, 2 failed, 00:00") in err


def test_a_failure_is_told_only_where_progress_is_shown(at_once, capsys):
    with run_progress(RUNS, shown=False) as seen:
        seen.finished(Outcome(RUNS[0], error="exit code 2"))
    assert capsys.readouterr() == ("", "")
