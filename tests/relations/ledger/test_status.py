import numpy as np
import pytest

from relations import PairwiseProbe
from relations.errors import LedgerError
from relations.ledger.claims import Claimant
from relations.ledger.ledger import Ledger
from relations.ledger.status import status
from relations.runs import Outcome, Run


@pytest.fixture
def ledger(tmp_path, known_trainer):
    path = tmp_path / "probe.db"
    PairwiseProbe(["a", "b"], known_trainer({}, noise=0.01), range(2), path).run()
    with Ledger(path) as opened:
        opened.add([Run(("a",), seed) for seed in (2, 3, 4)] + [Run(("a", "b"), 2)])
        yield opened


def test_counts_failures_time_and_matrix(ledger):
    with Claimant(ledger) as claimant:
        claimant.claim(Run(("a",), 2))
        claimant.claim(Run(("a",), 3))
        claimant.record(Outcome(Run(("a",), 3), error="boom\n\ntraceback"))
        now = status(ledger.path)
    assert now.counts == {"done": 6, "running": 1, "failed": 1, "planned": 2}
    assert now.running == (Run(("a",), 2),)
    assert now.failures[0].error == "boom\n\ntraceback"
    assert now.seconds_left is not None
    assert now.changes is not None
    assert now.changes.n[0, 1] == 2
    text = str(now)
    assert "done 6, running 1, failed 1, planned 2" in text
    assert "failed: a seed 3: boom\n" in text
    assert "running: a seed 2" in text
    assert "traceback" not in text
    assert "change in %" in text


def test_its_intervals_are_those_that_relations_are_judged_by(ledger):
    from relations.graph import RelationGraph

    now = status(ledger.path)
    matrix = str(now).partition("change in %")[2].partition("\n\n")[0]
    assert matrix in str(RelationGraph.from_changes(now.changes))
    assert "(Holm)" in matrix


def test_no_time_is_told_when_nothing_runs(ledger):
    assert status(ledger.path).seconds_left is None


def test_scores_that_cannot_be_used_are_told(ledger):
    ledger.record(Outcome(Run(("a",), 2), {"a": 0.0}))
    now = status(ledger.path)
    assert "`a` has a single-task score (the baseline) of zero" in str(now)


def test_many_failures_are_not_all_listed(ledger):
    runs = [Run(("b",), seed) for seed in range(10, 25)]
    ledger.add(runs)
    for run in runs:
        ledger.record(Outcome(run, error="boom"))
    assert "and 5 more" in str(status(ledger.path))


def test_of_a_failed_program_it_says_what_it_printed_last(tmp_path):
    from relations.tasks import Task

    with Ledger(tmp_path / "probe.db") as ledger:
        ledger.register([Task("a"), Task("b")], {})
        run = Run(("a", "b"), 0)
        ledger.add([run])
        ledger.record(Outcome(run, error="exit code 1", output="loading\nunknown task a+b\n"))
    assert "exit code 1\n  it printed last: unknown task a+b" in str(status(ledger.path))


def test_what_the_error_says_already_is_not_said_again(ledger):
    run = Run(("a", "b"), 5)
    ledger.add([run])
    error = "exit code 1 It printed last: unknown task"
    ledger.record(Outcome(run, error=error, output="loading\n unknown task\n"))
    said = str(status(ledger.path))
    assert error in said
    assert "it printed last" not in said


def test_a_probe_that_was_never_begun(tmp_path):
    with pytest.raises(LedgerError, match="There is no ledger"):
        status(tmp_path / "probe.db")


def test_a_ledger_with_planned_runs_only(tmp_path):
    from relations.tasks import Task

    with Ledger(tmp_path / "probe.db") as ledger:
        ledger.register([Task("a"), Task("b")], {})
        ledger.add([Run(("a",), 0)])
        now = status(ledger.path)
    assert now.counts["planned"] == 1
    assert now.changes is not None
    assert np.isnan(now.changes.mean).all()
    assert "no change is known yet" in str(now)
