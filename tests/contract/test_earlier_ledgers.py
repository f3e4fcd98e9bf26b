"""Ledgers of the first release: finished runs of an unchanged training are never trained again.

`ledgers/*.sql` were written before fingerprints had revisions, by `probe planted --steps 3`, `probe
figures --set preset=quick --steps 2`, `probe faces --steps 2`, `probe own_tasks.py:Shapes --steps
2`, `compare planted --steps 3 --probe-seeds 2` and `diagnose cause-loud-loss --steps 30`, all with
two seeds, by Python 3.11, torch 2.13.0+cpu and numpy 2.4.6.
"""

import contextlib
import json
import sqlite3
import sys
import threading
from pathlib import Path

import pytest

from gradsplit.cli import main
from gradsplit.studies.comparison.method_runs import variant_of
from gradsplit.studies.diagnosis.swapped_labels import SwappedLabels
from gradsplit.tasksets.planted.task_set import Planted
from gradsplit.tasksets.registry import load_taskset
from gradsplit.training import run_settings as settings_module
from gradsplit.training import trainer as trainer_module
from gradsplit.training.methods.masked.gradsplit import MaskedTraining
from gradsplit.training.methods.wanted import build, read_methods
from gradsplit.training.trainer import TaskSetTrainer
from relations import GradientMask, PairwiseProbe
from relations.errors import LedgerError
from relations.ledger import fingerprint
from relations.ledger.ledger import Ledger
from relations.ledger.registered import Registered

HERE = Path(__file__).parent
OWN = f"{HERE / 'own_tasks.py'}:Shapes"
BY_311 = pytest.mark.skipif(
    sys.version_info[:2] != (3, 11),
    reason="the digests of own code in the first release's ledgers depend on the version of Python",
)


@pytest.fixture(autouse=True)
def as_then(monkeypatch):
    """The libraries that the ledgers were made with, as far as they are compared."""
    monkeypatch.setattr(fingerprint, "version", {"torch": "2.13.9", "numpy": "2.4.0"}.__getitem__)
    monkeypatch.setattr(fingerprint, "_RECORDED", ("torch", "numpy"))


@pytest.fixture
def ledger(tmp_path):
    """Writes a ledger of the first release; gives its path."""

    def write(name):
        connection = sqlite3.connect(tmp_path / "probe.db")
        connection.executescript((HERE / "ledgers" / f"{name}.sql").read_text())
        connection.execute("PRAGMA journal_mode = WAL")
        connection.close()
        return tmp_path / "probe.db"

    return write


def probe(taskset, path, **options):
    return PairwiseProbe(taskset.tasks, TaskSetTrainer(taskset, **options), range(2), path)


def planted(**options):
    return load_taskset("planted", {"steps": 3, **options})


def rows(path, columns="variant, tasks, seed, scores, state, attempts, finished_at"):
    connection = sqlite3.connect(path)
    found = connection.execute(f"SELECT {columns} FROM runs ORDER BY id").fetchall()
    connection.close()
    return found


def no_training(monkeypatch):
    def fit(*_, **__):
        raise AssertionError("a finished run is trained again")

    monkeypatch.setattr(trainer_module, "fit", fit)


@pytest.mark.parametrize(
    ("name", "reference", "options"),
    [
        ("planted", "planted", {"steps": 3}),
        ("figures", "figures", {"preset": "quick", "steps": 2}),
        pytest.param("own", OWN, {"steps": 2}, marks=BY_311),
        ("faces", "faces", {"steps": 2, "data": "cmu_faces.npz"}),
    ],
)
def test_finished_runs_are_known_and_carried_over(
    name, reference, options, ledger, data_file, monkeypatch
):
    path = ledger(name)
    if "data" in options:
        options = options | {"data": data_file(options["data"])}
    no_training(monkeypatch)
    asked, before, content = (
        probe(load_taskset(reference, options), path),
        rows(path),
        path.read_bytes(),
    )
    assert not asked.plan().missing
    assert path.read_bytes() == content  # a plan only looks
    first, again = asked.run(progress=False), asked.run(progress=False)
    assert (first.mean == again.mean)[~(first.mean != first.mean)].all()
    assert rows(path) == before
    with Ledger(path, read_only=True) as book:
        assert book.settings() == json.loads(json.dumps(asked.settings()))
        assert book.versions() == [
            {"gradsplit": "0.1.0", "numpy": "2.4.6", "python": "3.11", "torch": "2.13.0+cpu"}
        ]
    assert {row[0] for row in rows(path, "fingerprint")} == {
        fingerprint.fingerprint(asked.settings())
    }


