"""A probe whose training has changed: refused, or taken on purpose, and said."""

import subprocess
import sys

import pytest

from relations import CommandTrainer, PairwiseProbe
from relations.errors import LedgerError, RelationsError, RunFailedError
from relations.ledger.ledger import Ledger
from relations.runs import Run

BOUND = 1.0


def train(tasks, seed):
    return dict.fromkeys(tasks, BOUND * (0.8 + 0.001 * seed))


def other(tasks, seed):
    return dict.fromkeys(tasks, BOUND * (0.8 + 0.001 * seed))


def run(path, trainer=train, **options):
    told = []
    PairwiseProbe(["a", "b"], trainer, range(2), path, **options).run(
        progress=False, tell=told.append
    )
    return "\n".join(map(str, told))


def test_another_global_is_refused_or_accepted_and_both_are_said(tmp_path, monkeypatch):
    path = tmp_path / "probe.db"
    assert run(path) == ""
    assert run(path).startswith("from the ledger: 6 runs, trained 20")
    monkeypatch.setattr(sys.modules[__name__], "BOUND", 2.0)
    content = path.read_bytes()
    refused = r"(?s)value BOUND of .*test_probe_code.py changed since the 6 runs of 20"
    for ask in (run, lambda path: PairwiseProbe(["a", "b"], train, [0], path).plan()):
        with pytest.raises(LedgerError, match=refused):
            ask(path)
    assert path.read_bytes() == content
    assert "accepted all the same: the value BOUND of" in run(path, accept_changed_code=True)
    # Recorded: it is said ever after, and the new code is the known one.
    assert "accepted all the same: the value BOUND of" in run(path)
    with Ledger(path, read_only=True) as ledger:
        assert ledger.accepted() and ledger.variants() == ("",)
    monkeypatch.setattr(sys.modules[__name__], "BOUND", 3.0)
    with pytest.raises(LedgerError, match=refused):
        run(path)


def test_another_function_is_refused(tmp_path):
    run(tmp_path / "probe.db")
    with pytest.raises(
        LedgerError, match=r"runs are of the function train of .*now the function o"
    ):
        run(tmp_path / "probe.db", other)


def test_while_nothing_is_finished_code_may_change(tmp_path):
    def make(mend):
        def broken(tasks, seed):
            if not mend:
                raise ValueError("a mistake")
            return dict.fromkeys(tasks, 0.5)

        return broken

    with pytest.raises(RunFailedError):
        run(tmp_path / "probe.db", make(0))
    run(tmp_path / "probe.db", make(1))
    assert not PairwiseProbe(["a", "b"], make(1), [0], tmp_path / "probe.db").plan().missing


def test_a_ledger_from_before_is_taken_over_and_that_is_said_once(tmp_path, monkeypatch):
    path = tmp_path / "probe.db"
    with monkeypatch.context() as patch:
        patch.setattr("relations.watch.watched.Watched.settings", lambda _: {})
        run(path)
    assert "was not watched yet" in str(PairwiseProbe(["a", "b"], train, [0], path).plan())
    assert "was not watched yet" in run(path)
    assert "was not watched yet" not in run(path)
    monkeypatch.setattr(sys.modules[__name__], "BOUND", 2.0)
    with pytest.raises(LedgerError, match="BOUND"):
        run(path)


def test_declared_files_and_settings_are_watched(tmp_path):
    data = tmp_path / "data.csv"
    data.write_text("1")
    declared = {"settings": {"rate": 0.1}, "depends": [data]}
    run(tmp_path / "probe.db", **declared)
    with pytest.raises(LedgerError, match=r"rate: 0.1 in the ledger, 0.2 now"):
        run(tmp_path / "probe.db", **(declared | {"settings": {"rate": 0.2}}))
    data.write_text("2")
    with pytest.raises(LedgerError, match=r"the file data\.csv changed since the 6 runs"):
        run(tmp_path / "probe.db", **declared)
    with pytest.raises(RelationsError, match="does not exist"):
        run(tmp_path / "probe.db", depends=[tmp_path / "no.csv"])


