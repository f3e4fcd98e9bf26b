"""Tasks of a run that are written as a list are read as what is joined by +."""

import csv

import pytest

from relations import Task, read_runs_table, write_runs_table
from relations.runs import Outcome, Run
from relations.tables.listed_tasks import joined

RUNS = [(("a",), "1", ""), (("b",), "", "1"), (("a", "b"), "0.9", "0.8")]


@pytest.mark.parametrize(
    "start_and_end", ["['|']", '["|"]', "('|')", "{'|'}", "frozenset({'|'})", "[|]", "['|',]"]
)
def test_lists_are_read(tmp_path, start_and_end):
    start, end = start_and_end.split("|")
    quote = start[-1] if start[-1] in "'\"" else ""
    with (tmp_path / "runs.csv").open("w", newline="") as file:
        rows = [
            [start + f"{quote}, {quote}".join(tasks) + end, "0", *scores] for tasks, *scores in RUNS
        ]
        csv.writer(file).writerows([["tasks", "seed", "a", "b"], *rows])
    outcomes = read_runs_table(tmp_path / "runs.csv").outcomes
    assert [outcome.run for outcome in outcomes] == [Run(tasks, 0) for tasks, *_ in RUNS]
    assert outcomes[2].scores == {"a": 0.9, "b": 0.8}


@pytest.mark.parametrize("name", ["[m]", "['m']"])
def test_a_task_that_is_called_as_a_list_is_written_is_read_back(tmp_path, name):
    outcomes = [Outcome(Run((task,), 0), scores={task: 0.5}) for task in (name, "b")]
    outcomes.append(Outcome(Run((name, "b"), 0), scores={name: 0.5, "b": 0.5}))
    write_runs_table([Task(name), Task("b")], outcomes, tmp_path / "runs.csv")
    assert list(read_runs_table(tmp_path / "runs.csv").outcomes) == outcomes


@pytest.mark.parametrize(
    "cell", ["", "(m)", "a+b", "[]", "[m]+[n]", "['a' 'b']", "['a'],['b']", "{a}", "[" * 9999]
)
def test_what_is_no_list_stays(cell):
    assert joined(cell) == cell
