"""Own task sets let look into their files by a small hook."""

import csv
import io

import pytest

from gradsplit import DataCheck, Finding, check_data
from gradsplit.cli import main
from gradsplit.errors import GradSplitError, TaskSetError
from tests.gradsplit.toy_tasks import Toy

CODE = """
from gradsplit import DataCheck, Finding
from tests.gradsplit.toy_tasks import Toy

class Files(Toy):
    def data_check(self):
        return DataCheck(range(10), self.look)

    def look(self, number):
        return [Finding("sum", "train", f"=f{number}", "is odd", False)] * (number % 2)

tasks = Files()
"""


class Files(Toy):
    """Fifty files, every second of which has a fault; every tenth has two."""

    def data_check(self):
        def look(number):
            odd = Finding("sum", "train", f"{number}.png", "is odd", usable=True)
            bad = Finding("error", "test", f"{number}.png", "is \x1b[31mbad", usable=False)
            return [odd] * (number % 2) + [bad] * (number % 10 == 5)

        return DataCheck(range(50), look)


@pytest.mark.parametrize("workers", [1, 3])
def test_everything_is_found_in_the_order_of_the_data(workers):
    found = check_data(Files(), workers=workers)
    assert found.looked == 50 and len(found.findings) == 25 + 5
    numbers = [int(one.file.removesuffix(".png")) for one in found.findings]
    assert numbers == sorted(numbers)


def test_the_first_are_shown_and_the_others_counted():
    lines = str(check_data(Files())).splitlines()
    assert lines[0] == "50 looked into: 25 with faults, 5 of them unusable"
    assert lines[1] == "  sum train: 1.png is odd"
    assert len(lines) == 1 + 20 + 1 and lines[-1] == "  and 10 more: 8 of sum, 2 of error"
    assert "\x1b" not in str(check_data(Files()))


def test_the_table_holds_all_of_it(tmp_path):
    found = check_data(Files())
    found.save(tmp_path / "new" / "found.csv")
    rows = list(csv.reader(io.StringIO((tmp_path / "new" / "found.csv").read_text())))
    assert rows[0] == ["task", "part", "file", "problem", "usable"]
    assert len(rows) == 31 and rows[1] == ["sum", "train", "1.png", "is odd", "true"]


def test_a_task_set_without_files_is_refused():
    with pytest.raises(TaskSetError, match="`toy` has no files to look into"):
        check_data(Toy())
    with pytest.raises(GradSplitError, match="workers"):
        check_data(Files(), workers=0)


def test_on_the_command_line(tmp_path, capsys):
    (tmp_path / "own.py").write_text(CODE)
    words = ["check", f"{tmp_path / 'own.py'}:tasks", "--quiet", "--out", str(tmp_path / "f.csv")]
    assert main(words) == 2
    assert "5 with faults, 5 of them unusable" in capsys.readouterr().out
    # A name is no formula to a spreadsheet.
    assert (tmp_path / "f.csv").read_text().splitlines()[1] == "sum,train,'=f1,is odd,false"
