import sqlite3
import time

import numpy as np
import pytest

from relations import PairwiseProbe
from relations.errors import LedgerError
from relations.ledger.claims import Claimant
from relations.ledger.ledger import Ledger
from relations.ledger.pulse import place_of_claims
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


def test_runs_that_failed_of_the_same_are_one_line(ledger):
    with Claimant(ledger) as claimant:
        for run in (Run(("a",), 2), Run(("a",), 3), Run(("a",), 4), Run(("a", "b"), 2)):
            claimant.claim(run)
            claimant.record(Outcome(run, error="boom" if run.seed != 3 else "bang"))
    lines = [line for line in str(status(ledger.path)).splitlines() if line.startswith("failed")]
    assert lines == [
        "failed: 3 runs (a seed 2, a seed 4, a+b seed 2): boom",
        "failed: a seed 3: bang",
    ]


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
        ledger.record(Outcome(run, error=f"boom {run.seed}"))
    assert "and 5 more" in str(status(ledger.path))


def test_failures_name_the_command_that_shows_all_of_them(ledger):
    shows = f"gradsplit status {ledger.path.parent} --failures"
    assert shows not in str(status(ledger.path))
    ledger.record(Outcome(Run(("a",), 2), error="boom"))
    assert f"all that is kept of why: {shows}" in str(status(ledger.path))


def test_a_failure_of_another_variant_names_it_too(ledger):
    ledger.register(ledger.tasks(), {}, "steps=400")
    ledger.add([Run(("a",), 0, "steps=400")])
    ledger.record(Outcome(Run(("a",), 0, "steps=400"), error="boom"))
    assert "--failures" in str(status(ledger.path))


def test_without_pairs_there_is_no_matrix_of_question_marks(tmp_path):
    from relations.tasks import Task

    with Ledger(tmp_path / "probe.db") as ledger:
        ledger.register([Task("a"), Task("b"), Task("c")], {})
        ledger.add([Run((task,), 0) for task in "abc"] + [Run(("a", "b", "c"), 0)])
        now = status(ledger.path)
    assert not now.has_pairs
    assert str(now).endswith("\n\nno change is known yet: no pair of tasks is among these runs")


def test_of_a_failed_program_it_says_what_it_printed_last(tmp_path):
    from relations.tasks import Task

    with Ledger(tmp_path / "probe.db") as ledger:
        ledger.register([Task("a"), Task("b")], {})
        run = Run(("a", "b"), 0)
        ledger.add([run])
        ledger.record(Outcome(run, error="exit code 1", output="loading\nunknown task a+b\n"))
    assert "exit code 1\n  it printed last: unknown task a+b" in str(status(ledger.path))


def test_the_line_of_the_error_that_is_told_already_is_not_followed_by_the_last(ledger):
    run, printed = Run(("a", "b"), 5), "RuntimeError: CUDA error\nCompile with DSA\n"
    ledger.add([run])
    error = "exit code 1 It printed: RuntimeError: CUDA error"
    ledger.record(Outcome(run, error=error, output=printed))
    assert "Compile" not in str(status(ledger.path))


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


def begun_by(ledger, run, host, pid, start, heartbeat):
    with sqlite3.connect(ledger.path) as connection:
        connection.execute(
            "INSERT INTO claimants VALUES ('x', ?, ?, ?, ?)", (host, pid, start, heartbeat)
        )
        connection.execute(
            "UPDATE runs SET state = 'running', claimed_by = 'x', started_at = ? "
            "WHERE tasks = ? AND seed = ?",
            (time.time() - 600, "+".join(run.tasks), run.seed),
        )


def test_a_run_of_a_process_that_was_killed_is_left_not_running(ledger):
    begun_by(ledger, Run(("a",), 2), place_of_claims(ledger.path), 2**22 - 1, "1", time.time())
    now = status(ledger.path)
    assert (now.running, now.left) == ((), (Run(("a",), 2),))
    assert now.counts["running"] == 0
    assert now.counts["planned"] == 4
    assert now.seconds_left is None
    assert (
        "\na seed 2: left by a process that has ended; calling the command again trains it\n"
    ) in str(now)


@pytest.mark.parametrize(("silent", "left"), [(30.0, False), (600.0, True)])
def test_elsewhere_an_old_heartbeat_tells_that_a_process_has_ended(ledger, silent, left):
    begun_by(ledger, Run(("a",), 2), "another machine", 1, "1", time.time() - silent)
    now = status(ledger.path)
    assert bool(now.left) is left
    assert ("running: a seed 2, for 10.0 min" in str(now)) is not left


def test_it_says_when_a_run_finished_last(ledger):
    with sqlite3.connect(ledger.path) as connection:
        connection.execute("UPDATE runs SET finished_at = ? WHERE state = 'done'", (86400.0,))
    assert "\nlast finish 1970-01-0" in str(status(ledger.path))
    assert " h ago\n" in str(status(ledger.path))


def test_runs_of_other_variants_are_counted_and_one_is_named(ledger):
    for variant in ("steps=400", "wide net"):
        ledger.register(ledger.tasks(), {}, variant)
        ledger.add([Run(("a",), seed, variant) for seed in range(2)])
        ledger.record(Outcome(Run(("a",), 0, variant), {"a": 0.5}))
    ledger.record(Outcome(Run(("a",), 1, "wide net"), error="boom"))
    said = str(status(ledger.path))
    assert (
        "2 other variants: done 2, planned 1, failed 1 (one of them: --variant steps=400)" in said
    )
    of_variant = str(status(ledger.path, "steps=400"))
    assert "done 1, running 0, failed 0, planned 1\n2 other variants: done 7" in of_variant
    assert "no --variant" in of_variant


def test_a_variant_that_is_not_there_is_refused_with_those_that_are(ledger):
    ledger.register(ledger.tasks(), {}, "steps=400")
    with pytest.raises(LedgerError, match="Did you mean `steps=400`\\? It has `steps=400`"):
        status(ledger.path, "step=400")
