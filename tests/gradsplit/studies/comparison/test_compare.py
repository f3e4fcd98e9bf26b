"""`gradsplit.compare` from Python: what the command does, without the command."""

from pathlib import Path
from typing import Any

import pytest

from gradsplit import Compared, LastStage, compare
from gradsplit.cli import main
from gradsplit.errors import GradSplitError
from gradsplit.training.methods.masked.dropgrad import DropGrad
from gradsplit.training.methods.multi_head import MultiHead
from relations import GradientMask, RelationGraph
from relations.errors import RelationsError
from relations.plan import Plan
from relations.sources import load_changes
from tests.gradsplit.toy_tasks import Toy
from tests.pictures import inches
from tests.places import TOY_TASKS

pytestmark = pytest.mark.long

WORDS = ["multi-head", "tuned-weights", "gradsplit", "dropgrad:rate=0.9"]
FEW: dict[str, Any] = {
    "seeds": 2, "probe_seeds": 3, "tune_seeds": 1, "costs": False, "progress": False,
}  # fmt: skip
TASKS = ("sum", "error", "class.sign")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("compared")


@pytest.fixture(scope="module")
def compared(folder: Path) -> Compared:
    return compare(Toy(), WORDS, folder, **FEW)


def test_the_command_prints_and_writes_the_same(
    compared: Compared, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    few = ["--seeds", "2", "--probe-seeds", "3", "--tune-seeds", "1", "--no-costs", "--quiet"]
    words = ["compare", f"{TOY_TASKS}:toy", "--out", str(tmp_path), *few, "--methods", *WORDS]
    assert main(words) == 0
    printed, written, _ = capsys.readouterr().out.partition("\n\nwritten: ")
    assert written
    assert printed.strip() == str(compared)
    for kind in ("txt", "csv", "md", "tex"):
        name = f"comparison.{kind}"
        assert (folder / name).read_text() == (tmp_path / name).read_text()
    assert (folder / "scores.csv").read_text() == (tmp_path / "scores.csv").read_text()


def test_what_it_holds(compared: Compared, folder: Path) -> None:
    assert compared.comparison.methods == ("single", *WORDS)
    assert {seed for runs in compared.comparison.scores.values() for seed in runs} == {3, 4}
    graph = RelationGraph.from_changes(load_changes(folder))
    wanted = GradientMask.from_graph(graph).may_update.tolist()
    assert compared.masks["gradsplit"].may_update.tolist() == wanted
    assert list(compared.masks) == ["gradsplit"]
    assert GradientMask.load(folder / "mask.json").may_update.tolist() == wanted
    assert compared.graph is not None
    assert compared.graph.verdicts() == graph.verdicts()
    assert set(compared.weights) == {"tuned-weights"}
    assert str(compared.tables) in str(compared)
    assert compared.shorter is None


def test_what_was_trained_and_what_the_ledger_held(compared: Compared, folder: Path) -> None:
    assert not compared.held
    pairs = [run.seed for run in compared.trained if len(run.tasks) == 2]
    assert sorted(pairs) == sorted([0, 1, 2] * 3)
    searched = {run.seed for run in compared.trained if run.variant.startswith("weights:")}
    assert searched == {0}
    again = compare(Toy(), WORDS, folder, **FEW)
    assert again.held == compared.trained
    assert not again.trained
    assert str(again) == str(compared)


def test_saved_elsewhere_it_is_the_same(compared: Compared, folder: Path, tmp_path: Path) -> None:
    compared.save(tmp_path / "copy")
    for name in ("comparison.csv", "scores.csv"):
        assert (tmp_path / "copy" / name).read_text() == (folder / name).read_text()


def test_saved_for_a_column_of_a_paper(compared: Compared, tmp_path: Path) -> None:
    compared.save(tmp_path, width=3.3, font_size=7)
    assert {inches(file) for file in tmp_path.glob("*.png")} == {3.3}


def test_pairs_are_tested_as_they_are_asked(
    compared: Compared, folder: Path, tmp_path: Path
) -> None:
    # The questions that matter, when nobody asks others.
    assert compared.questions == (
        *((name, "multi-head") for name in WORDS[1:]),
        ("gradsplit", "tuned-weights"),
    )
    pairs = [("gradsplit", "dropgrad:rate=0.9"), "single"]
    asked = compare(Toy(), WORDS, folder, against=pairs, **FEW)
    assert [(answer.method, answer.against) for answer in asked.answers] == [
        ("gradsplit", "dropgrad:rate=0.9"),
        *((name, "single") for name in WORDS),
    ]
    first = asked.comparison.difference("gradsplit", "dropgrad:rate=0.9")
    assert asked.answers[0].difference == pytest.approx(first)
    assert str(asked.tables) in str(asked)
    compare(Toy(), WORDS, folder, **FEW)  # writes the usual ones again
    with pytest.raises(RelationsError, match="`against` takes methods"):
        compare(Toy(), WORDS, tmp_path / "out", against=["nobody"], **FEW)
    assert not (tmp_path / "out").exists()


def test_what_each_method_was_given_and_took_before(compared: Compared) -> None:
    costs = compared.comparison.costs
    probed = 3 * (3 + 3)  # seeds x (tasks alone + pairs)
    searched = [run for run in compared.trained if run.variant.startswith("weights:")]
    equal = [run for run in compared.trained if run.variant.startswith("multi-head #")]
    tried = len(searched) + len([run for run in equal if run.seed == 0])
    assert costs["single"] == costs["multi-head"] == {"tried": 1, "runs before": 0}
    assert costs["dropgrad:rate=0.9"] == {"tried": 1, "runs before": 0}
    assert costs["gradsplit"] == {"tried": 1, "runs before": probed}
    took = tried + 1 + 3  # the run that loudness is measured in, and tasks alone
    assert costs["tuned-weights"] == {"tried": tried, "runs before": took}
    header = compared.table.header
    assert header[-2:] == ["tried", "runs before"]
    assert compared.table.rows[2][-2:] == [str(tried), str(took)]


def test_what_was_chosen_before_is_not_known(tmp_path: Path) -> None:
    mask = GradientMask.identity(TASKS)
    words = ["multi-head", "gradsplit", "weights:sum=2", "gradnorm:weights=sum:2"]
    compared = compare(Toy(), words, tmp_path, mask=mask, **FEW)
    given = [compared.comparison.costs[name] for name in words]
    assert given == [{"tried": 1, "runs before": 0}, {}, {}, {}]
    assert any("chosen before" in note for note in compared.table.notes)
    assert not any("resh data" in note for note in compared.table.notes)


def test_whether_fresh_seeds_are_fresh_data(compared: Compared, tmp_path: Path) -> None:
    class Drawn(Toy):
        def for_seed(self, seed: int) -> Toy:
            return self

    (line,) = [note for note in compared.table.notes if "resh data" in note]
    assert line.startswith("Not fresh data: the mask or weights of tuned-weights, gradsplit were")
    fresh = compare(Drawn(), ["multi-head", "gradsplit"], tmp_path, **FEW)
    (line,) = [note for note in fresh.table.notes if "resh data" in note]
    assert line.startswith("Fresh data: every seed draws its own, so gradsplit are judged")


def test_own_methods_under_own_names(tmp_path: Path) -> None:
    methods = {"plain": "multi-head", "the same": MultiHead(), "drop": DropGrad(0.9)}
    compared = compare(Toy(), methods, tmp_path, baseline="plain", **FEW)
    scores = compared.comparison.scores
    assert list(scores) == ["single", *methods]
    assert scores["plain"] == scores["the same"] != scores["drop"]
    assert compared.methods["drop"] == DropGrad(0.9)
    assert compared.graph is None


def test_methods_without_names_have_their_own(tmp_path: Path) -> None:
    compared = compare(Toy(), [MultiHead(), DropGrad(0.9)], tmp_path, **FEW)
    assert compared.comparison.methods == ("single", "multi-head", "dropgrad")


def test_what_is_found_is_told_as_soon_as_it_is(tmp_path: Path) -> None:
    told: list[object] = []
    words = ["multi-head", "gradsplit", "tuned-weights"]
    compared = compare(Toy(), words, tmp_path, steps=(3, 6), tell=told.append, **FEW)
    plan, graph, weights, tables, moved = told
    assert isinstance(plan, Plan)
    assert len(plan.missing) == 18
    assert graph is compared.graph
    assert str(weights).startswith("tuned-weights: ")
    assert tables == compared.tables
    assert str(moved).startswith("from 3 to 6 steps the scores moved by")
    assert compared.shorter is not None
    assert compared.shorter.methods == compared.comparison.methods
    assert compared.shorter.scores != compared.comparison.scores


def test_a_mask_of_ones_own_is_not_measured(tmp_path: Path) -> None:
    mask = GradientMask.identity(TASKS)
    compared = compare(Toy(), ["multi-head", "gradsplit"], tmp_path / "out", mask=mask, **FEW)
    assert compared.masks["gradsplit"] is mask
    assert compared.graph is None
    mask.save(tmp_path / "mask.json")
    words = ["multi-head", "gradsplit"]
    again = compare(Toy(), words, tmp_path / "out", mask=tmp_path / "mask.json", **FEW)
    assert not again.trained


@pytest.mark.parametrize(
    ("methods", "options", "message"),
    [
        (["multi-head", "gradsplit:modules=layer9"], {}, "layer9"),
        (["multi-head", "last-stage:modules=layer9"], {}, "layer9"),
        (["multi-head", "gradsplit:threshold=5"], {}, "threshold"),
        (["multi-head", "gradsplit:relation=nothing.csv"], {}, "nothing.csv"),
        (["multi-head", "gradsplit:mask=nothing.json"], {}, "nothing.json"),
        (["multi-head", "gradsplit:shares=nobody:0.5"], {}, "nobody"),
        (["multi-head", "weights:nobody=2"], {}, "nobody"),
        (["multi-head", "gradsplit"], {"threshold": 0.5}, "threshold"),
        (["multi-head", "gradsplit"], {"undecided": "maybe"}, "undecided"),
        (["multi-head", "gradsplit"], {"mask": "nothing.json"}, "nothing.json"),
        (["multi-head", "gradsplit"], {"mask": GradientMask.full(("a", "b"))}, "`sum`"),
        (["multi-head", "gradsplit:threshold=-0.1"], {"mask": GradientMask.full(TASKS)}, "one thr"),
        (["multi-head", "multi-head"], {}, "more than once"),
        (["multi-head", MultiHead()], {}, "a name of its own"),
        ({"single": "multi-head"}, {"baseline": "single"}, "a name of its own"),
        ("multi-head", {}, "a list of methods"),
        (3, {}, "a list of methods"),
        (["multi-head"], {"workers": "a"}, "`workers` must be a whole number"),
        (["multi-head"], {"threshold": "a"}, "`threshold` must be in"),
        (["multi-head", "best"], {}, "best"),
        (["gradsplit"], {}, "baseline `multi-head` is not among"),
        (["multi-head"], {"seeds": 0}, "at least 1"),
        (["multi-head"], {"seeds": "2"}, "`seeds` must be a number of seeds"),
        (["multi-head", "gradsplit"], {"seeds": [2, 3]}, r"no seed in common.*\[2\]"),
        (["multi-head"], {"threshold": 0.01}, "threshold"),
        (["multi-head", LastStage], {}, r"give LastStage\(\)"),
        (["multi-head"], {"steps": "20"}, "a number or two"),
        (["multi-head"], {"steps": 2.5}, "a number or two"),
        (["multi-head", "tuned-weights"], {"tune_seeds": 4}, "--tune-seeds must be between"),
        (["multi-head", "last-stage:modules=first"], {}, "^`last-stage:modules=first`: The trunk"),
        (["multi-head", "hydalearn:main=first"], {}, "^`hydalearn:main=first`: `first` must be"),
        (["multi-head"], {"steps": (1, 2, 3)}, "a number or two"),
        (["multi-head"], {"steps": 0}, "a number or two"),
        (["multi-head"], {"executor": "ensemble"}, "not ensemble"),
        (["multi-head"], {"executor": "nowhere"}, "nowhere"),
        (["multi-head"], {"executor": "processes", "workers": 0}, "workers"),
    ],
)
def test_mistakes_are_refused_before_anything_is_trained(
    tmp_path: Path, methods: Any, options: dict[str, Any], message: str
) -> None:
    with pytest.raises((GradSplitError, RelationsError), match=message):
        compare(Toy(), methods, tmp_path / "out", **FEW | options)
    assert not (tmp_path / "out").exists()


def test_a_spread_needs_two_seeds_which_is_said_before_training(tmp_path: Path) -> None:
    one_seed = FEW | {"seeds": 1, "standardised": {"sum": -1.0}}
    with pytest.raises(GradSplitError, match=r"standardised change \(sum\).*two --seeds"):
        compare(Toy(), ["multi-head"], tmp_path / "out", **one_seed)
    assert not (tmp_path / "out").exists()


def test_an_unknown_task_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GradSplitError, match="nobody"):
        compare("nobody", ["multi-head"], tmp_path / "out", **FEW)


def test_nothing_is_chosen_on_test_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradsplit.training.taskset.TaskSet.judged_on_test", True)
    with pytest.raises(GradSplitError, match="gradsplit, tuned-weights would be chosen"):
        compare(Toy(), ["multi-head", "gradsplit", "tuned-weights"], tmp_path / "out", **FEW)
    full, table = GradientMask.full(TASKS), tmp_path / "relation.csv"
    table.write_text("task,sum,error,class.sign\nsum,,-1,0\nerror,0,,0\nclass.sign,0,0,\n")
    words = ["multi-head", f"gradsplit:relation={table}"]
    compare(Toy(), words, tmp_path / "out", **FEW)
    compare(Toy(), ["multi-head", "gradsplit"], tmp_path / "out", mask=full, **FEW)


def test_chosen_seeds(tmp_path: Path) -> None:
    listed = compare(Toy(), ["multi-head"], tmp_path, **FEW | {"seeds": [0, 7]})
    assert {run.seed for run in listed.trained} == {0, 7}
