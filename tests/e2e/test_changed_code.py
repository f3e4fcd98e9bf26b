"""Task sets, methods and collected scores whose code has changed since their runs were trained."""

import shlex
import sys

import pytest

from gradsplit.cli import main
from relations import LedgerError
from tests.places import EXAMPLES

pytestmark = pytest.mark.long

HEADS = "from torch import nn\n\n\ndef head(outputs):\n    return nn.Linear(24, outputs)\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The documentation's own task set, with a constant, a metric and a neighbour of its own."""
    text = (EXAMPLES / "own_tasks.py").read_text()
    for old, new in [
        (
            "Samples = ",
            "from heads import head as make_head\n\nNOISE = 0.15\n\n\n"
            "def metric(output, target):\n"
            "    return (output.argmax(dim=1) == target).float().mean().item()\n\n\nSamples = ",
        ),
        ("return nn.Linear(24, {", "return make_head({"),
        ("        return (output.argmax(dim=1)", "        return metric(output, target)  # ("),
        ("0.15 *", "NOISE *"),
        ("Samples = ", "def brighter(pictures):\n    return 1.0 * pictures\n\n\nSamples = "),
        (
            "    samples: int",
            "    change: object = brighter  # an option that is a function\n    samples: int",
        ),
    ]:
        assert old in text
        text = text.replace(old, new, 1)
    (tmp_path / "mine.py").write_text(text)
    (tmp_path / "heads.py").write_text(HEADS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])  # task sets add their folders
    yield tmp_path
    forget()


def forget():
    """As a new process would begin."""
    for name in [name for name in sys.modules if name.startswith("gradsplit_file_mine")]:
        del sys.modules[name]
    sys.modules.pop("heads", None)


def call(*words):
    forget()
    return main([*words])


def probe(*words):
    few = ["--steps", "2", "--set", "samples=32", "--seeds", "2"]
    return call("probe", "mine.py:Shapes", *few, "--out", "runs", "--quiet", *words)


@pytest.mark.parametrize(
    ("file", "old", "new", "named"),
    [
        ("mine.py", "NOISE = 0.15", "NOISE = 0.16", "the value NOISE of mine.py changed since the"),
        ("mine.py", "1.0 * pict", "2.0 * pict", "the function brighter of mine.py changed since"),
        ("mine.py", "mean().item()", "mean().item() + 0.1", "the function metric of mine.py"),
        ("mine.py", "nn.GroupNorm(3, 12)", "nn.GroupNorm(4, 12)", "the class Shapes of mine.py"),
        ("heads.py", "nn.Linear(24, outputs)", "nn.Linear(24, outputs, False)", "head of heads.py"),
    ],
)
def test_an_edited_task_set_is_refused_or_accepted(folder, capsys, file, old, new, named):
    assert probe() == 0
    assert "from the ledger" not in capsys.readouterr().out
    text = (folder / file).read_text()
    (folder / file).write_text(f"# words\n{text}")
    assert probe() == 0
    assert "from the ledger: 12 runs, trained 20" in capsys.readouterr().out
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1))
    assert probe() == 2
    told = capsys.readouterr().err
    assert named in told and "--accept-changed-code" in told and "--out" in told
    assert probe("--accept-changed-code") == 0
    assert probe() == 0
    assert capsys.readouterr().out.count("accepted all the same: the ") == 2
    assert main(["status", "runs"]) == 0
    assert "accepted: the " in capsys.readouterr().out


def test_settings_and_files_that_are_declared_are_compared(folder, capsys):
    (folder / "data.csv").write_text("1")
    declared = ["--settings", "rate=0.1", "--settings", "split=a", "--depends", "data.csv"]
    assert probe(*declared) == 0
    assert probe(*declared) == 0
    assert probe("--settings", "rate=0.2", "--settings", "split=a") == 2
    assert "rate: 0.1 in the ledger, 0.2 now" in capsys.readouterr().err
    (folder / "data.csv").write_text("2")
    assert probe(*declared) == 2
    assert "the file data.csv changed since the 12 runs of 20" in capsys.readouterr().err


