"""Groupings that join the race, and how they are said."""

from types import SimpleNamespace

from gradsplit.studies.recommendation.sources import groupings
from gradsplit.studies.recommendation.sources.groupings import groupings as offered


def test_what_a_network_answers_and_who_only_helps_is_said(monkeypatch):
    networks = [
        SimpleNamespace(tasks=("churn", "segment")),
        SimpleNamespace(tasks=("segment", "value")),
    ]
    serves = {"churn": 0, "segment": 0, "value": 1}
    chosen = SimpleNamespace(networks=networks, serves=serves)
    monkeypatch.setattr(groupings, "best_choices", lambda *_: [chosen])
    taskset = SimpleNamespace(task_names=("churn", "segment", "value"))
    groups = SimpleNamespace(scaled={("churn", "segment"): None})
    known = SimpleNamespace(groups=groups, taskset=taskset, networks=2, balance="", left_out={})
    (found,) = offered(known)
    assert found.name == "churn+segment | segment+value"
    assert found.what == (
        "2 networks: churn with segment, value (beside segment, whose output is not used)"
    )
