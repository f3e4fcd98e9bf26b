"""Which study of a folder the status is of."""

import pytest

from gradsplit import status
from gradsplit.studies.recommendation.files.kept_runs import keep_runs
from gradsplit.studies.recommendation.progress.status import RecommendationStatus
from relations import Ledger, Task
from relations.errors import LedgerError
from relations.ledger.status import Status


@pytest.fixture
def folder(tmp_path):
    for name in ("probe.db", "other.db"):
        with Ledger(tmp_path / name) as book:
            book.register([Task("a"), Task("b")], {})
            book.register([Task("a"), Task("b")], {}, "steps=4")
    return tmp_path


def test_of_a_recommendation_unless_a_variant_or_another_ledger_is_named(folder):
    assert isinstance(status(folder), Status)
    keep_runs(folder, 1.0, None, 90)
    assert isinstance(status(folder), RecommendationStatus)
    assert isinstance(status(str(folder / "probe.db")), RecommendationStatus)
    assert isinstance(status(folder / "other.db"), Status)
    assert isinstance(status(folder, "steps=4"), Status)


def test_a_folder_without_a_ledger_is_refused(tmp_path):
    keep_runs(tmp_path, 1.0, None, 90)
    with pytest.raises(LedgerError, match="There is no ledger"):
        status(tmp_path)
