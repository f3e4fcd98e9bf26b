import math

import pytest

from relations import ChangeMatrix, read_runs_table, write_runs_table
from relations.errors import TableError, TableNote, TaskError
from relations.runs import Outcome, Run
from relations.tasks import Task

HEADER = "tasks,seed,task,score,higher_is_better\n"
SOUND = HEADER + "a,0,a,0.5,true\nb,0,b,2,false\na+b,0,a,0.6,true\na+b,0,b,1,false\n"


@pytest.fixture
def table(tmp_path):
    def write(text):
        path = tmp_path / "runs.csv"
        path.write_text(text)
        return path

    return write


def test_a_sound_table(table):
    read = read_runs_table(table(SOUND))
    assert read.tasks == (Task("a"), Task("b", higher_is_better=False))
    assert [outcome.run for outcome in read.outcomes] == [
        Run(("a",), 0),
        Run(("b",), 0),
        Run(("a", "b"), 0),
    ]
    changes = ChangeMatrix.from_runs(read.tasks, read.outcomes)
    assert changes.mean[1, 0] == pytest.approx(0.2)
    assert changes.mean[0, 1] == pytest.approx(0.5)


def test_directions_given_win(table):
    told = "^the table says that b is better lower; what was given wins: read as better higher"
    with pytest.warns(TableNote, match=told):
        read = read_runs_table(table(SOUND), {"b": True})
    assert read.tasks[1] == Task("b")


def test_directions_given_as_the_table_says_them_are_not_told(table):
    read = read_runs_table(table(SOUND), {"a": True, "b": False})
    assert [task.higher_is_better for task in read.tasks] == [True, False]


def test_no_directions_are_needed(table):
    read = read_runs_table(table("task,tasks,score,seed,note\na,a,1,0,x\n"))
    assert read.tasks == (Task("a"),)


def test_lines_in_any_order_and_tasks_in_any_order(table):
    text = "tasks,seed,task,score\nb+a,0,b,1\na,0,a,1\na+b,0,a,2\nb,0,b,1\n"
    read = read_runs_table(table(text))
    assert {outcome.run.tasks for outcome in read.outcomes} == {("b", "a"), ("a",), ("b",)}


def test_round_trip(table, tmp_path):
    read = read_runs_table(table(SOUND))
    write_runs_table(read.tasks, read.outcomes, tmp_path / "again.csv")
    assert read_runs_table(tmp_path / "again.csv") == read


def test_failed_runs_are_written_without_scores_and_read_as_failed(tmp_path):
    runs = [Outcome(Run(("a",), 0), {"a": 0.5}), Outcome(Run(("a",), 1), error="boom")]
    write_runs_table([Task("a")], runs, tmp_path / "runs.csv")
    assert (tmp_path / "runs.csv").read_text() == HEADER + "a,0,a,0.5,true\na,1,a,,true\n"
    assert [one.scores for one in read_runs_table(tmp_path / "runs.csv").outcomes] == [
        {"a": 0.5},
        None,
    ]


WITH_A_GAP = """tasks,seed,a,b
a,0,1,
b,0,,2
a,1,1.1,
b,1,,2.1
a+b,0,0.9,2.2
a+b,1,,2.3
"""


def test_a_run_that_lacks_one_score_loses_the_edge_into_that_task_alone(table, tmp_path):
    read = read_runs_table(table(WITH_A_GAP))
    changes = ChangeMatrix.from_runs(*_parts(read))
    assert changes.known.tolist() == [[False, True], [False, False]]
    assert changes.n.tolist() == [[0, 2], [1, 0]]
    assert changes.mean[0, 1] == pytest.approx((2.2 / 2 * 2.3 / 2.1) ** 0.5 - 1)
    said = str(changes)
    assert "1 run lacks a score; a+b seed 1: the score of a is empty" in said
    assert (
        "? (1 of 2: -10.00)" in said
        and "1 edge is unknown (?): runs failed or lack a score" in said
    )
    write_runs_table(*_parts(read), tmp_path / "again.csv")
    again = ChangeMatrix.from_runs(*_parts(read_runs_table(tmp_path / "again.csv")))
    assert str(again) == said


def test_a_line_that_is_not_there_is_no_lost_seed(table):
    text = "".join(line for line in WITH_A_GAP.splitlines(True) if line[:5] != "a+b,1")
    changes = ChangeMatrix.from_runs(*_parts(read_runs_table(table(text))))
    assert changes.known[1, 0] and changes.n[1, 0] == 1


