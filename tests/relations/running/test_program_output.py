"""A failure is told with the last line of what the program printed."""

from relations.running.program_output import MOST_OUTPUT, end_of, with_last_line
from relations.runs import Outcome, Run

RUN = Run(("a",), 0)


def test_the_last_line_that_says_something():
    told = with_last_line(Outcome(RUN, error="It ended."), "usage: ...\ntrain.py: error: --x\n\n")
    assert told.error == "It ended. It printed last: train.py: error: --x"


def test_a_long_line_is_cut():
    told = with_last_line(Outcome(RUN, error="It ended."), "x" * 1000)
    assert told.error == f"It ended. It printed last: {'x' * 200}"


def test_silence_and_success_stay():
    silent, done = Outcome(RUN, error="It ended."), Outcome(RUN, scores={"a": 0.5})
    assert with_last_line(silent, "\n") == silent
    assert with_last_line(done, "done") == done


def test_the_end_of_a_long_output_is_kept(tmp_path):
    (tmp_path / "log").write_bytes(b"a" * MOST_OUTPUT + b"end")
    assert end_of(tmp_path / "log").endswith("aend")
    assert len(end_of(tmp_path / "log")) == MOST_OUTPUT
