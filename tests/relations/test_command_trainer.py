import resource
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest

from relations import PairwiseProbe
from relations.command_trainer import MOST_OUTPUT, CommandTrainer
from relations.errors import RelationsError, RunFailedError
from relations.ledger.ledger import Ledger
from relations.runs import Run
from tests.places import ROOT

RUN = Run(("a", "b"), 3)


@pytest.fixture
def trainer(tmp_path):
    """A trainer whose program is the given lines; they see `tasks`, `seed` and `out`."""

    def make(lines, **options):
        script = tmp_path / "my train.py"
        head = "import json, os, sys, time\ntasks, seed, out = sys.argv[1:]\n"
        script.write_text(head + lines)
        command = (
            f"{shlex.quote(sys.executable)} {shlex.quote(str(script))} {{tasks}} {{seed}} {{out}}"
        )
        return CommandTrainer(command, folder=tmp_path, **options)

    return make


def test_a_program_that_works(trainer):
    train = trainer(
        "print('trained', tasks, seed)\n"
        "json.dump({task: int(seed) / 10 for task in tasks.split('+')}, open(out, 'w'))\n"
    )
    outcome = train.outcome(RUN)
    assert outcome.scores == {"a": 0.3, "b": 0.3}
    assert outcome.error is None
    assert outcome.output == "trained a+b 3\n"
    assert outcome.wall_seconds is not None
    assert outcome.wall_seconds > 0
    assert outcome.peak_memory_bytes is not None
    # The child's own few MiB, or what this process held when it started the child.
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    assert 2**20 < outcome.peak_memory_bytes < held + 2**28
    assert train(("a",), 1) == {"a": 0.1}


@pytest.mark.parametrize(
    ("lines", "error", "output"),
    [
        ("print('no data'); sys.exit(3)", "exit code 3", "no data\n"),
        ("raise ValueError('bad')", "exit code 1", "ValueError: bad"),
        ("os.kill(os.getpid(), 9)", "the signal SIGKILL", ""),
        ("", "wrote no scores to `scores.json`", ""),
        ("open(out, 'w').write('{')", "must be JSON", ""),
        ("json.dump({'a': 1.0}, open(out, 'w'))", "no score for `b`", ""),
        ("open(out, 'w').write('{\"a\": NaN, \"b\": 1}')", "`a` must be finite", ""),
    ],
)
def test_programs_that_fail(trainer, lines, error, output):
    train = trainer(lines)
    outcome = train.outcome(RUN)
    assert outcome.scores is None
    assert error in (outcome.error or "")
    assert f"Its command line: {train.command_line(RUN, 'scores.json')}" in (outcome.error or "")
    assert output in (outcome.output or "")
    with pytest.raises(RunFailedError, match=error.replace("`", ".")):
        train(RUN.tasks, RUN.seed)


def test_a_time_limit_ends_the_program_and_its_children(trainer, tmp_path):
    child = tmp_path / "child.pid"
    train = trainer(
        "import subprocess\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"open({str(child)!r}, 'w').write(str(child.pid))\n"
        "print('waiting', flush=True)\ntime.sleep(60)\n",
        time_limit=1.0,
    )
    start = time.monotonic()
    outcome = train.outcome(RUN)
    assert time.monotonic() - start < 10
    assert (outcome.error or "").startswith(
        "The program was ended after its time limit of 1 s. It printed last: waiting\n"
    )
    assert outcome.output == "waiting\n"
    deadline = time.monotonic() + 5
    while alive(int(child.read_text())) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not alive(int(child.read_text()))


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_program_ends_with_the_process_that_started_it(tmp_path):
    pid = tmp_path / "pid"
    program = f"sh -c 'echo $$ > {pid}; exec sleep 60' {{tasks}} {{seed}} {{out}}"
    code = f"from relations import CommandTrainer\nCommandTrainer({program!r})(('a',), 0)\n"
    driver = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    deadline = time.monotonic() + 30
    while not (pid.exists() and pid.read_text()) and time.monotonic() < deadline:
        time.sleep(0.02)
    started = int(pid.read_text())
    assert alive(started)
    driver.kill()
    driver.wait()
    while alive(started) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not alive(started)


def test_retries(trainer, tmp_path):
    counter = tmp_path / "count"
    lines = (
        f"count = os.path.getsize({str(counter)!r}) if os.path.exists({str(counter)!r}) else 0\n"
        f"open({str(counter)!r}, 'a').write('x')\n"
        "print('attempt', count, flush=True)\n"
        "if count < 2: sys.exit(7)\n"
        "json.dump({'a': 1, 'b': 2}, open(out, 'w'))\n"
    )
    outcome = trainer(lines, retries=2).outcome(RUN)
    assert outcome.scores == {"a": 1.0, "b": 2.0}
    assert outcome.output is not None
    assert outcome.output.count("exit code 7") == 2
    assert "attempt 2" in outcome.output
    counter.unlink()
    outcome = trainer(lines, retries=1).outcome(RUN)
    assert outcome.scores is None
    assert counter.read_text() == "xx"


