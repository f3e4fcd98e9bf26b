"""`compare` of a table of methods' scores names the option that compares it."""

import pytest

from gradsplit.cli import MISTAKE, main

COMPARED = "is a table of methods' scores, not a task set. `gradsplit compare --scores"


@pytest.mark.parametrize("text", ["method,a\nx,1\n", ",a,b\nSingle task,0.8,2\nMTL,0.7,2\n"])
def test_it_is_named_with_its_option(text, tmp_path, capsys):
    (tmp_path / "my table.csv").write_text(text)
    assert main(["compare", str(tmp_path / "my table.csv")]) == MISTAKE
    said = capsys.readouterr().err
    assert f"{COMPARED} '{tmp_path / 'my table.csv'}'` compares them." in said


@pytest.mark.parametrize(
    "text",
    [
        "tasks,seed,task,score\na,0,a,1\n",
        ",a,b\na,,1%\nb,1%,\n",
        "source,target,change\na,b,1%\n",
        "target,beside,seed,value\na,,0,1\nb,,0,1\na,b,0,1\n",
    ],
)
def test_other_tables_are_named_with_the_commands_that_read_them(text, tmp_path, capsys):
    (tmp_path / "table.csv").write_text(text)
    assert main(["compare", str(tmp_path / "table.csv")]) == MISTAKE
    assert "`gradsplit relations`, heatmap, " in capsys.readouterr().err
