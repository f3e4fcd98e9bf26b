"""Messages name an argument as whoever reads them gave it: in Python, or as an option."""

import ast
import dataclasses
import re
from pathlib import Path

import pytest

import gradsplit
import relations
from gradsplit.cli import MISTAKE, _option_names, _options, command_names, main
from relations import GradientMask, MaskError, RelationGraph, load_changes

HALF = "tasks,seed,task,score\na,0,a,1\na+b,0,a,1\na+b,0,b,1\n"
# A task set stands without a name; the others are objects that no command makes from words.
IN_PYTHON_ALONE = ["arguments.py: taskset", "changes_of_seeds.py: seeds", "probe.py: seeds"]
IN_PYTHON_ALONE += ["registered.py: settings", "sample_size.py: edges"]
WINGS = [Path(gradsplit.__file__).parent / "studies", Path(relations.__file__).parent]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("recommend planted --runs 3 --out x", "Give `--runs 61` or more, or `--hours`, or fewer"),
        ("recommend planted --runs 3 --hours 1 --out x", "Give either `--runs` or `--hours`."),
        ("recommend planted --judge-seeds 1 --out x", "`--judge-seeds` must be a whole number"),
        ("probe planted --workers 0 --executor processes --out x", "`--workers` must be"),
        ("probe planted --workers 2 --out x", "Use `--executor processes`."),
        ("probe planted --device gpu --out x", "`--device` must be cpu"),
        ("probe planted --seeds none --out x", "`--seeds` must be a number such as 5"),
        ("relations half.csv --threshold 1", "`--threshold` must be in"),
    ],
)
def test_a_command_is_told_of_its_options(words, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("half.csv").write_text("source,a,b\na,,-0.1\nb,0.2,\n")
    assert main(words.split()) == MISTAKE
    assert said in capsys.readouterr().err


@pytest.mark.filterwarnings("default::relations.errors.TableNote")
def test_a_mask_of_unknown_edges_is_refused_in_the_words_of_whoever_asks(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    Path("half.csv").write_text(HALF)
    assert main(["mask", "half.csv", "--out", "mask.json"]) == MISTAKE
    assert "`--unknown allow` or `--unknown block`" in capsys.readouterr().err
    graph = RelationGraph.from_changes(load_changes("half.csv"))
    with pytest.raises(MaskError, match='`unknown="allow"` or `unknown="block"`'):
        GradientMask.from_graph(graph)


def test_what_stands_without_a_name_is_no_option():
    names = _option_names(_options("status")(folder="runs"))
    assert names == {"variant": "variant", "failures": "failures"}


def options() -> set[str]:
    """The names of all options of all commands, as Python has them."""
    kinds = map(_options, command_names())
    return {field.name for kind in kinds for field in dataclasses.fields(kind)}


def quoted(file: Path) -> list[str]:
    """Arguments of functions that a text in them quotes as Python names, and that are options."""
    known, found = options(), []
    for function in ast.walk(ast.parse(file.read_text())):
        if not isinstance(function, ast.FunctionDef):
            continue
        given = {each.arg for each in [*function.args.args, *function.args.kwonlyargs]} & known
        for raised in ast.walk(function):
            if not isinstance(raised, ast.Raise):
                continue
            texts = [each.value for each in ast.walk(raised) if isinstance(each, ast.Constant)]
            for text in filter(lambda value: isinstance(value, str), texts):
                found += [
                    f"{file.name}: {name}" for name in re.findall(r"`(\w+)`", text) if name in given
                ]
    return found


def test_no_raised_text_quotes_an_argument_that_is_an_option_by_hand():
    files = [file for wing in WINGS for file in sorted(wing.rglob("*.py"))]
    assert len(files) > 100
    assert sorted({line for file in files for line in quoted(file)}) == IN_PYTHON_ALONE


def test_one_that_does_is_found(tmp_path):
    file = tmp_path / "by_hand.py"
    file.write_text("def f(seeds):\n    raise ValueError(f'`seeds` must be {seeds}')\n")
    assert quoted(file) == ["by_hand.py: seeds"]
