"""Options that are given more than once."""

from dataclasses import dataclass

import pytest

from gradsplit.cli import main
from gradsplit.command_line.repeated_options import gathered
from gradsplit.commands.compare import Compare
from gradsplit.errors import GradSplitError


@dataclass
class Command:
    source: str
    lower: tuple[str, ...] = ()
    threshold: float = -0.01
    name: str | None = None
    quiet: bool = False


def test_words_that_repeat_nothing_stay():
    words = ["runs.csv", "--lower", "a", "b", "--threshold", "-0.05", "--quiet"]
    assert gathered(words, Command) == words


def test_lists_are_joined_wherever_they_stand():
    words = ["runs.csv", "--lower", "a", "--threshold=-0.05", "--lower", "b", "c"]
    assert gathered(words, Command) == [
        *("runs.csv", "--lower", "a", "b", "c", "--threshold=-0.05"),
    ]


def test_single_values_are_refused_all_at_once():
    words = ["x", "--threshold", "-0.1", "--threshold", "-0.2", "--name", "a", "--name=b"]
    with pytest.raises(GradSplitError) as refused:
        gathered(words, Command)
    assert "`--threshold` is given 2 times, as -0.1, -0.2" in str(refused.value)
    assert "`--name` is given 2 times, as a, b" in str(refused.value)


def test_a_value_that_looks_like_an_option_stays_with_its_name():
    assert gathered(["x", "--name=--odd"], Command) == ["x", "--name=--odd"]


def test_a_flag_may_be_repeated():
    assert gathered(["x", "--quiet", "--quiet"], Command) == ["x", "--quiet"]


def test_unknown_options_are_the_parsers_to_refuse():
    assert gathered(["x", "--nonsense", "1", "--nonsense", "2"], Command)[:2] == ["x", "--nonsense"]


def test_options_that_are_appended_stay_apart():
    words = ["planted", "--settings", "a=1", "--settings", "b=2"]
    assert gathered(words, Compare) == words


def test_the_command_joins_them(tmp_path, capsys):
    runs = tmp_path / "runs.csv"
    rows = ["tasks,seed,task,score"]
    for seed in (0, 1, 2):
        rows += [f"depth,{seed},depth,1.{seed}", f"normals,{seed},normals,2.{seed}"]
        rows += [f"depth+normals,{seed},{task},3.{seed}" for task in ("depth", "normals")]
    runs.write_text("\n".join(rows))
    assert main(["relations", str(runs), "--lower", "depth", "--lower", "normals"]) == 0
    printed = capsys.readouterr().out
    assert "depth -> normals" in printed and "normals -> depth" in printed  # both are harmful
    assert main(["relations", str(runs), "--threshold", "-0.1", "--threshold", "-0.2"]) == 2
    assert "is given 2 times" in capsys.readouterr().err
