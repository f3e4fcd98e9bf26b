"""Which process of torchrun's this is."""

import pytest

from gradsplit.launched import Place, place, speaks

ELASTIC = {
    "TORCHELASTIC_RUN_ID": "none",
    "WORLD_SIZE": "4",
    "RANK": "3",
    "LOCAL_RANK": "1",
    "LOCAL_WORLD_SIZE": "2",
}


@pytest.fixture
def launched(monkeypatch):
    def as_rank(**changes: str) -> None:
        for name, value in (ELASTIC | changes).items():
            monkeypatch.setenv(name, value)

    return as_rank


def test_a_process_knows_its_place(launched):
    launched()
    assert place() == Place(rank=3, count=4, here=1, count_here=2)
    assert not speaks()


def test_the_first_speaks(launched):
    launched(RANK="0", LOCAL_RANK="0")
    assert speaks()


def test_one_process_is_no_team(launched):
    launched(WORLD_SIZE="1", RANK="0", LOCAL_RANK="0", LOCAL_WORLD_SIZE="1")
    assert place() is None


def test_variables_of_other_launchers_are_not_torchrun_s(launched, monkeypatch):
    launched()
    monkeypatch.delenv("TORCHELASTIC_RUN_ID")
    assert place() is None
    assert speaks()
