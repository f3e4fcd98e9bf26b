"""Runs that failed of one cause are told as one, with the place of the rest."""

from relations.running.failures import failure_lines, where_more
from relations.runs import Outcome, Run


def lost(task, error):
    return Outcome(Run((task,), 0), error=error)


def test_each_cause_is_told_once_with_the_command_of_its_first_run():
    outcomes = [
        *(lost(task, f"exit code 2\nIts command line: train {task}") for task in "abcd"),
        Outcome(Run(("e",), 0), scores={"e": 1.0}),
        lost("f", "ValueError: nan\n\nTraceback"),
    ]
    assert failure_lines(outcomes) == [
        "4 runs (a seed 0, b seed 0, c seed 0, ...): exit code 2\nIts command line: train a",
        "f seed 0: ValueError: nan",
    ]


def test_a_score_that_is_none_names_its_run_once():
    error = "Scores of a seed 0: no score for `a` (there are scores for: A)."
    assert failure_lines([lost("a", error)]) == [
        "a seed 0: no score for `a` (there are scores for: A)."
    ]


def test_of_many_causes_the_first_are_told():
    lines = failure_lines([lost(task, f"{task} is lost") for task in "abcdefghi"])
    assert lines[5:] == ["f seed 0: f is lost", "3 runs more, of 3 other causes"]
    assert len(failure_lines([lost(task, f"{task} is lost") for task in "abcdefg"])) == 7


def test_nothing_failed():
    assert failure_lines([Outcome(Run(("e",), 0), scores={"e": 1.0})]) == []


def test_the_place_is_the_folder_of_the_ledger():
    assert "`gradsplit status here --failures`" in where_more("here/probe.db")
    assert where_more(None) == ""


def test_the_place_of_a_ledger_with_a_name_of_its_own_is_the_ledger():
    assert "`gradsplit status 'my runs/plain.db' --failures`" in where_more("my runs/plain.db")
