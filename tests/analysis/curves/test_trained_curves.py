import json

import pytest

from analysis import read_curves
from analysis.curves.trained_curves import LOSSES, ledger_curves
from relations import LossCurve, Run
from relations.errors import RelationsError, TableError
from relations.ledger.ledger import Ledger
from relations.runs import Outcome
from relations.tasks import Task

CURVE = LossCurve.of([2.0, 1.0])


def ledger(folder, *runs, curves=True):
    with Ledger(folder / "probe.db") as book:
        for variant in {run.variant for run in runs}:
            book.register([Task("pose"), Task("reid")], {}, variant)
        book.add(list(runs))
        for run in runs:
            found = dict.fromkeys(run.tasks, CURVE) if curves else {}
            book.record(Outcome(run, dict.fromkeys(run.tasks, 0.5), curves=found))
    return folder / "probe.db"


def test_those_of_all_variants_of_a_ledger_are_read(tmp_path):
    runs = (Run(("pose",), 0), Run(("pose", "reid"), 0, "dropgrad #1"))
    file = ledger(tmp_path, *runs)
    for source in (tmp_path, file, str(tmp_path)):
        found = read_curves(source)
        assert found.tasks == ("pose", "reid")
        assert found.runs == {runs[0]: {"pose": CURVE}, runs[1]: {"pose": CURVE, "reid": CURVE}}


def test_a_ledger_without_any_says_why(tmp_path):
    file = ledger(tmp_path, Run(("pose",), 0), curves=False)
    with pytest.raises(RelationsError, match=r"no loss curves: .* a program of one's own"):
        read_curves(file)
    assert ledger_curves(file).runs == {}


def test_the_folder_of_a_training_is_read(tmp_path):
    (tmp_path / LOSSES).write_text(json.dumps({"pose": [2.0, 1.0], "reid": [1.0]}))
    found = read_curves(tmp_path)
    assert found.runs == {Run(("pose", "reid"), 0): {"pose": CURVE, "reid": LossCurve.of([1.0])}}
    assert read_curves(tmp_path / LOSSES) == found


def test_the_networks_of_a_grouping_are_read_together(tmp_path):
    for name, tasks in (("network-1", ["pose"]), ("network-2", ["reid", "depth"])):
        (tmp_path / name).mkdir()
        losses = {task: [2.0, 1.0] for task in tasks}
        (tmp_path / name / LOSSES).write_text(json.dumps(losses))
    found = read_curves(tmp_path)
    assert found.tasks == ("pose", "reid", "depth")
    assert list(found.runs) == [Run(("pose",), 0), Run(("reid", "depth"), 0)]


def test_a_loss_that_is_not_finite_is_read(tmp_path):
    (tmp_path / LOSSES).write_text('{"pose": [1.0, NaN, Infinity]}')
    (curves,) = read_curves(tmp_path).runs.values()
    assert str(curves["pose"].means) == "(1.0, nan, inf)"


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"pose": 1}', '{"pose": []}', '{"pose": ["a"]}', '{"pose": [true]}']
)
def test_what_are_no_losses_is_refused(tmp_path, text):
    (tmp_path / LOSSES).write_text(text)
    with pytest.raises(TableError, match=r"must be JSON of losses"):
        read_curves(tmp_path)


def test_where_nothing_was_trained_nothing_is_found(tmp_path):
    for source in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(RelationsError, match="holds no trainings"):
            read_curves(source)