PROGRAM = """import json, sys
from near import BOUND
tasks, seed, out = sys.argv[2:5]
json.dump({task: BOUND * 0.8 + 0.001 * int(seed) for task in tasks.split("+")}, open(out, "w"))
"""


@pytest.mark.parametrize(
    ("file", "old", "new", "changed"),
    [
        ("train.py", "* 0.8", "* 0.9", "file train.py"),
        ("near.py", "1", "2", "file near.py"),
        ("conf.json", "0.1", "0.2", "file conf.json"),
        ("train.py", "tasks, seed, out =", "# words\ntasks, seed, out  =", None),
    ],
)
def test_the_files_of_a_command_are_watched(tmp_path, file, old, new, changed):
    (tmp_path / "train.py").write_text(PROGRAM)
    (tmp_path / "near.py").write_text("BOUND = 1\n")
    (tmp_path / "conf.json").write_text("0.1")
    command = f"{sys.executable} train.py --config=conf.json {{tasks}} {{seed}} {{out}}"

    def probe():
        trainer = CommandTrainer(command, folder=tmp_path)
        return PairwiseProbe(["a", "b"], trainer, [0], tmp_path / "probe.db")

    probe().run(progress=False)
    content = (tmp_path / file).read_text()
    assert old in content
    (tmp_path / file).write_text(content.replace(old, new))
    if changed is None:
        assert not probe().plan().missing
    else:
        with pytest.raises(LedgerError, match=f"the {changed} changed since the 3 runs"):
            probe().plan()


def test_scripts_and_modules_of_a_command_are_found(tmp_path):
    package = tmp_path / "work"
    package.mkdir()
    for name in ("__init__.py", "train.py", "parts.py"):
        (package / name).write_text("from . import parts\n" if name == "train.py" else "")
    (tmp_path / "run.sh").write_text("python work/train.py $@\n")
    for command in ("python -m work.train", "sh run.sh", "sh -c 'python work/train.py | cat'"):
        trainer = CommandTrainer(f"{command} {{tasks}} {{seed}} {{out}}", folder=tmp_path)
        assert {"file work/train.py", "file work/parts.py"} <= {*trainer.watched().code}


def test_a_program_that_is_edited_while_it_is_probed_is_not_mixed(tmp_path):
    (tmp_path / "train.py").write_text(PROGRAM)
    (tmp_path / "near.py").write_text("BOUND = 1\n")
    command = f"{sys.executable} train.py - {{tasks}} {{seed}} {{out}}"
    trainer = CommandTrainer(command, folder=tmp_path)
    assert trainer.outcome(Run(("a",), 0)).scores == {"a": 0.8}
    (tmp_path / "near.py").write_text("BOUND = 1  # words\n")
    assert trainer.outcome(Run(("a",), 0)).scores == {"a": 0.8}
    (tmp_path / "near.py").write_text("BOUND = 2\n")
    assert "near.py was edited meanwhile" in str(trainer.outcome(Run(("a",), 0)).error)


def test_it_is_said_where_nobody_listens(tmp_path):
    text = (
        "from relations import PairwiseProbe\n"
        "def train(tasks, seed):\n    return dict.fromkeys(tasks, 0.5 + seed)\n"
        "PairwiseProbe(['a', 'b'], train, range(2), 'p.db').run()\n"
    )
    (tmp_path / "mine.py").write_text(text)
    for said in (b"", b"from the ledger: 6 runs, trained 20"):
        done = subprocess.run(
            [sys.executable, "mine.py"], cwd=tmp_path, capture_output=True, check=True
        )
        assert done.stderr.startswith(said) and bool(done.stderr) == bool(said)


def test_other_code_is_refused_while_a_first_run_is_trained(tmp_path):
    path = tmp_path / "probe.db"

    def meanwhile(tasks, seed):
        with pytest.raises(LedgerError, match=r"Another probe trains otherwise"):
            PairwiseProbe(["a", "b"], train, [0], path).plan()
        return dict.fromkeys(tasks, 0.5)

    PairwiseProbe(["a"], meanwhile, [0], path).run(progress=False)