def test_the_variants_of_a_comparison_are_known(ledger):
    """Their names hold digests of methods' settings, which stay what they were."""
    path, taskset = ledger("compare"), planted()
    with Ledger(path, read_only=True) as book:
        variants = [name for name in book.variants() if name]
        (masked,) = [name for name in variants if name.startswith("gradsplit")]
        mask = GradientMask(**book.settings(masked)["method"]["mask"])  # type: ignore[index]
    assert len(variants) == 7
    for text in [name.partition(" #")[0] for name in variants]:
        method = build(read_methods((text,))[0], lambda *_: mask)
        variant = variant_of(text, method, None)
        assert variant in variants
        trainer = TaskSetTrainer(taskset, method=method)
        asked = PairwiseProbe(taskset.tasks, trainer, [2], path, variant=variant)
        asked.plan()
        with Ledger(path) as book:
            asked.register(book)
            assert book.settings(variant) == json.loads(json.dumps(asked.settings()))


def test_a_diagnosis_takes_its_variants_from_the_ledger(ledger):
    """It may train more than an earlier release did, and nothing of that again."""
    path = ledger("diagnose")
    before = rows(path)
    words = ["diagnose", "cause-loud-loss", "--steps", "30", "--seeds", "2"]
    assert main([*words, "--out", str(path.parent)]) == 0
    assert set(before) <= set(rows(path))


def test_other_settings_are_refused_as_ever(ledger):
    path = ledger("planted")
    content = path.read_bytes()
    for other, line in [
        (planted(steps=4), "task set.recipe.steps: 3 in the ledger, 4 now"),
        (planted(width=11), "task set.options.width: 12 in the ledger, 11 now"),
    ]:
        with pytest.raises(LedgerError, match=line):
            probe(other, path).plan()
        with pytest.raises(LedgerError, match=line):
            probe(other, path).run(progress=False)
    # The release that made them can go on with what this one refused.
    assert path.read_bytes() == content


def raised_task_set(monkeypatch):
    monkeypatch.setattr(Planted, "revision", 2)


def raised_training(monkeypatch):
    monkeypatch.setattr(settings_module, "TRAINING", 2)


@pytest.mark.parametrize(
    ("raised", "line"),
    [
        (raised_task_set, "task set.revision: 1 in the ledger, 2 now"),
        (raised_training, "revisions.training: 1 in the ledger, 2 now"),
    ],
)
@pytest.mark.parametrize("carried_over", [False, True])
def test_a_raised_revision_is_refused_in_words(raised, line, carried_over, ledger, monkeypatch):
    path = ledger("planted")
    if carried_over:
        probe(planted(), path).run(progress=False)
    raised(monkeypatch)
    with pytest.raises(LedgerError, match=f"(?s)trains otherwise now.*made with 0.1.0.*{line}"):
        probe(planted(), path).plan()


def test_a_raised_revision_of_a_method_is_refused(ledger, monkeypatch):
    path = ledger("compare")
    with Ledger(path, read_only=True) as book:
        (variant,) = [name for name in book.variants() if name.startswith("gradsplit")]
        mask = book.settings(variant)["method"]["mask"]  # type: ignore[index]
    method = MaskedTraining(GradientMask(**mask))
    taskset = planted()

    def asked():
        trainer = TaskSetTrainer(taskset, method=method)
        return PairwiseProbe(taskset.tasks, trainer, range(2), path, variant=variant)

    asked().plan()
    monkeypatch.setattr(MaskedTraining, "revision", 2)
    with pytest.raises(LedgerError, match=r"revisions\.gradsplit: 1 in the ledger, 2 now"):
        asked().plan()


