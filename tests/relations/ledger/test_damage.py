"""A damaged ledger is refused in words and left as it is: no run goes missing silently."""

import contextlib
import random
import sqlite3

import pytest

from relations import PairwiseProbe, Task
from relations.errors import LedgerError
from relations.ledger.ledger import Ledger
from relations.ledger.status import status

TASKS = list("abcdef")


def train(tasks, seed):
    return {task: 0.8 - 0.01 * len(tasks) + 0.001 * seed for task in tasks}


@pytest.fixture
def probe(tmp_path):
    probe = PairwiseProbe(TASKS, train, range(6), tmp_path / "probe.db")
    probe.run(progress=False)
    return probe


def refuses(probe):
    before = probe.ledger.read_bytes()
    for use in (probe.run, probe.plan, probe.changes, lambda: status(probe.ledger)):
        with pytest.raises(LedgerError, match=r"is damaged .* left as it is"):
            use()
    assert probe.ledger.read_bytes() == before


def test_a_format_that_is_no_text(probe):
    with contextlib.closing(sqlite3.connect(probe.ledger)) as connection, connection:
        connection.execute("UPDATE meta SET value = x'00ff' WHERE key = 'format'")
    with pytest.raises(LedgerError, match="no ledger: it must hold the format name"):
        status(probe.ledger)


def test_scores_of_too_many_digits(probe):
    with contextlib.closing(sqlite3.connect(probe.ledger)) as connection, connection:
        connection.execute("UPDATE runs SET scores = ?", ('{"a": ' + "9" * 5000 + "}",))
    refuses(probe)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.95])
def test_a_file_that_is_cut_off(probe, share):
    content = probe.ledger.read_bytes()
    probe.ledger.write_bytes(content[: int(share * len(content))])
    refuses(probe)


def test_a_page_of_zeros(probe):
    content = bytearray(probe.ledger.read_bytes())
    page = content.index(b'{"a": 0.') // 4096
    content[page * 4096 : (page + 1) * 4096] = bytes(4096)
    probe.ledger.write_bytes(content)
    refuses(probe)


@pytest.mark.parametrize("scores", ["'{\"a\": 0.'", "CAST(x'7B22FF' AS TEXT)"])
def test_scores_that_cannot_be_read(probe, scores):
    with contextlib.closing(sqlite3.connect(probe.ledger)) as connection:
        connection.execute(f"UPDATE runs SET scores = {scores} WHERE id = 7")
        connection.commit()
    refuses(probe)


def test_damage_at_random_is_told_or_changes_nothing_that_is_done(probe):
    whole, done = probe.ledger.read_bytes(), len(probe.plan().done)
    places = random.Random(0)
    for _ in range(40):
        content = bytearray(whole)
        start = places.randrange(len(content))
        content[start : start + 500] = places.randbytes(500)[: len(content) - start]
        probe.ledger.write_bytes(content)
        try:
            with Ledger(probe.ledger, read_only=True) as ledger:
                assert sum(outcome.scores is not None for outcome in ledger.outcomes()) == done
        except LedgerError as told:
            assert "probe.db" in str(told)


def test_a_refusal_within_a_transaction_is_not_taken_for_damage(probe):
    turned = [Task("a", higher_is_better=False)]
    with Ledger(probe.ledger) as ledger, pytest.raises(LedgerError) as refused:
        ledger.register(turned, probe.settings())
    assert "damaged" not in str(refused.value) and "higher" in str(refused.value)
