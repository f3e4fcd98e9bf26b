"""A failure is told with the last line of what the program printed and its command line."""

from relations.running.program_output import MOST_OUTPUT, end_of, with_cause
from relations.runs import Outcome, Run

RUN = Run(("a",), 0)


COMMAND = "train.py --tasks a"


def cause(printed):
    return with_cause(Outcome(RUN, error="It ended."), printed, COMMAND).error


def test_the_last_line_that_says_something():
    assert cause("usage: ...\ntrain.py: error: --x\n\n") == (
        "It ended. It printed last: train.py: error: --x\nIts command line: train.py --tasks a"
    )


def test_a_line_that_names_the_error_goes_before_what_explains_it():
    printed = (
        "step 1 test error: 0.31\nTraceback (most recent call last):\n"
        "torch.AcceleratorError: CUDA error: device-side assert triggered\n"
        "For debugging consider passing CUDA_LAUNCH_BLOCKING=1\n"
        "Compile with `TORCH_USE_CUDA_DSA` to enable device-side assertions.\n"
    )
    told = cause(printed).partition("\n")[0]
    error = "torch.AcceleratorError: CUDA error: device-side assert triggered"
    assert told == f"It ended. It printed: {error}"


def test_a_measured_error_and_one_of_long_ago_are_no_cause():
    assert "It printed last: Killed\n" in cause("val_error: x\ntest error: 0.31\nKilled")
    assert "It printed last: step 49\n" in cause(
        "ValueError: caught\n" + "\n".join(f"step {step}" for step in range(50))
    )


def test_a_long_line_is_cut():
    assert (
        cause("x" * 1000) == f"It ended. It printed last: {'x' * 200}\nIts command line: {COMMAND}"
    )


def test_a_silent_program_is_told_with_its_command():
    assert cause("\n") == f"It ended.\nIts command line: {COMMAND}"


def test_success_stays():
    done = Outcome(RUN, scores={"a": 0.5})
    assert with_cause(done, "done", COMMAND) == done


def test_the_end_of_a_long_output_is_kept(tmp_path):
    (tmp_path / "log").write_bytes(b"a" * MOST_OUTPUT + b"end")
    assert end_of(tmp_path / "log").endswith("aend")
    assert len(end_of(tmp_path / "log")) == MOST_OUTPUT


def test_words_of_a_shell_that_none_read_are_named():
    command = "python train.py a 0 '|' tail -1 '>' scores.json"
    told = with_cause(Outcome(RUN, error="It ended."), "", command).error
    assert told.endswith("`|` and `>` went to the program. A shell does in sh -c '...'.")
    quoted = "sh -c 'python train.py a 0 | tail -1 > scores.json'"
    assert "shell" not in with_cause(Outcome(RUN, error="It ended."), "", quoted).error