@pytest.mark.slow
def test_studies_say_what_they_took_and_refuse_other_code(folder, capsys):
    few = ["--steps", "2", "--set", "samples=32", "--seeds", "2", "--out", "runs", "--quiet"]
    compare = ["compare", "mine.py:Shapes", *few, "--methods", "multi-head", "--no-costs"]
    compare += ["--probe-seeds", "2"]
    diagnose = ["diagnose", "mine.py:Shapes", *few]
    assert call(*compare) == 0
    assert "from the ledger" not in capsys.readouterr().out
    assert call(*compare) == 0
    assert "from the ledger: 8 runs, trained 20" in capsys.readouterr().out
    assert call(*diagnose) == 0
    assert "from the ledger" not in capsys.readouterr().out.partition("->")[0]  # other seeds
    text = (folder / "mine.py").read_text()
    (folder / "mine.py").write_text(text.replace("NOISE = 0.15", "NOISE = 0.2"))
    for words in (compare, diagnose):
        assert call(*words) == 2
        assert "the value NOISE of mine.py changed" in capsys.readouterr().err
        assert call(*words, "--accept-changed-code") == 0
        assert "accepted all the same: the value NOISE" in capsys.readouterr().out


def plan(*words):
    few = ["--set", "samples=32", "--seeds", "1", "--commands", "scores"]
    return call("plan", "mine.py:Shapes", *few, *words)


def test_scores_of_other_settings_or_code_are_not_collected(folder, capsys):
    assert plan("--steps", "2", "--settings", "rate=1") == 0
    lines = capsys.readouterr().out.splitlines()
    for line in lines:
        words = shlex.split(line)
        assert call(*words[words.index("gradsplit.cli") + 1 :]) == 0
    asked = ["--seeds", "1", "--collect", "scores", "--settings", "rate=1"]
    assert probe(*asked, "--steps", "3") == 2
    told = capsys.readouterr().err
    assert "task set.recipe.steps: 2 there, 3 now" in told and "never mixed" in told
    text = (folder / "mine.py").read_text()
    (folder / "mine.py").write_text(text.replace("NOISE = 0.15", "NOISE = 0.2"))
    assert probe(*asked) == 2
    assert "the value NOISE of mine.py changed since the 1 run of 20" in capsys.readouterr().err
    (folder / "mine.py").write_text(f"# words\n{text}")
    assert probe(*asked) == 0
    told = capsys.readouterr().out
    assert "6 runs collected from scores" in told and "do not say" not in told


def test_scores_that_say_nothing_are_taken_with_a_word_or_by_their_folder(folder, capsys):
    (folder / "train.py").write_text("rate = 1\n")
    program = ["--command", "python train.py {tasks} {seed} {out}", "--tasks", "a,b"]
    for name in ("a", "b", "a+b"):
        (folder / f"{name}.seed0.json").write_text('{"a": 0.5, "b": 0.5}')
    probe = ["probe", *program, "--seeds", "1", "--collect", ".", "--out"]
    assert main([*probe, "first"]) == 0
    assert "3 of 3 files do not say what they were made with" in capsys.readouterr().out
    plan = ["plan", *program, "--seeds", "1", "--commands", "."]
    assert main(plan) == 0
    assert main([*probe, "second"]) == 0
    assert "do not say" not in capsys.readouterr().out
    (folder / "train.py").write_text("rate = 2\n")
    assert main([*probe, "third"]) == 2
    assert "the file train.py changed since" in capsys.readouterr().err
    assert main(plan) == 2
    assert "is for runs of other code" in capsys.readouterr().err
    assert main([*probe, "third", "--accept-changed-code"]) == 0
    assert main([*probe[:-3], "--out", "third", "--quiet"]) == 0
    assert "accepted all the same: the file train.py changed" in capsys.readouterr().out


METHOD = """from dataclasses import dataclass
from contextlib import contextmanager
from gradsplit.training.methods.method import Method

FACTOR = 2.0


@dataclass(frozen=True)
class Scaled(Method):
    name = "scaled"

    @contextmanager
    def training(self, run):
        yield lambda losses: (FACTOR * sum(loss for _, loss in losses)).backward()
"""


def test_a_method_of_ones_own_is_watched(folder):
    """On a task set that comes with gradsplit, too; its other runs stay."""
    (folder / "mine_method.py").write_text(METHOD)
    from gradsplit import compare, load_taskset
    from gradsplit.references import find

    def compared(**options):
        forget()
        method = find("mine_method.py:Scaled")()
        taskset = load_taskset("planted", {"steps": 120})
        few = {"seeds": 1, "tune_seeds": 1, "probe_seeds": 1, "costs": False, "progress": False}
        methods = {"multi-head": "multi-head", "mine": method}
        return compare(taskset, methods, "compared", **few, **options)

    compared()
    assert not compared().trained
    text = METHOD.replace("FACTOR = 2.0", "FACTOR = 3.0")
    (folder / "mine_method.py").write_text(text)
    with pytest.raises(LedgerError, match=r"the value FACTOR of mine_method\.py changed since"):
        compared()
    assert not compared(accept_changed_code=True).trained
