"""What the options that commands share hand on to what is called."""

import shlex
import warnings

import pytest

from gradsplit.cli import main
from gradsplit.commands.options.estimate import EstimateOptions
from gradsplit.commands.options.executor import ExecutorOptions
from gradsplit.commands.options.probe import ProbeOptions
from gradsplit.commands.options.program import parse_tasks
from gradsplit.commands.options.source import SourceOptions
from gradsplit.studies.estimates import estimate as estimate_file
from relations import RelationGraph, load_changes
from relations.errors import Note
from relations.executors.processes import Processes
from tests.gradsplit.toy_tasks import Toy


def test_how_a_source_is_read():
    options = SourceOptions(
        source="x",
        threshold=-0.3,
        level=0.8,
        correction="bh",
        column="c",
        lower=("a,b", "c"),
        unit="per-cent",
        rows="target",
        tasks=("a", "b"),
        without=("c",),
    )
    assert options.reading() == {
        "threshold": -0.3,
        "level": 0.8,
        "correction": "bh",
        "column": "c",
        "lower": ("a", "b", "c"),
        "unit": "per-cent",
        "rows": "target",
        "tasks": ("a", "b"),
        "without": ("c",),
        "absolute": {},
        "standardised": {},
    }


def test_a_cluster_is_told_its_address_workers_and_gpus():
    ray = pytest.importorskip("relations.executors.ray")
    options = ExecutorOptions(executor="ray", workers=3, address="here:1", gpus=0.25)
    chosen = options.chosen_executor()
    assert isinstance(chosen, ray.Ray)
    assert (chosen.workers, chosen.address, chosen.gpus) == (3, "here:1", 0.25)


def test_worker_processes_are_as_many_as_asked_for():
    chosen = ExecutorOptions(executor="processes", workers=3).chosen_executor()
    assert isinstance(chosen, Processes) and chosen.workers == 3


def test_a_program_is_told_its_limits():
    options = ProbeOptions(command="run {tasks} {seed} {out}", tasks="a,b:lower", retries=2)
    options.time_limit = 7.0
    probe = options.probe(None)
    assert (probe.train.retries, probe.train.time_limit) == (2, 7.0)
    assert [task.higher_is_better for task in probe.tasks] == [True, False]


def test_a_program_whose_task_is_called_as_an_error_is_asked_which_way_it_is_better():
    options = ProbeOptions(command="run {tasks} {seed} {out}", tasks="val_rmse,seg loss, b:lower")
    with pytest.warns(
        Note, match="^val_rmse, seg loss are read as higher is better. .*val_rmse:low"
    ):
        options.probe(None)
    options.tasks = "val_rmse:higher,seg loss:lower,b"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        options.probe(None)


def test_an_estimate_gets_all_its_options(monkeypatch, tmp_path):
    given = {}
    monkeypatch.setattr(
        estimate_file, "estimate", lambda *which, **options: given.update(options, which=which)
    )
    taskset = Toy()
    options = EstimateOptions(estimator="lookahead", estimate_seeds=3, every=7)
    options.estimate(taskset, tmp_path, "cuda:1", "an executor")
    assert given == {
        "which": (taskset, "lookahead"),
        "out": tmp_path,
        "estimate_seeds": 3,
        "every": 7,
        "device": "cuda:1",
        "executor": "an executor",
    }


def test_the_commands_of_a_plan_have_every_option_of_the_task_set(capsys):
    words = ["planted", "--steps", "3", "--batch-size", "5", "--set", "width=16", "--device", "cpu"]
    assert main(["plan", *words, "--commands", "scores", "--seeds", "1"]) == 0
    line = shlex.split(capsys.readouterr().out.splitlines()[0])
    assert line[3:5] == ["run", "planted"]
    for name, value in zip(words[1::2], words[2::2], strict=True):
        assert line[line.index(name) + 1] == value


