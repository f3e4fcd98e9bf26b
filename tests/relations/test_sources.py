import subprocess
import sys

import numpy as np
import pytest

from relations import GradientMask, Ledger, PairwiseProbe, Task, load_relations, write_runs_table
from relations.errors import RelationsError
from relations.ledger.companion import companion
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


def test_the_level_reaches_the_intervals(probed):
    folder, changes = probed
    assert load_changes(folder, level=0.5).lower[0, 1] > changes.lower[0, 1]


def test_the_level_reaches_the_intervals_of_a_runs_table(tmp_path, probed):
    folder, changes = probed
    with Ledger(folder / "probe.db", read_only=True) as ledger:
        write_runs_table(ledger.tasks(), ledger.outcomes(), tmp_path / "runs.csv")
    whole = load_changes(tmp_path / "runs.csv")
    np.testing.assert_array_equal(whole.lower, changes.lower)
    assert load_changes(tmp_path / "runs.csv", level=0.5).lower[0, 1] > changes.lower[0, 1]


def test_what_is_not_there(tmp_path):
    with pytest.raises(RelationsError, match="There is nothing at"):
        load_changes(tmp_path / "none")
    with pytest.raises(RelationsError, match=r"must hold a probe's `probe.db`"):
        load_changes(tmp_path)


def test_options_without_effect_are_refused(tmp_path, probed):
    folder, _ = probed
    (tmp_path / "relation.csv").write_text(",a,b\na,,-1%\nb,0,\n")
    (tmp_path / "runs.csv").write_text("tasks,seed,task,score\na,0,a,1\n")
    for source in (folder, tmp_path / "relation.csv"):
        with pytest.raises(RelationsError, match="--lower would change nothing"):
            load_changes(source, higher_is_better={"pose": False})
    for source in (folder, tmp_path / "runs.csv"):
        with pytest.raises(RelationsError, match="--column, --unit would change nothing"):
            load_changes(source, column="change", unit="fraction")


def test_some_of_the_tasks(probed):
    folder, changes = probed
    part = load_changes(folder, tasks=["pose", "attribute"])
    assert part.tasks == ("pose", "attribute")
    assert part.mean[1, 0] == changes.mean[0, 2] and part.baseline[1] == changes.baseline[0]
    assert load_changes(folder, without=["reid"]).tasks == ("attribute", "pose", "parsing")
    for left_out in (["reid", "pose", "parsing"], list(changes.tasks)):
        with pytest.raises(RelationsError, match=r"two tasks or more.*left (attribute|none)"):
            load_changes(folder, without=left_out)
    with pytest.raises(RelationsError, match="Did you mean `reid`"):
        load_changes(folder, without=["ried"])


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (GradientMask.identity(["a", "b"]).to_json(), "a gradient mask.*gradsplit check"),
        ('<?xml version="1.0"?>\n<graphml xmlns="x"></graphml>', "GraphML.*edges.csv"),
        ("digraph { a -> b }", "Graphviz"),
        ('{"pose": 0.8, "reid": 0.6}', "the scores of one run.*--collect"),
        ("<!DOCTYPE html><html></html>", "a page"),
        ('{"a": [1]}', "holds no relations"),
        ('{"a": {"b": 1', "not complete JSON"),
    ],
)
def test_other_files_are_named_as_what_they_are(tmp_path, text, kind):
    path = tmp_path / "source"
    path.write_text(text)
    with pytest.raises(RelationsError, match=kind) as caught:
        load_relations(path)
    assert len(str(caught.value)) < 500 and "\n" not in str(caught.value)


def test_a_misspelt_source_is_answered_with_its_neighbour(tmp_path):
    (tmp_path / "table.csv").write_text(",a,b\na,,-1%\nb,0,\n")
    with pytest.raises(RelationsError, match=r"Did you mean `.*table.csv`"):
        load_changes(tmp_path / "tabel.csv")


def test_a_source_may_be_read_while_this_process_probes_into_it(tmp_path):
    """Opening the file beside SQLite would lose its locks."""
    path = tmp_path / "probe.db"
    code = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('BEGIN IMMEDIATE')"
    with Ledger(path) as ledger:
        ledger.register([Task("pose"), Task("reid")], {})
        before = companion(path).stat().st_ino
        load_relations(path)
        subprocess.run([sys.executable, "-c", code, str(path)], check=True)
        assert companion(path).stat().st_ino == before
