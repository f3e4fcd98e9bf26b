"""The trainers of a program's runs."""

import pickle
from pathlib import Path

from gradsplit import GradientMask, LossWeights, MaskedTraining, Task
from gradsplit.studies.recommendation.configuration import Configuration
from gradsplit.studies.recommendation.own_training.function import Function
from gradsplit.studies.recommendation.own_training.program import Program
from gradsplit.studies.recommendation.own_training.runs import OwnRuns
from gradsplit.studies.recommendation.own_training.tasks import OwnTasks
from relations import CommandTrainer, Ledger
from relations.runs import Run

TASKS = [Task("pose"), Task("reid")]
COMMAND = "train {tasks} {seed} {out}"


def place(folder, command):
    program = Program(command, time_limit=7.0, retries=2)
    return OwnRuns(OwnTasks(TASKS, program), folder / "probe.db", training=program)


def test_plain_runs_are_those_of_a_probe(tmp_path):
    trainer = place(tmp_path, COMMAND).trainer()
    assert trainer.settings() == CommandTrainer(COMMAND).settings()
    assert (trainer.time_limit, trainer.retries) == (7.0, 2)
    assert not (tmp_path / "masks").exists()  # nobody asked for one


def test_a_mask_is_known_by_what_it_allows(tmp_path):
    method = MaskedTraining(GradientMask.identity(TASKS))
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    here = place(tmp_path / "here", f"{COMMAND} {{mask}}").trainer(method)
    there = place(tmp_path / "there", f"{COMMAND} {{mask}}").trainer(method)
    assert here.settings() == there.settings()  # a folder may be moved
    words = here.arguments(Run(("pose", "reid"), 0), "scores.json")
    assert GradientMask.load(words[-1]).may_update.tolist() == [[True, False], [False, True]]
    plain = place(tmp_path / "here", f"{COMMAND} {{mask}}").trainer()
    assert plain.settings() != here.settings()
    assert plain.arguments(Run(("pose",), 0), "scores.json")[-1] != words[-1]


def test_a_trainer_goes_to_other_processes(tmp_path):
    trainer = place(tmp_path, f"{COMMAND} {{weights}}").trainer(LossWeights({"reid": 0.5}))
    again = pickle.loads(pickle.dumps(trainer))
    run = Run(("pose", "reid"), 1)
    assert again.command_line(run, "s") == "train pose+reid 1 s pose=1,reid=0.5"
    assert again.settings() == trainer.settings()


def test_a_command_for_each_network(tmp_path):
    here = place(tmp_path, f"{COMMAND} {{weights}}")
    apart = Configuration("apart", "", networks=(("pose",), ("reid",)))
    assert here.commands(apart) == (
        "train pose 0 scores-1.json pose=1,reid=1",
        "train reid 0 scores-2.json pose=1,reid=1",
    )
    weighted = Configuration("tuned", "", LossWeights({"pose": 2.0}), "weights:pose=2")
    assert here.commands(weighted) == ("train pose+reid 0 scores.json pose=2,reid=1",)


def test_a_line_names_the_tasks_in_the_order_in_which_they_were_trained(tmp_path):
    both = Configuration("multi-head", "")
    program = Program(f"{COMMAND} {{weights}}")
    with Ledger(tmp_path / "probe.db") as ledger:
        ledger.register([Task("reid"), Task("depth"), Task("pose")], {})
    turned = OwnRuns(OwnTasks(TASKS, program), tmp_path / "probe.db", training=program)
    # Heads may be drawn in that order: another one gives other scores.
    assert turned.commands(both) == ("train reid+pose 0 scores.json reid=1,pose=1",)
    function = Function(lambda tasks, seed: {})
    own = OwnRuns(OwnTasks(TASKS, function), tmp_path / "probe.db", training=function)
    assert own.commands(both) == ("<lambda>(('reid', 'pose'), seed=0)",)
    grouped = Configuration("all", "", networks=(("pose", "reid"),))
    assert own.commands(grouped) == own.commands(both)


def test_a_mask_in_a_line_is_named_from_where_the_line_is_started(tmp_path, monkeypatch):
    masked = Configuration("m", "", MaskedTraining(GradientMask.identity(TASKS)), "gradsplit")
    monkeypatch.chdir(tmp_path)
    (line,) = place(tmp_path / "best", f"{COMMAND} {{mask}}").commands(masked)
    file = Path(line.split()[-1])
    assert file.parent == Path("best", "masks")
    assert file.is_file()
    # Of a folder elsewhere there is no such name.
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    (line,) = place(tmp_path / "best", f"{COMMAND} {{mask}}").commands(masked)
    assert Path(line.split()[-1]) == tmp_path / file
