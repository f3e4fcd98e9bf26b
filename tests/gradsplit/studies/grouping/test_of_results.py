"""Results given to the function that trains: it names what groups them."""

import re

import pytest

from gradsplit import group
from gradsplit.errors import GradSplitError


@pytest.mark.parametrize("kind", [str, lambda path: path], ids=["text", "path"])
def test_a_table_is_told_of_the_functions_that_read_it(tmp_path, capsys, kind):
    table = tmp_path / "runs.csv"
    table.write_text("source,target,change\na,b,5%\nb,a,-2%\n")
    with pytest.raises(GradSplitError, match="a table of results, not a task set") as refused:
        group(kind(table), networks=2)
    (line,) = re.findall("`(from .*?)`,", str(refused.value))
    exec(line, {})  # the line that is named runs
    assert "2 networks, cost 2 of 2" in capsys.readouterr().out


def test_a_budget_is_kept(tmp_path):
    (tmp_path / "probe.db").write_text("")
    with pytest.raises(GradSplitError, match=r"load_groups\('.*'\), budget=1.5\)"):
        group(str(tmp_path), budget=1.5)
