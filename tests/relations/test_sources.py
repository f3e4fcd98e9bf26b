import numpy as np
import pytest

from relations import Ledger, PairwiseProbe, write_runs_table
from relations.errors import RelationsError
from relations.sources import load_changes


@pytest.fixture
def probed(tmp_path, slides_trainer, four_tasks):
    probe = PairwiseProbe(four_tasks, slides_trainer, range(3), tmp_path / "probe.db")
    return tmp_path, probe.run()


def test_a_probes_folder_and_its_ledger(probed):
    folder, changes = probed
    for source in (folder, folder / "probe.db", str(folder)):
        assert (load_changes(source).lower[0, 1], load_changes(source).tasks) == (
            changes.lower[0, 1],
            changes.tasks,
        )


def test_tables_are_told_apart_by_their_header(tmp_path):
    (tmp_path / "relation.csv").write_text(",a,b\na,,-1%\nb,0,\n")
    (tmp_path / "runs.csv").write_text(
        "tasks,seed,task,score\na,0,a,1\nb,0,b,1\na+b,0,a,1\na+b,0,b,0.9\n"
    )
    assert load_changes(tmp_path / "relation.csv").mean[0, 1] == -0.01
    assert load_changes(tmp_path / "runs.csv").mean[0, 1] == pytest.approx(-0.1)
    turned = load_changes(tmp_path / "runs.csv", higher_is_better={"b": False})
    assert turned.mean[0, 1] == pytest.approx(0.1)


def test_level_and_shrinkage_reach_the_intervals(probed):
    folder, changes = probed
    narrow, plain = load_changes(folder, level=0.5), load_changes(folder, shrink=False)
    assert narrow.lower[0, 1] > changes.lower[0, 1]
    assert plain.lower[0, 1] != changes.lower[0, 1]


def test_level_and_shrinkage_reach_the_intervals_of_a_runs_table(tmp_path, probed):
    folder, changes = probed
    with Ledger(folder / "probe.db", read_only=True) as ledger:
        write_runs_table(ledger.tasks(), ledger.outcomes(), tmp_path / "runs.csv")
    whole = load_changes(tmp_path / "runs.csv")
    np.testing.assert_array_equal(whole.lower, changes.lower)
    assert load_changes(tmp_path / "runs.csv", level=0.5).lower[0, 1] > changes.lower[0, 1]
    assert load_changes(tmp_path / "runs.csv", shrink=False).lower[0, 1] != changes.lower[0, 1]


def test_what_is_not_there(tmp_path):
    with pytest.raises(RelationsError, match="There is nothing at"):
        load_changes(tmp_path / "none")
    with pytest.raises(RelationsError, match=r"must hold a probe's `probe.db`"):
        load_changes(tmp_path)
