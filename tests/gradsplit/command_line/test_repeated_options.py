"""Options that are given more than once."""

from dataclasses import dataclass

from gradsplit.cli import main
from gradsplit.command_line.repeated_options import gathered
from gradsplit.commands.compare import Compare


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


def test_of_single_values_the_last_one_counts_and_that_is_told():
    words = ["x", "--threshold", "-0.1", "--name", "a", "--threshold", "-0.2", "--name=b"]
    told: list[str] = []
    assert gathered(words, Command, told.append) == words  # the parser takes the last one
    assert told == [
        "`--threshold` is given 2 times, as -0.1, -0.2; the last one counts.",
        "`--name` is given 2 times, as a, b; the last one counts.",
    ]


def test_a_value_that_looks_like_an_option_stays_with_its_name():
    assert gathered(["x", "--name=--odd"], Command) == ["x", "--name=--odd"]


def test_a_flag_may_be_repeated():
    told: list[str] = []
    assert gathered(["x", "--quiet", "--quiet"], Command, told.append)[:2] == ["x", "--quiet"]
    assert told == []


def test_unknown_options_are_the_parsers_to_refuse():
    words, told = ["x", "--nonsense", "1", "--nonsense", "2"], list[str]()
    assert gathered(words, Command, told.append) == words
    assert told == []


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
    assert main(["relations", str(runs), "--threshold", "-0.1", "--threshold", "-0.2"]) == 0
    assert (
        "gradsplit: note: `--threshold` is given 2 times, as -0.1, -0.2; the last"
        in capsys.readouterr().err
    )