@BY_311
def test_an_edited_task_set_of_ones_own_is_refused(ledger, tmp_path):
    path = ledger("own")
    edited = tmp_path / "own_tasks.py"
    text = (HERE / "own_tasks.py").read_text()
    edited.write_text(text.replace("0.15 * torch.randn", "0.16 * torch.randn"))
    with pytest.raises(LedgerError, match=r"task set\.source"):
        probe(load_taskset(f"{edited}:Shapes", {"steps": 2}), path).plan()
    edited.write_text(text.replace('"""Mean loss of a batch."""', '"""Other words."""'))
    assert not probe(load_taskset(f"{edited}:Shapes", {"steps": 2}), path).plan().missing


def test_another_minor_version_of_torch_is_refused_and_a_patch_is_not(ledger, monkeypatch):
    path = ledger("planted")
    newer = {"torch": "2.14.0", "numpy": "2.4.6"}
    monkeypatch.setattr(fingerprint, "version", newer.__getitem__)
    with pytest.raises(LedgerError, match=r'libraries\.torch: "2.13" in the ledger, "2.14" now'):
        probe(planted(), path).plan()
    monkeypatch.setattr(fingerprint, "version", (newer | {"torch": "2.13.1+cu130"}).__getitem__)
    assert not probe(planted(), path).plan().missing


def test_a_kill_while_runs_are_carried_over_loses_nothing(ledger, monkeypatch):
    path, finished = ledger("planted"), None
    before = rows(path)
    execute = Registered._execute
    for allowed in range(40):
        calls = iter(range(allowed))

        def dying(self, *given, calls=calls):
            if next(calls, None) is None:
                raise KeyboardInterrupt
            return execute(self, *given)

        with monkeypatch.context() as patch, Ledger(path) as book:
            patch.setattr(Registered, "_execute", dying)
            with contextlib.suppress(KeyboardInterrupt):
                probe(planted(), path).register(book)
                finished = allowed
        assert rows(path) == before
        assert len({row[0] for row in rows(path, "fingerprint")}) == 1
        assert not probe(planted(), path).plan().missing
        if finished is not None:
            break
    assert finished is not None and finished > 5


def test_two_processes_carry_over_at_once(ledger):
    path = ledger("planted")
    errors = []

    def carry_over():
        try:
            for _ in range(5):
                with Ledger(path) as book:
                    probe(planted(), path).register(book)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=carry_over) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert not probe(planted(), path).plan().missing


def test_a_task_set_within_a_task_set_is_known_too():
    class Labelled(Planted):
        def labelled_as(self, task, source, seed):
            return self.batches(task, seed)

    inner = Labelled("planted", planted().plants, 12)
    swapped = SwappedLabels(inner, "loud", "quiet")
    earlier = {"task set": inner.settings(), "inputs of": "loud", "labels of": "quiet"}
    assert swapped.modernised(earlier) == swapped.settings()
    plain = planted()
    old = {**plain.settings(), "source": "8cbcbaa278a92e22"}
    del old["revision"]
    wrapped = SwappedLabels.__new__(SwappedLabels)
    wrapped._taskset, wrapped._source, wrapped._target = plain, "loud", "quiet"
    assert wrapped.modernised({**wrapped.settings(), "task set": old}) == wrapped.settings()


def test_code_that_nobody_knows_is_refused(ledger):
    """An older release, or an edited copy, may have trained otherwise."""
    path = ledger("planted")
    connection = sqlite3.connect(path)
    connection.execute("UPDATE settings SET json = replace(json, '8cbcbaa278a92e22', 'unknown')")
    connection.commit()
    connection.close()
    with pytest.raises(LedgerError, match=r"task set\.revision: absent in the ledger, 1 now"):
        probe(planted(), path).plan()
