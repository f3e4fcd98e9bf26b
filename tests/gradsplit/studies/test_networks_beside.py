import shutil
from collections import namedtuple

import pytest

from gradsplit.studies import networks_beside as module
from gradsplit.studies.networks_beside import (
    NetworksAhead,
    networks_ahead,
    networks_held,
    planned_networks,
)
from gradsplit.studies.probing import probe
from gradsplit.training.kept_networks import FOLDER, part_bytes
from gradsplit.training.trainer import TaskSetTrainer
from relations.runs import Run
from tests.gradsplit.toy_tasks import toy

Usage = namedtuple("Usage", "total used free")


def of_toy(folder, **options):
    return probe(toy(), out=folder, seeds=1, tasks=["sum", "error"], **options)


def test_a_plan_counts_the_bytes_of_missing_runs(tmp_path):
    plan = planned_networks(of_toy(tmp_path))
    parts = part_bytes(toy())
    assert plan.runs == 3
    assert plan.size == 3 * parts[""] + 2 * (parts["sum"] + parts["error"])
    assert f"3 to keep in {tmp_path / FOLDER}" in str(plan)


def test_trainers_that_keep_none_count_nothing(tmp_path):
    trainers = {"": TaskSetTrainer(toy()), "loud": lambda tasks, seed: {}}
    runs = [Run(("sum",), 0), Run(("sum",), 0, "loud")]
    assert networks_ahead(tmp_path, trainers, runs).runs == 1


def test_a_disk_that_is_too_small_is_said_before(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda place: Usage(10, 9, 2000))
    assert "but only 2 KB are free" in str(NetworksAhead(tmp_path / "new", 4, 9_000))
    assert "; 2 KB are free there" in str(NetworksAhead(tmp_path / "new", 1, 900))


def test_runs_that_were_finished_before_are_not_passed_over_in_silence(tmp_path):
    of_toy(tmp_path).run(progress=False)
    again = of_toy(tmp_path, keep_networks=True)
    again.run(progress=False, tell=lambda taken: None)
    text = networks_held(again.ledger)
    assert text.startswith(f"networks: 0 of 3 finished runs, in {tmp_path / FOLDER}; none of sum")
    assert "and 2 more" in text
    assert "another --out" in text


def test_all_that_are_kept_are_counted(tmp_path):
    kept = of_toy(tmp_path, keep_networks=True)
    kept.run(progress=False)
    assert networks_held(kept.ledger) == f"networks: 3 of 3 finished runs, in {tmp_path / FOLDER}"
    assert module.in_bytes(1_500_000) == "1.5 MB"


LONG = [pytest.param(name, marks=pytest.mark.slow) for name in ("compare", "diagnose", "recommend")]


@pytest.mark.parametrize("study", ["group", *LONG])
def test_a_study_says_the_size_before_and_what_is_kept_after(tmp_path, study):
    import gradsplit

    told = []
    ways = {
        "compare": {"methods": ["multi-head", "dropgrad:rate=0.5"], "seeds": 2, "costs": False},
        "diagnose": {"edges": [("sum", "error")], "seeds": 2},
        "group": {"seeds": 1, "judge_seeds": 2, "train": 0},
        "recommend": {"runs": 40, "judge_seeds": 2, "race_seeds": 2},
    }
    getattr(gradsplit, study)(
        toy(),
        out=tmp_path,
        progress=False,
        keep_networks=True,
        checkpoint_minutes=0,
        tell=told.append,
        **ways[study],
    )
    said = [at for at, news in enumerate(told) if isinstance(news, NetworksAhead)]
    held = [at for at, news in enumerate(told) if str(news).startswith("networks: ")][-1]
    assert said
    assert said[0] < held
    count = len(list((tmp_path / FOLDER).rglob("*.safetensors")))
    assert count
    assert f"{count} of {count} finished runs" in str(told[held])
