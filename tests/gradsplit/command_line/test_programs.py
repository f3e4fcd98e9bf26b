"""A program is refused where it cannot be used, with what takes it."""

import pytest

from gradsplit.cli import command_names, main

PROGRAM = "python train.py --tasks {tasks} --seed {seed} --scores {out}"


@pytest.mark.parametrize("name", sorted({*command_names()} - {"plan", "probe", "recommend"}))
def test_a_command_that_takes_no_program_names_those_that_do(name, capsys):
    assert main([name, "--command", PROGRAM, "--tasks", "a,b"]) == 2
    assert "`gradsplit plan`, `probe` and `recommend`" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["plan", "probe", "recommend"])
def test_the_others_take_it(name, capsys):
    main([name, "--command=python train.py", "--tasks", "a,b", "--out", "runs"])
    assert "takes no" not in capsys.readouterr().err
