"""Tables in the habits of other programs."""

import pytest

from relations.errors import TableError
from relations.tables.relation_table import read_relation_table
from relations.tables.runs_table import read_runs_table

RUNS = "tasks,seed,task,score\na,0,a,0.8\nb,0,b,0.5\na+b,0,a,0.79\na+b,0,b,0.5\n"


@pytest.mark.parametrize("name", ["", "Unnamed: 0", "X", "...1", "index"])
def test_row_numbers_are_left_out_whatever_program_named_them(tmp_path, name):
    lines = RUNS.splitlines()
    numbered = [f"{name},{lines[0]}", *(f"{at},{line}" for at, line in enumerate(lines[1:]))]
    path = tmp_path / "runs.csv"
    path.write_text("\n".join(numbered))
    assert [task.name for task in read_runs_table(path).tasks] == ["a", "b"]


def test_notes_above_the_header_are_left_out(tmp_path):
    path = tmp_path / "runs.csv"
    path.write_text(f"# exported by hand\n\n#twice\n{RUNS}a,x,a,1\n")
    with pytest.raises(TableError, match="line 9: the seed must be a whole number"):
        read_runs_table(path)


@pytest.mark.parametrize(
    "text",
    [
        "| source | target | change |\n|---|:---:|---|\n| a | b | -0.02 |\n| b | a | 0.01 |\n",
        "|   | a | b |\n|---|---|---|\n| a |   | -2% |\n| b | 1% |   |\n",
    ],
)
def test_a_table_in_markdown_is_read(tmp_path, text):
    path = tmp_path / "table.md"
    path.write_text(text)
    changes = read_relation_table(path)
    assert (changes.mean[0, 1], changes.mean[1, 0]) == (-0.02, 0.01)
