"""One wording for the first of many names."""

import re
from pathlib import Path

from relations.tables.first_names import first_names

ROOT = Path(__file__).resolve().parents[3]
OWN_WORDING = re.compile(r"""["'}] and \{[^}]*\} more["']""")


def test_all_are_named_where_they_are_few():
    assert first_names([]) == ""
    assert first_names(["pose", "reid", "depth"]) == "pose, reid, depth"
    assert first_names(("pose",), 1, quoted=True) == "`pose`"


def test_the_others_of_many_are_counted():
    tasks = [f"task{number}" for number in range(100)]
    assert first_names(tasks) == "task0, task1, task2 and 97 more"
    assert first_names(iter(tasks), 1, quoted=True) == "`task0` and 99 more"


def test_nobody_has_a_wording_of_its_own():
    files = [
        path
        for part in ("relations", "gradsplit", "analysis")
        for path in (ROOT / part).rglob("*.py")
    ]
    own = [str(path) for path in files if OWN_WORDING.search(path.read_text(encoding="utf-8"))]
    assert own == [str(ROOT / "relations/tables/first_names.py")]
