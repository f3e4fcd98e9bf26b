import pytest

from relations.errors import RunFailedError
from relations.runs import Outcome, Run
from relations.variants import refuse_failed

GOOD = Outcome(Run(("a",), 0), scores={"a": 1.0})


def test_all_failed_runs_are_named_at_once():
    failed = [
        Outcome(Run(("a", "b"), 1, "gradsplit"), error="ValueError: nan\n\nTraceback"),
        Outcome(Run(("b",), 2)),
    ]
    with pytest.raises(RunFailedError) as refusal:
        refuse_failed([GOOD, *failed], "No table")
    text = str(refusal.value)
    assert text.startswith("No table")
    assert "a+b seed 1 (gradsplit): ValueError: nan" in text
    assert "b seed 2" in text
    assert "Traceback" not in text


def test_finished_runs_pass():
    refuse_failed([GOOD], "No table")
