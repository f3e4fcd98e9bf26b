"""Where other groups have the published total, the table calls it a tie."""

import json

import pytest

from benchmarks.grouping import published
from relations.grouping.exact import solve
from relations.grouping.problem import Problem

TIED = "1 optimal 1.0"


@pytest.fixture
def folder(tmp_path):
    """Five tasks that lose 1 in every network: every grouping is as good as any other."""
    groups = [[number >> at & 1 for at in range(5)] for number in (31, *range(1, 32))]
    lines = ["\t".join("1" if served else "" for served in group) for group in groups]
    for name in published.SETTINGS.values():
        for end in ("", "_test"):
            (tmp_path / f"{name}{end}.txt").write_text("\n".join(lines) + "\n")
    losses = published.read_losses(tmp_path / "results.txt")
    expected = {}
    for budget in published.BUDGETS:
        choice = solve(Problem(published.TASKS, published.candidates(losses), budget))
        assert choice is not None
        for problem in (f"{of} {how} {budget}" for of in range(1, 5) for how in ("optimal", "hoa")):
            expected[problem] = [5.0, 5.0, published.named(choice)]
    expected[TIED] = [5.0, 5.0, ["sdnk", "t"]]
    (tmp_path / "expected_groupings.json").write_text(json.dumps(expected))
    return tmp_path


def test_ties_are_named(folder):
    rows = published.rows(folder)
    assert all(row["same_validation"] for row in rows)
    tied = [row for row in rows if row["tie"]]
    assert [f"{row['setting']} {row['method']} {row['budget']}" for row in tied] == [TIED]
    assert not tied[0]["same_groups"]
