"""Seeds with words before their number, and tables that need none."""

import pytest

from relations import load_changes, read_runs_table
from relations.errors import RelationsError, TableNote

LONG = "tasks,seed,task,score\na,0,a,1\nb,0,b,1\na+b,0,a,0.9\na+b,0,b,0.8\n"
WIDE = "tasks,a,b\na,1,\nb,,1\na+b,0.9,0.8\n"


@pytest.mark.parametrize("seed", ["seed0", "seed_0", "Seed 0", "seed-0", "seed=0", "s0", "S0"])
def test_a_seed_with_a_word_before_it(tmp_path, seed):
    (tmp_path / "runs.csv").write_text(LONG.replace(",0,", f",{seed},"))
    assert {run.run.seed for run in read_runs_table(tmp_path / "runs.csv").outcomes} == {0}


@pytest.mark.parametrize(
    "text",
    [
        WIDE,
        LONG.replace(",seed", "").replace(",0,", ","),
        WIDE.replace("tasks,a,b", "tasks,a ↑,b ↑"),
        WIDE.replace("a+b", "\"['a', 'b']\""),
    ],
)
def test_runs_that_are_there_once_each_are_of_one_seed_which_is_told(tmp_path, text):
    (tmp_path / "runs.csv").write_text(text, encoding="utf-8")
    with pytest.warns(TableNote, match=r"no column `seed`, and every run .* one seed, 0\."):
        changes = load_changes(tmp_path / "runs.csv")
    assert changes.mean[1, 0] == pytest.approx(-0.1)
    assert changes.mean[0, 1] == pytest.approx(-0.2)
    assert changes.n.max() == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (WIDE + "a,1.1,\n", "call the column that holds the seed `seed`"),
        (WIDE.replace("tasks,a,b", "tasks,a,c"), "call the column"),
        ("tasks,trial,a,b\na,0,1,\nb,0,,1\na+b,0,1,1\n", "the column `trial` to `seed`"),
    ],
)
def test_runs_that_need_a_seed_are_refused(tmp_path, text, said):
    (tmp_path / "runs.csv").write_text(text)
    with pytest.raises(RelationsError, match=said):
        load_changes(tmp_path / "runs.csv")


def test_a_matrix_of_changes_may_have_the_word_tasks_in_its_corner(tmp_path):
    (tmp_path / "table.csv").write_text("tasks,a,b\na,,-0.1\nb,-0.2,\n")
    assert load_changes(tmp_path / "table.csv").mean[1, 0] == -0.2
