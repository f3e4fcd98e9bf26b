"""Files as this version writes them, kept for ever: later versions must read them."""

import json
import os
import socket
import sqlite3
from pathlib import Path

import pytest

from relations import ChangeMatrix, GradientMask, Task
from relations.errors import MaskError
from relations.ledger.claims import Claimant
from relations.ledger.ledger import Ledger

HERE = Path(__file__).parent


def test_a_mask_with_all_it_may_hold():
    mask = GradientMask.load(HERE / "mask-v1.json")
    assert mask.tasks == ("pose", "reid", "depth")
    assert mask.may_update.tolist() == [
        [True, False, True],
        [True, True, False],
        [False, True, True],
    ]
    assert (mask.threshold, mask.undecided) == (-0.01, "point")
    assert mask.evidence is not None
    assert mask.evidence["verdict"] == [
        [None, "harmful", "not harmful"],
        ["not harmful", None, "undecided"],
        ["unknown", "not harmful", None],
    ]
    assert mask.provenance["unknown"] == "block"


def test_a_mask_of_tasks_and_booleans_only():
    mask = GradientMask.load(HERE / "mask-v1-plain.json")
    assert mask == GradientMask.identity(["pose", "reid"])
    assert (mask.threshold, mask.undecided, mask.evidence, mask.provenance) == (
        None,
        None,
        None,
        {},
    )


def test_keys_that_are_not_needed_may_be_absent(tmp_path):
    content = json.loads((HERE / "mask-v1-plain.json").read_text())
    short = {key: content[key] for key in ("format", "version", "tasks", "may_update")}
    (tmp_path / "mask.json").write_text(json.dumps(short))
    assert GradientMask.load(tmp_path / "mask.json") == GradientMask.identity(["pose", "reid"])


def test_a_mask_of_changes_in_several_units():
    mask = GradientMask.load(HERE / "mask-v2.json")
    assert mask.changes is not None
    thresholds = [facts["threshold"] for facts in mask.changes.values()]
    assert (thresholds, mask.changes["nll"]["spread"]) == ([-0.01, -0.02, -1.0], 0.25)
    assert mask.not_following() == []


@pytest.mark.parametrize("name", ["mask-v1.json", "mask-v1-plain.json", "mask-v2.json"])
def test_masks_are_written_as_they_were(name):
    assert GradientMask.load(HERE / name).to_json() == (HERE / name).read_text()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("mask-v1-cut.json", "cut off"),
        ("mask-v3.json", "reads versions 1 and 2, the file has version 3"),
    ],
)
def test_files_that_must_be_refused(name, message):
    with pytest.raises(MaskError, match=message):
        GradientMask.load(HERE / name)


def test_a_ledger_of_version_1_is_read(tmp_path):
    connection = sqlite3.connect(tmp_path / "probe.db")
    connection.executescript((HERE / "ledger-v1.sql").read_text())
    connection.close()
    with Ledger(tmp_path / "probe.db", read_only=True) as ledger:
        assert ledger.tasks() == (Task("pose"), Task("depth", higher_is_better=False))
        assert ledger.settings() == {"recipe": {"steps": 400}}
        outcomes = list(ledger.outcomes())
    assert [outcome.error for outcome in outcomes] == [None, None, None, "boom"]
    assert outcomes[2].output == "printed"
    changes = ChangeMatrix.from_ledger(tmp_path / "probe.db")
    assert changes.mean[0, 1] == pytest.approx(0.25)
    assert changes.mean[1, 0] == pytest.approx(-0.1)


def test_a_release_before_places_may_share_a_ledger_with_this_one(tmp_path):
    connection = sqlite3.connect(tmp_path / "probe.db", isolation_level=None)
    connection.executescript((HERE / "ledger-v1.sql").read_text())
    with Ledger(tmp_path / "probe.db") as ledger, Claimant(ledger) as claimant:
        # It writes its own row by position, and takes a host of another name for another machine.
        connection.execute("INSERT INTO claimants VALUES ('old', 'here', 1, '7', 0.0)")
        rows = dict(connection.execute("SELECT pid, host FROM claimants WHERE heartbeat > 0"))
        assert rows[os.getpid()] != socket.gethostname()
        assert claimant.recover() == 0
    connection.close()