def test_missing_single_task_runs_are_named_and_the_others_used(table):
    lines = ["a,0,a,1", "a,1,a,1", "b,1,b,2", *(f"a+b,{s},{t},1.5" for s in (0, 1) for t in "ab")]
    with pytest.warns(TableNote, match=r"^single-task runs are missing, of b with seed 0\."):
        read = read_runs_table(table("\n".join(["tasks,seed,task,score", *lines])))
    changes = ChangeMatrix.from_runs(read.tasks, read.outcomes)
    assert changes.n.tolist() == [[0, 1], [2, 0]]
    assert changes.mean[1, 0] == pytest.approx(0.5)
    assert changes.mean[0, 1] == pytest.approx(-0.25)


def test_a_table_without_any_single_task_run_is_refused(table):
    text = "tasks,seed,task,score\na+b,0,a,1\na+b,0,b,1\na+b,1,a,1\na+b,1,b,1\n"
    with pytest.raises(TableError, match="of a with seeds 0, 1; b with seeds 0, 1"):
        read_runs_table(table(text))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("a,0,a,high,true", "line 2: the score of a must be a number, got 'high'"),
        ("a,zero,a,1,true", "line 2: the seed must be a whole number, got 'zero'"),
        ("a,0,b,1,true", "line 2: 'b' is not one of the run's tasks"),
        ("a+a,0,a,1,true", "line 2: a\\+a names a task twice"),
        ("a,0,a,1,up", "line 2: higher_is_better must be true or false, got 'up'"),
        ("a,0,a,1", "line 2: 4 cells, the header has 5"),
        ("a+b,0,a,1,true", "line 2: a\\+b seed 0 has no score of b"),
        (",0,a,1,true", "line 2: A task's name must be non-empty"),
        (
            "a,0,a,1,true\na,0,a,1,true",
            "line 3: a seed 0 has a score of a already, in line 2, the same: leave out one of the",
        ),
        (
            "a,0,a,1,true\na,0,a,0.7,true",
            r"line 3: a seed 0 has a score of a already, in line 2, another, 1\.",
        ),
        ("a,0,a,1,true\na,1,a,1,false", "line 3: a had another higher_is_better before"),
    ],
)
def test_lines_that_cannot_be_used(table, line, message):
    with pytest.raises(TableError, match=message):
        read_runs_table(table(HEADER + line + "\n"))


def test_missing_columns(table):
    with pytest.raises(TableError, match="it lacks seed, score"):
        read_runs_table(table("tasks,task\na,a\n"))


def test_all_problems_at_once(table):
    with pytest.raises(TableError) as caught:
        read_runs_table(table(HEADER + "a,0,a,high,true\na,x,a,1,true\n"))
    assert str(caught.value).count("\n- line") == 2


@pytest.mark.parametrize("score", ["nan", "", "NA", "inf"])
def test_a_run_without_one_score_has_the_others_and_says_so(table, score):
    text = HEADER + f"a,0,a,1,true\nb,0,b,1,true\na+b,0,a,{score},true\na+b,0,b,0.9,true\n"
    read = read_runs_table(table(text))
    failed = [outcome for outcome in read.outcomes if outcome.error is not None]
    assert [str(outcome.run) for outcome in failed] == ["a+b seed 0"]
    assert "the score of a is" in str(failed[0].error)
    assert list(failed[0].scores) == ["a", "b"]
    assert math.isnan(failed[0].scores["a"]) and failed[0].scores["b"] == 0.9


def test_a_run_without_any_score_has_failed(table):
    text = HEADER + "a,0,a,1,true\nb,0,b,1,true\na+b,0,a,nan,true\na+b,0,b,,true\n"
    assert read_runs_table(table(text)).outcomes[2].scores is None


RUNS = "tasks,seed,task,score\na,0,a,1\nb,0,b,1\na+b,0,a,0.9\na+b,0,b,0.8\n"


