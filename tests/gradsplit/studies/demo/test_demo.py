"""The demo goes through every part, tells what it does, and goes on from where it stopped."""

from functools import partial

import pytest

from gradsplit import demo
from gradsplit.errors import GradSplitError
from gradsplit.studies.demo import drawn_people, known_truth
from gradsplit.tasksets import registry
from gradsplit.tasksets.figures import contact_sheet
from relations.executors import processes
from relations.executors.in_process import InProcess

pytestmark = pytest.mark.long

PLANTED = registry.load_taskset("planted", {"steps": 60})


class Here(InProcess):
    """In the place of worker processes."""

    def __init__(self, workers):
        super().__init__()


@pytest.fixture
def short(monkeypatch):
    """The whole flow on a task set that is trained in a second."""
    monkeypatch.setattr(registry, "load_taskset", lambda *_: PLANTED)
    monkeypatch.setattr(known_truth, "EXPECTED", {"planted": "splitting must help"})
    small = partial(contact_sheet.contact_sheet, people=1, height=64, width=32)
    monkeypatch.setattr(contact_sheet, "contact_sheet", small)
    # Starting worker processes takes longer than all trainings here.
    monkeypatch.setattr(processes, "Processes", Here)


def test_it_writes_its_files_and_tells_its_parts(short, tmp_path):
    told = []
    files = demo(tmp_path, seeds=1, planted_seeds=2, workers=1, tell=told.append)
    assert all(file.stat().st_size > 100 for file in files)
    assert {file.name for file in files} == {
        *("figures.png", "heatmap.png", "graph.png", "relation.csv", "mask.json", "mask.png"),
        *("recommended.toml", "recommendation.png"),
    }
    text = "\n".join(map(str, told))
    for part in (
        "== 1. Known truth",
        "20 short trainings",
        "harmful by construction: loud -> quiet",
        "harmful as measured:",
        "== 2. Drawn people",
        "1 runs at a time",
        "== 3. Does training with the mask help?",
        "== 4. What is best for `planted`?",
        "judged on 3 fresh seeds",
    ):
        assert part in text, part
    assert text.count("GradSplit") >= 2
    told.clear()
    known_truth.known_truth(tmp_path, range(2), 1, "cpu", told.append)
    assert "0 short trainings" in "\n".join(map(str, told))


def test_the_sets_of_the_demo_are_built_in():
    assert set(known_truth.EXPECTED) <= set(registry.built_in())
    assert registry.load_taskset("figures", {"preset": "quick", "steps": drawn_people.STEPS})


@pytest.mark.parametrize("given", [{"seeds": "a"}, {"planted_seeds": 0}, {"workers": "two"}])
def test_its_numbers_are_checked_before_anything_is_trained(tmp_path, given):
    told = []
    with pytest.raises(GradSplitError, match=f"`{next(iter(given))}` must be a"):
        demo(tmp_path / "new", **given, tell=told.append)
    assert not told and not (tmp_path / "new").exists()