RUNS = "tasks,seed,task,score\n" + "".join(
    f"pose,{seed},pose,0.8\ndepth,{seed},depth,0.{seed + 5}\n"
    f"pose+depth,{seed},pose,0.8\npose+depth,{seed},depth,0.{seed + 5}5\n"
    for seed in (0, 1)
)


def test_directions_on_the_command_line(tmp_path, capsys):
    (tmp_path / "loss.csv").write_text(RUNS)
    source = str(tmp_path / "loss.csv")
    assert main(["relations", source, "--lower", "depth"]) == 0
    assert "pose -> depth" in capsys.readouterr().out
    for command in (["relations"], ["mask", "--out", str(tmp_path / "m.json")]):
        for name in ("Depth", "dpeth"):
            assert main([command[0], source, *command[1:], "--lower", name]) == 2
            error = capsys.readouterr().err
            assert "Known tasks are pose, depth" in error and "Did you mean `depth`?" in error
    assert not (tmp_path / "m.json").exists()


def test_a_threshold_in_per_cent(tmp_path, capsys):
    (tmp_path / "table.csv").write_text(",a,b\na,,-3%\nb,-1.5%,\n")
    for threshold in ("-2%", "-0.02"):
        words = ["relations", str(tmp_path / "table.csv"), "--threshold", threshold]
        assert main(words) == 0
        printed = capsys.readouterr().out
        assert "a -> b" in printed and "b -> a" not in printed


def test_a_level_in_per_cent(tmp_path, capsys):
    (tmp_path / "table.csv").write_text(",a,b\na,,-3%\nb,-1.5%,\n")
    assert main(["relations", str(tmp_path / "table.csv"), "--level", "90%", "--json", "-"]) == 0
    assert '"level": 0.9' in capsys.readouterr().out


@pytest.mark.parametrize("option", ["--level", "--threshold"])
@pytest.mark.parametrize("word", ["many", "?"])
def test_what_is_no_fraction_is_refused_in_words(option, word, tmp_path, capsys):
    assert main(["relations", str(tmp_path), option, word]) == 2
    error = capsys.readouterr().err
    assert f"`{option}` takes a fraction such as 0.01, or 1% with a sign, got '{word}'" in error


def test_one_task_has_no_relations(tmp_path, capsys):
    (tmp_path / "runs.csv").write_text("tasks,seed,task,score\na,0,a,0.5\na,1,a,0.4\n")
    (tmp_path / "table.csv").write_text("source,a\na,\n")
    program = "train {tasks} {seed} {out}"
    for words in (
        ["relations", str(tmp_path / "runs.csv")],
        ["mask", str(tmp_path / "table.csv"), "--out", str(tmp_path / "m.json")],
        ["plan", "planted", "--tasks", "loud"],
        ["probe", "planted", "--tasks", "loud", "--out", str(tmp_path / "p")],
        ["probe", "--command", program, "--tasks", "loud", "--out", str(tmp_path / "p")],
    ):
        assert main(words) == 2
        assert "A relation is between two tasks or more" in capsys.readouterr().err
    assert not (tmp_path / "p").exists()


def test_names_without_a_comma_between_them_are_refused(tmp_path, capsys):
    words = ["--command", "train {tasks} {seed} {out}", "--tasks", "seg depth"]
    assert main(["probe", *words, "--out", str(tmp_path / "p")]) == 2
    assert "Write --tasks seg,depth." in capsys.readouterr().err


def test_a_table_is_never_named_as_the_folder_of_a_probe(tmp_path, capsys):
    lines = ["tasks,seed,task,score", "a,0,a,.5", "b,0,b,.5", "a+b,0,a,.4", "a+b,0,b,.4"]
    (tmp_path / "runs.csv").write_text("\n".join(lines))
    assert main(["agreement", str(tmp_path / "runs.csv")]) == 2
    assert "probe TASKSET --out DIR --estimator" in capsys.readouterr().err


