"""The commands on a report's page, as far as the ledger knows how its runs were trained."""

from dataclasses import replace

from analysis.page.ran import Ran
from gradsplit.studies.report.made_again import Reading, commands, grouping_command
from relations import Task
from relations.runs import Outcome, Run

TASKS = (Task("pose"), Task("reid"), Task("depth", higher_is_better=False))


def ran(settings, *, seeds=range(3), looks=None):
    return Ran(
        tasks=TASKS,
        seeds=tuple(seeds),
        states={},
        outcomes=(),
        settings=settings,
        looks=looks,
        variants=(),
    )


def test_the_probe_of_a_report_is_named_as_far_as_the_ledger_knows_it():
    reading = Reading(source="runs")

    def line(ran):
        return commands(reading, "r.html", None, ran)[0].line

    program = {"command": "python train.py {tasks} {seed} {out}"}
    assert line(ran(program, looks=(3, 4, 6))) == (
        "gradsplit probe --command 'python train.py {tasks} {seed} {out}' "
        "--tasks pose,reid,depth:lower --seeds 3..6 --out runs"
    )
    own = {"task set": {"task set": "mine", "recipe": {"steps": 5}, "options": {"path": "a b"}}}
    assert line(ran(own)) == (
        "gradsplit probe TASKSET --steps 5 --seeds 3 --out runs --set 'path=a b'"
    )
    assert line(ran({"anything": 1})) == "gradsplit probe TASKSET --seeds 3 --out runs"
    function = commands(reading, "r.html", None, ran({"code": {"subject": "function f of a.py"}}))
    assert function[0].purpose == "The trainings, in Python with the function f of a.py:"
    assert function[0].line.startswith("PairwiseProbe(tasks, train, seeds=[0, 1, 2], ledger='runs'")
    built_in = {"task set": {"task set": "planted", "recipe": {"steps": 5}}}
    assert line(ran(built_in)) == "gradsplit probe planted --steps 5 --seeds 3 --out runs"
    assert len(commands(reading, "r.html", None, None)) == 2


def test_the_page_is_read_again_as_it_was_read():
    reading = Reading(source="my runs", threshold=-0.02, level=0.9, column="b", lower=("x", "y"))
    how = "--level 0.9 --column b --lower x y --threshold -0.02"
    relations, page = (command.line for command in commands(reading, "r.html", "A title", None))
    assert relations == f"gradsplit relations 'my runs' {how}"
    assert page == f"gradsplit report 'my runs' {how} --title 'A title' --out r.html"


def test_a_stopped_probe_goes_on_with_all_its_seeds():
    stopped = replace(ran({"anything": 1}, seeds=(0,)), planned_seeds=(0, 1, 2, 3))
    first = commands(Reading(source="runs"), "r.html", None, stopped)[0]
    assert first.line == "gradsplit probe TASKSET --seeds 4 --out runs"
    assert first.purpose.startswith("The trainings")


def test_where_no_pair_is_planned_the_probe_is_not_called_what_was_trained():
    alone = Outcome(Run(("pose",), 0), {"pose": 0.5})
    judged = replace(ran({"anything": 1}), outcomes=(alone,))
    first = commands(Reading(source="runs"), "r.html", None, judged)[0]
    assert first.purpose.startswith("No pairs were probed")
    assert "--seeds 5" in first.line


def asked(**more):
    usual = {"runs": 140, "race_seeds": 8, "judge_seeds": 5, "networks": 2, "inference": 2.0}
    usual |= {"pairs": False, "methods": [], "threshold": -0.01, "taskset": None, "options": {}}
    return {**usual, **more}


def recommended_lines(settings, asked, **more):
    kinds = {"pose": {"kind": "relative"}, "depth": {"kind": "absolute", "threshold": -0.5}}
    facts = {"kinds": kinds, "higher_is_better": {"pose": True, "depth": False}, "asked": asked}
    known = replace(ran(settings, **more), planned_seeds=(0, 1, 2))
    return commands(Reading(source="runs"), "r.html", None, known, facts)[:2]


def test_a_recommendation_is_made_again_by_its_own_command():
    program = {"command": "python train.py {tasks} {seed} {out}"}
    said = asked(runs=90, judge_seeds=10, networks=3, inference=2.5, pairs=True, methods=["uw"])
    first, pairs = recommended_lines(program, said, seeds=(0, 1, 2))
    assert first.line == (
        "gradsplit recommend --command 'python train.py {tasks} {seed} {out}' "
        "--tasks pose,depth:lower --runs 90 --networks 3 --inference 2.5 --judge-seeds 10 "
        "--methods uw --absolute depth=-0.5 --out runs"
    )
    assert pairs.purpose == "Its trainings of pairs, by their own program:"
    assert "--seeds 3 " in pairs.line
    named = asked(taskset="planted", options={"steps": 60, "width": 4})
    assert recommended_lines({}, named)[0].line == (
        "gradsplit recommend planted --steps 60 --set width=4 --runs 140 --absolute depth=-0.5 "
        "--out runs"
    )
    function = recommended_lines({"code": {"subject": "function f of a.py"}}, asked())[0]
    assert function.line == "recommend_function(train, tasks, 'runs', runs=140)"


def test_of_an_older_file_it_is_said_that_the_command_was_not_kept():
    first = recommended_lines({"command": "python train.py {tasks}"}, None)[0]
    assert "--runs and --judge-seeds were not kept" in first.purpose
    assert first.line.startswith("gradsplit recommend --command 'python train.py {tasks}' --tasks ")


def test_a_grouping_is_written_to_where_the_page_looks():
    reading = Reading(source="runs/probe.db", level=0.9)
    built_in = {"task set": {"task set": "planted", "recipe": {"steps": 5}}}
    line = grouping_command(reading, ran(built_in))
    assert line == "gradsplit group planted --steps 5 --out runs"
    own = {"task set": {"task set": "mine", "options": {"path": "a b"}}}
    line = grouping_command(reading, ran(own))
    assert line == "gradsplit group TASKSET --set 'path=a b' --out runs"
    line = grouping_command(reading, ran({"command": "python t.py"}))
    assert line == "gradsplit group runs/probe.db --out runs"
