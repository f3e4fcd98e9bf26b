"""The page about diagnosis says what the registered causes say, and its own cause works."""

import runpy
from collections.abc import Iterator
from pathlib import Path

import pytest

from gradsplit import Cause, diagnose, register_cause
from gradsplit.errors import GradSplitError
from gradsplit.studies.diagnosis import cause as home
from gradsplit.studies.diagnosis.cause import causes, causes_table
from gradsplit.tasksets.causes.task_sets import no_harm
from tests.places import DOCS, EXAMPLES

EXAMPLE, PAGE = EXAMPLES / "own_cause.py", (DOCS / "diagnosis.md").read_text()


@pytest.fixture
def own_cause(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The example's cause, forgotten afterwards."""
    causes()
    monkeypatch.setattr(home, "_CAUSES", dict(home._CAUSES))
    runpy.run_path(str(EXAMPLE))
    yield


def test_the_page_has_the_table_of_causes() -> None:
    assert causes_table() in PAGE, "put the table of causes_table() into docs/diagnosis.md"


def test_the_page_has_the_numbers_of_the_causes() -> None:
    text = " ".join(PAGE.split())
    for cause in causes():
        assert f"{cause.order} {cause.name}" in text or f"{cause.order} is {cause.name}" in text
        assert cause.priority == 0 or f"{cause.name} {cause.priority}" in text


def test_the_page_shows_the_example() -> None:
    assert EXAMPLE.read_text().split('"""\n\n', 1)[1] in PAGE


def test_a_cause_of_ones_own_is_examined_and_told_as_the_others_are(
    own_cause: None, tmp_path: Path
) -> None:
    taskset = no_harm().with_recipe(steps=5)
    found = diagnose(taskset, out=tmp_path, seeds=2, progress=False)
    trained = [row for diagnosis in found.diagnoses for row in diagnosis.rows]
    own = [row for row in trained if row.cause == "small batches"]
    assert own and all((row.intervention, row.cost) == ("2x the batch", 1.5) for row in own)
    assert "2x the batch" in str(found)
    # It is another training than the pair's own, which would remove exactly nothing.
    assert all(row.removed.share != 0 for row in own)
    assert "| small batches | batches of twice the size" in causes_table()
    assert "train the source and the target with larger batches" in causes_table()


def test_a_cause_that_says_too_little_is_refused() -> None:
    class Half(Cause):
        name = "half"
        order = 1.0

    with pytest.raises(GradSplitError, match="Half needs `priority`, `trained`, `remedy`"):
        register_cause(Half)
    assert "half" not in {cause.name for cause in causes()}