def test_a_program_is_no_table(tmp_path, capsys):
    (tmp_path / "loop.py").write_text(
        "def train(tasks, seed):\n    return {t: 0.5 for t in tasks}\n"
    )
    assert main(["relations", str(tmp_path / "loop.py")]) == 2
    said = capsys.readouterr().err
    assert "loop.py` is a program, not a table." in said
    assert "return" not in said


def test_what_a_reader_understood_is_a_note(tmp_path, capsys):
    (tmp_path / "table.csv").write_text("target,a,b\na,,-3%\nb,0,\n")
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        assert main(["relations", str(tmp_path / "table.csv")]) == 0
    printed = capsys.readouterr()
    assert "b -> a" in printed.out
    assert printed.err.startswith("gradsplit: note: ") and "--rows source" in printed.err


def test_some_tasks_of_a_task_set(tmp_path):
    for options in (
        ProbeOptions(taskset="planted", tasks="quiet,loud", seeds="2"),
        ProbeOptions(taskset="planted", tasks=" loud , quiet", seeds="2"),
    ):
        probe = options.probe(tmp_path)
        assert [task.name for task in probe.tasks] == ["loud", "quiet"]
        assert {run.tasks for run in probe.plan().missing} == {
            ("loud",),
            ("quiet",),
            ("loud", "quiet"),
        }
    shorter = ProbeOptions(taskset="planted", tasks="loud,quiet", steps="2,4")
    assert len(shorter.shorter_probes(tmp_path)[2].tasks) == 2


def test_some_tasks_are_trained_and_reported(tmp_path, capsys):
    words = ["planted", "--tasks", "loud,quiet", "--steps", "2", "--seeds", "1", "--quiet"]
    assert main(["probe", *words, "--out", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "loud" in printed and "quiet" in printed
    assert len(RelationGraph.from_changes(load_changes(tmp_path)).edges) == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["planted", "--tasks", "loud,quite"], "Did you mean `quiet`"),
        (["planted", "--tasks", "loud:lower,quiet"], "it knows their directions"),
        (["planted", "--retries", "2"], "are for the program of --command"),
        (["--command", "x {out}", "--tasks", "a,b", "--set", "width=3"], "--set would change"),
        (["planted", "--tasks", "loud,quiet", "--estimator", "lookahead"], "leave out --tasks"),
    ],
)
def test_options_that_do_not_fit_what_is_trained(tmp_path, capsys, words, message):
    assert main(["probe", *words, "--out", str(tmp_path / "runs")]) == 2
    assert message in capsys.readouterr().err


def test_directions_without_a_table_are_refused(capsys, tmp_path):
    assert main(["compare", "planted", "--lower", "loud", "--out", str(tmp_path)]) == 2
    assert "are for the table of --scores" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["relations", "graph", "heatmap", "report"])
def test_nothing_known_never_reads_as_good_news(tmp_path, capsys, command):
    lines = [line.rpartition(",")[0] + ",nan" for line in RUNS.splitlines()[1:]]
    (tmp_path / "runs.csv").write_text("\n".join(["tasks,seed,task,score", *lines]))
    ending = {"graph": "svg", "heatmap": "svg", "report": "html"}.get(command)
    out = tmp_path / f"out.{ending}"
    words = [] if ending is None else ["--out", str(out)]
    assert main([command, str(tmp_path / "runs.csv"), *words]) == 0
    printed = capsys.readouterr().out
    said = printed + (out.read_text() if command == "report" else "")
    assert "none\n" not in printed and "0 of 2 edges harmful" not in said
    if command in ("graph", "heatmap"):
        assert "2 of 2 edges are unknown" in said
        assert "6 runs failed; the first, pose seed 0: the score of pose is nan" in said
    else:
        assert "othing is known" in said


def test_blanks_around_a_direction_are_no_part_of_a_name():
    assert parse_tasks("pose , depth :lower, reid: higher") == [
        ("pose", True),
        ("depth", False),
        ("reid", True),
    ]
    assert parse_tasks("depth : lower") == [("depth", False)]
