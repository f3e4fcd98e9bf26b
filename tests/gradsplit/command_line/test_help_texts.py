"""What `--help` says of options: whole sentences, and no word of the parser's."""

import re
from dataclasses import fields
from importlib import import_module

import pytest

from gradsplit.cli import command_names, main


@pytest.mark.parametrize("name", command_names())
def test_no_default_is_shown_that_is_nothing(name, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        main([name, "--help"])
    shown = " ".join(capsys.readouterr().out.replace("│", " ").split())
    for nothing in ("default: None", "default: )", "default: '')", "default: False", "{None"):
        assert nothing not in shown


def test_a_text_is_broken_where_the_line_is_full_and_nowhere_else(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        main(["compare", "--help"])
    lines = [line.strip("│ ") for line in capsys.readouterr().out.splitlines()]
    assert "and below which it is harm, such as r2=-0.02; for metrics" in lines


@pytest.mark.parametrize("name", command_names())
def test_no_line_is_wider_than_the_terminal(name, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        main([name, "--help"])
    _, *lines = capsys.readouterr().out.splitlines()  # the first is the parser's usage
    assert [line for line in lines if len(line) > 80] == []


@pytest.mark.parametrize("name", command_names())
def test_a_commands_own_options_come_before_those_it_shares(name, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    kind = getattr(import_module(f"gradsplit.commands.{name}"), name.capitalize())
    with pytest.raises(SystemExit):
        main([name, "--help"])
    listed = re.findall(r"^│ (--[a-z-]+)", capsys.readouterr().out, re.MULTILINE)
    shared = {field for base in kind.__mro__[1:] for field in getattr(base, "__annotations__", ())}
    is_own = [option[2:].replace("-", "_") not in shared for option in listed]
    assert is_own == sorted(is_own, reverse=True)


@pytest.mark.parametrize("name", command_names())
def test_usage_shows_what_stands_in_place_of_a_task_set(name, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    kind = getattr(import_module(f"gradsplit.commands.{name}"), name.capitalize())
    takes_program = "command" in {each.name for each in fields(kind)}
    with pytest.raises(SystemExit):
        main([name, "--help"])
    usage = capsys.readouterr().out.splitlines()[0]
    assert usage.endswith("TASKSET | --command PROGRAM --tasks NAMES") == takes_program
    assert usage.endswith("TASKSET | --scores TABLE") == (name == "compare")