def test_of_several_attempts_the_end_of_the_last_is_kept(trainer):
    lines = "print('x' * 50000); print('the end'); sys.exit(1)"
    outcome = trainer(lines, retries=1).outcome(RUN)
    assert outcome.output is not None
    assert outcome.output.endswith("\nthe end\n")
    assert len(outcome.output) == MOST_OUTPUT


def test_only_the_end_of_much_output_is_kept(trainer):
    outcome = trainer("print('x' * 10**6); print('the end'); sys.exit(1)").outcome(RUN)
    assert outcome.output is not None
    assert len(outcome.output) == 64 * 1024
    assert outcome.output.endswith("the end\n")


def test_a_program_that_does_not_exist():
    outcome = CommandTrainer("/no/such/program {tasks} {seed} {out}").outcome(RUN)
    assert "cannot be started" in (outcome.error or "")


@pytest.mark.parametrize(
    ("begin", "hint"),
    [
        ("cd /tmp &&", "one does in sh -c '...'."),
        ("DEVICE=0", "`env DEVICE=0 ...` sets a variable."),
        ("no-such-program", "'no-such-program')."),
    ],
)
def test_a_command_that_only_a_shell_can_start_is_told_how(begin, hint):
    outcome = CommandTrainer(f"{begin} python x.py {{tasks}} {{seed}} {{out}}").outcome(RUN)
    assert (outcome.error or "").endswith(hint)


def test_nothing_is_given_to_a_shell(tmp_path):
    run = Run(("a; touch hacked",), 0)
    train = CommandTrainer("echo {tasks} {seed} {out}", folder=tmp_path)
    outcome = train.outcome(run)
    assert outcome.output is not None
    assert outcome.output.startswith("a; touch hacked 0")
    assert not (tmp_path / "hacked").exists()
    assert train.command_line(run, "x y.json") == "echo 'a; touch hacked' 0 'x y.json'"


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("train {tasks} {seed}", "must hold {out}, the file into which the program writes"),
        ("train", "must hold {tasks}"),
        ("train {tasks} {seed} {out} {score}", "no placeholder {score}; it has {tasks}, {seed}"),
        ("train '{tasks} {seed} {out}", "cannot be split into words"),
        ("", "must name a program"),
    ],
)
def test_commands_that_cannot_be_used(command, message):
    with pytest.raises(RelationsError) as caught:
        CommandTrainer(command)
    assert message in str(caught.value)


def test_all_problems_at_once():
    with pytest.raises(RelationsError) as caught:
        CommandTrainer("train {tasks}", time_limit=0, retries=-1)
    for part in ("{seed}", "{out}", "`time_limit`", "`retries`"):
        assert part in str(caught.value)


def test_the_shells_own_braces_stay():
    train = CommandTrainer("sh -c 'echo ${HOME} {tasks} {seed} {out}'")
    assert train.arguments(RUN, "o")[2] == "echo ${HOME} a+b 3 o"


def test_a_probe_of_a_program(trainer, tmp_path):
    train = trainer(
        "if tasks == 'b' and seed == '1': print('out of memory'); sys.exit(9)\n"
        "json.dump({task: 0.5 + int(seed) / 100 for task in tasks.split('+')}, open(out, 'w'))\n"
    )
    probe = PairwiseProbe(["a", "b"], train, range(2), tmp_path / "probe.db")
    changes = probe.run("processes", workers=2)
    assert changes.n.tolist() == [[0, 1], [2, 0]]
    with Ledger(probe.ledger, read_only=True) as ledger:
        failed = [outcome for outcome in ledger.outcomes() if outcome.error]
        assert ledger.settings()["command"] == train.command
    assert [outcome.run for outcome in failed] == [Run(("b",), 1)]
    assert failed[0].output == "out of memory\n"


def test_further_placeholders_are_filled():
    command = "train {tasks} {seed} {out} --mask={mask}"
    train = CommandTrainer(command, values={"mask": "a mask.json", "weights": "a=1"})
    assert train.command_line(RUN, "s.json") == "train a+b 3 s.json '--mask=a mask.json'"
    assert train.settings()["values"] == {"mask": "a mask.json"}  # what the command has
    assert train.has_placeholder("mask") and not train.has_placeholder("weights")
    plain = CommandTrainer("train {tasks} {seed} {out}", values={"mask": "a mask.json"})
    assert plain.settings() == CommandTrainer("train {tasks} {seed} {out}").settings()


def test_a_placeholder_that_nobody_fills_is_an_error():
    command = "train {tasks} {seed} {out} {mask} {grouping}"
    with pytest.raises(RelationsError, match=r"no placeholder {mask}; it has {tasks}, {seed}"):
        CommandTrainer(command)
    with pytest.raises(RelationsError, match=r"no placeholder {grouping}; it has .*, {mask}"):
        CommandTrainer(command, values={"mask": "m.json"})
    with pytest.raises(RelationsError, match=r"fills {seed} itself"):
        CommandTrainer("train {tasks} {seed} {out}", values={"seed": "3"})
