import pytest

from relations.ledger.failed_runs import failed_runs, failures_text
from relations.ledger.ledger import Ledger
from relations.ledger.status import status
from relations.running.program_output import MOST_OUTPUT
from relations.runs import Outcome, Run
from relations.tasks import Task

PAIR = Run(("a", "b"), 0)
OTHER = Run(("a",), 0, "steps=400")
TRACEBACK = "RuntimeError: boom\n\nTraceback (most recent call last):\n  train()"


@pytest.fixture
def ledger(tmp_path):
    with Ledger(tmp_path / "probe.db") as opened:
        for variant in ("", "steps=400"):
            opened.register([Task("a"), Task("b")], {}, variant)
        opened.add([PAIR, OTHER, Run(("b",), 0)])
        opened.record(Outcome(PAIR, error="exit code 1", output="loading\nepoch 1\rno data\n"))
        opened.record(Outcome(OTHER, error=TRACEBACK, wall_seconds=3.0, host="here"))
        opened.record(Outcome(Run(("b",), 0), {"b": 0.5}))
        yield opened


def test_the_failed_runs_of_all_variants_or_of_one(ledger):
    assert [one.run for one in failed_runs(ledger.path)] == [PAIR, OTHER]
    assert [one.run for one in failed_runs(ledger.path, "steps=400")] == [OTHER]


def test_each_is_shown_with_its_traceback_or_all_that_it_printed(ledger):
    assert failures_text(failed_runs(ledger.path)).splitlines() == [
        "2 runs failed",
        "",
        "a+b seed 0",
        "  exit code 1",
        "  it printed:",
        "    loading",
        "    epoch 1",
        "    no data",
        "",
        "a seed 0 (steps=400), after 3.0 s on here",
        "  RuntimeError: boom",
        "",
        "  Traceback (most recent call last):",
        "    train()",
    ]


def test_the_status_shows_those_of_other_variants_too_but_where_one_is_asked_for(ledger):
    assert status(ledger.path).failures_text() == failures_text(failed_runs(ledger.path))
    assert status(ledger.path, "steps=400").failures_text().startswith("1 run failed\n\na seed 0")


def test_none_failed():
    assert failures_text([Outcome(PAIR, {"a": 0.5, "b": 0.5})]) == "no run failed"


def test_what_commands_a_terminal_is_written_out_and_colours_are_left_out():
    said = failures_text([Outcome(PAIR, error="e", output="\x1b[31mred\x1b[0m\x1b[2Jgone")])
    assert said.endswith("    red\\x1b[2Jgone")


def test_of_much_output_the_end_is_kept_and_that_is_said():
    said = failures_text([Outcome(PAIR, error="e", output="x" * MOST_OUTPUT)])
    assert "it printed, of which the last 64 KiB are kept:" in said
    assert "it printed nothing" in failures_text([Outcome(PAIR, error="e", output=" \n")])