@pytest.mark.parametrize(
    "text",
    [
        RUNS.replace(",", ";"),
        RUNS.replace(",", ";").replace(".", ","),
        RUNS.replace(",", "\t"),
        "sep=;\n" + RUNS.replace(",", ";"),
        "\ufeff" + RUNS.replace("tasks,seed,task,score", " Tasks , SEED,Task,Score"),
        RUNS.replace(",0,", ",0.0,"),
        RUNS.replace("a+b", '"a,b"'),
        "\n".join(
            f"{number}{line}"
            for number, line in zip(
                ["", *"0123"], ("," + each for each in RUNS.split()), strict=True
            )
        ),
        "tasks,seed,a,b,lr\na,0,1,,0.1\nb,0,,1,0.1\na+b,0,0.9,0.8,0.1\n",
        "Tasks;Seed;A;B\na;0;1,0;\nb;0;;1,0\na+b;0;0,9;0,8\n",
    ],
)
def test_the_same_runs_in_the_habits_of_other_programs(table, text):
    changes = ChangeMatrix.from_runs(*_parts(read_runs_table(table(text))))
    assert changes.tasks == ("a", "b")
    assert changes.mean[1, 0] == pytest.approx(-0.1)
    assert changes.mean[0, 1] == pytest.approx(-0.2)


def _parts(read):
    return read.tasks, read.outcomes


def test_a_wide_table_needs_a_column_a_task(table):
    with pytest.raises(TableError, match="there is none for b"):
        read_runs_table(table("tasks,seed,a\na,0,1\nb,0,1\n"))


def test_a_direction_of_a_task_that_is_not_there(table):
    text = RUNS.replace("b", "depth")
    for name in ("Depth", "dpeth"):
        with pytest.raises(TaskError, match="Did you mean `depth`"):
            read_runs_table(table(text), {name: False})
    assert not read_runs_table(table(text), {"depth": False}).tasks[1].higher_is_better


@pytest.mark.parametrize(
    ("column", "word"),
    [("Lower is better", "TRUE"), ("lower_is_better", "1"), ("direction", "min")],
)
def test_directions_in_other_words(table, column, word):
    lines = RUNS.split()
    text = "\n".join([f"{lines[0]},{column}", *(f"{line},{word}" for line in lines[1:])])
    assert [task.higher_is_better for task in read_runs_table(table(text)).tasks] == [False, False]


def test_a_direction_that_may_be_of_any_task_of_a_run(table):
    with pytest.raises(TableError, match=r"may be of any of its tasks.*--lower"):
        read_runs_table(table("tasks,seed,a,b,higher_is_better\na,0,1,,true\nb,0,,1,false\n"))


def test_directions_that_contradict_each_other(table):
    text = "tasks,seed,task,score,higher_is_better,direction\na,0,a,1,true,min\n"
    with pytest.raises(TableError, match="a had another direction before"):
        read_runs_table(table(text))


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_blanks_within_quotes_separate_nothing(table, separator):
    lines = [line.split(",") for line in SOUND.splitlines()]
    text = "".join(separator.join(f'" {cell} "' for cell in cells) + "\n" for cells in lines)
    assert read_runs_table(table(text)) == read_runs_table(table(SOUND))


@pytest.mark.parametrize("written", ["81.3%", "81.3 %", "81,3%"])
def test_a_score_with_the_sign_of_per_cent_is_its_fraction(tmp_path, written):
    table = tmp_path / "runs.csv"
    table.write_text(
        f"tasks;seed;task;score\na;0;a;{written}\nb;0;b;0.7\na+b;0;a;80%\na+b;0;b;0.7\n",
        encoding="utf-8",
    )
    scores = [outcome.scores for outcome in read_runs_table(table).outcomes]
    assert scores == [{"a": 0.813}, {"b": 0.7}, {"a": 0.8, "b": 0.7}]


def test_a_mistyped_task_of_a_line_is_told_of_the_one_of_its_run(table):
    with pytest.raises(TableError, match=r"'captoin' is not one .* Did you mean `caption`\?"):
        read_runs_table(table("tasks,seed,task,score\ncaption,0,captoin,1\n"))


def test_a_mistyped_task_of_a_table_with_a_line_a_run_is_told_of_its_column(tmp_path):
    table = tmp_path / "runs.csv"
    table.write_text("tasks,seed,depth,pose\ndpeth,0,0.5,\npose,0,,0.5\n", encoding="utf-8")
    with pytest.raises(TableError, match=r"none for dpeth .* Did you mean `depth`\?"):
        read_runs_table(table)


def test_a_table_without_tasks_is_refused(table):
    with pytest.raises(TableError, match="it lacks tasks, seed, task"):
        read_runs_table(table("seeb,score\n0,0.5040\n0,0.6040\n"))


def test_of_many_tasks_without_a_column_a_few_are_named(table):
    lines = "".join(f"some{n},0,1\n" for n in range(30))
    with pytest.raises(TableError, match=r"for some0, some1, .*some4 and 25 more"):
        read_runs_table(table(f"tasks,seed,a\n{lines}"))
