"""Commands are found by the names of their files."""

import os
import re
import subprocess
import sys

import numpy as np
import pytest

import gradsplit
from gradsplit import commands
from gradsplit.cli import MISTAKE, command_names, main
from gradsplit.command_line.overview import HEADINGS
from relations import GradientMask

NEW = '''
from dataclasses import dataclass
from typing import ClassVar

@dataclass(kw_only=True)
class Greet:
    """Say hello."""

    POSITION: ClassVar[int] = 215
    name: str

    def run(self) -> int:
        print(f"hello {self.name}")
        return 7
'''


def test_the_file_is_all_that_a_new_command_needs(tmp_path, monkeypatch, capsys):
    (tmp_path / "greet.py").write_text(NEW)
    monkeypatch.setattr(commands, "__path__", [*commands.__path__, str(tmp_path)])
    assert main(["greet", "--name", "you"]) == 7
    assert capsys.readouterr().out == "hello you\n"
    assert main(["--help"]) == 0
    listed = capsys.readouterr().out
    assert "  greet      Say hello.\n" in listed
    assert re.findall(r"^  (plan|greet|probe) ", listed, re.MULTILINE) == ["plan", "greet", "probe"]


@pytest.mark.parametrize("width", [80, 120])
def test_help_lists_all_commands_under_what_they_are_for(capsys, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= width
    listed = re.findall(r"^  ([a-z]+)  ", shown, re.MULTILINE)
    assert sorted(listed) == sorted(command_names())
    assert [heading for heading in HEADINGS.values() if f"\n\n{heading}\n" in shown] == [
        *HEADINGS.values()
    ]
    flow = ["recommend", "plan", "probe", "relations", "report", "mask", "train", "demo"]
    assert [name for name in listed if name in flow] == flow


def test_without_a_command_all_are_listed_and_that_is_a_mistake(capsys):
    assert main([]) == MISTAKE
    assert "  recommend  Find the best way" in capsys.readouterr().err


def test_a_mistyped_command_is_told_of_the_nearest(capsys):
    assert main(["prob", "planted"]) == MISTAKE
    said = "There is no command `prob`. Did you mean `probe`? `gradsplit --help` lists all.\n"
    assert capsys.readouterr().err == f"gradsplit: {said}"


def test_shells_can_complete_commands_and_options(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--tyro-print-completion", "bash"])
    assert not ended.value.code
    assert "--judge-seeds" in capsys.readouterr().out


def test_the_version_is_the_distributions(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"gradsplit {gradsplit.__version__}\n"
    assert re.match(r"\d+\.\d+", gradsplit.__version__)


def test_options_that_commands_share_are_no_command():
    assert main(["options"]) == MISTAKE


@pytest.mark.parametrize(
    "words", [["--help"], ["diagnose", "--help"], ["compare", "--methods", "list"]]
)
def test_a_reader_that_goes_away_is_no_fault(words):
    read, write = os.pipe()
    os.close(read)
    program = [sys.executable, "-m", "gradsplit.cli", *words]
    ended = subprocess.run(program, stdout=write, stderr=subprocess.PIPE, text=True)
    os.close(write)
    assert (ended.returncode, ended.stderr) == (141, "")


def test_it_is_a_module_too():
    ran = subprocess.run(
        [sys.executable, "-m", "gradsplit", "--version"], capture_output=True, text=True, check=True
    )
    assert ran.stdout == f"gradsplit {gradsplit.__version__}\n"


@pytest.mark.parametrize("word", ["\x1b[2Jtable.csv", "\u202etable.csv", "\udcff.csv"])
def test_a_word_that_commands_the_terminal_is_refused(word, capsys):
    assert main(["relations", word]) == MISTAKE
    shown = capsys.readouterr().err
    assert "control or direction characters" in shown
    assert shown.strip().isprintable()


def test_what_a_file_holds_does_not_command_the_terminal(tmp_path, capsys):
    mask = GradientMask(
        ["pose", "reid"], np.eye(2, dtype=bool), provenance={"modules": ["\x1b[2Jlayer4"]}
    )
    mask.save(tmp_path / "mask.json")
    assert main(["check", str(tmp_path / "mask.json")]) == 0
    assert "\\x1b[2Jlayer4" in capsys.readouterr().out


def as_process(monkeypatch, rank: int) -> None:
    """One of two processes of torchrun."""
    place = {"WORLD_SIZE": 2, "RANK": rank, "LOCAL_RANK": rank, "LOCAL_WORLD_SIZE": 2}
    for name, value in {"TORCHELASTIC_RUN_ID": "none", **place}.items():
        monkeypatch.setenv(name, str(value))
    monkeypatch.setattr("gradsplit.cli.SAYING_SECONDS", 0.0)


def test_the_leader_refuses_commands_that_several_processes_do_not_do(monkeypatch, capsys):
    as_process(monkeypatch, rank=0)
    assert main(["probe", "planted", "--out", "runs"]) == MISTAKE
    assert "2 processes of `gradsplit probe`, and only `train`" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["probe", "planted", "--out", "runs"], ["train", "--no"], ["x"]])
def test_the_others_are_silent_about_it(words, monkeypatch, capsys):
    as_process(monkeypatch, rank=1)
    assert main(words) == MISTAKE
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "")


def test_help_is_printed_once(monkeypatch, capsys):
    for rank in (0, 1):
        as_process(monkeypatch, rank)
        with pytest.raises(SystemExit) as ended:
            main(["train", "--help"])
        assert not ended.value.code
        assert ("torchrun" in capsys.readouterr().out) == (rank == 0)
