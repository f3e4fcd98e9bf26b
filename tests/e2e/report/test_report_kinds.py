"""The page of changes in several units: its slider multiplies each task's own threshold."""

import json

import numpy as np
import pytest

from gradsplit.cli import main
from relations import GradientMask, Task, write_relation_table
from relations.graph import RelationGraph
from relations.statistics.change_matrix import ChangeMatrix
from tests.e2e.report.report_cases import masks_of, noisy, report_of
from tests.e2e.report.test_report_slider import shown

pytestmark = pytest.mark.long

OWN = {"absolute": -0.03, "standardised": -0.5}


def matrix(times=1.0, seeds=5):
    """Six tasks, two of each kind, their own thresholds so many times as large."""
    plain = noisy(6, seed=7, seeds=seeds)
    kinds = ["relative", "absolute", "standardised"] * 2
    tasks = [
        Task(name, change=kind, threshold=times * OWN[kind] if kind in OWN else None)
        for name, kind in zip(plain.tasks, kinds, strict=True)
    ]
    units = np.array([1.0, 3.0, 50.0] * 2)
    return ChangeMatrix(tasks, plain.by_seed * units)


@pytest.mark.parametrize("seeds", [1, 5])
def test_verdicts_masks_and_counts_are_those_of_python(watched, seeds):
    changes = matrix(seeds=seeds)
    page = watched.open(report_of(changes))
    multiples = [0.0, 0.5, 1.0, 1.7, 3.0]
    for times, seen in zip(multiples, shown(page, [-times for times in multiples]), strict=True):
        graph = RelationGraph.from_changes(matrix(times, seeds), -0.01 * times)
        for policy, mask in masks_of(graph).items():
            assert np.reshape(seen["masks"][policy], (6, 6)).tolist() == mask, (times, policy)
        assert seen["counts"]["harmful"] == len(graph.harmful())
        if seeds > 1:
            assert seen["counts"]["sure"] == len(graph.with_verdict("harmful"))
            assert seen["counts"]["undecided"] == len(graph.with_verdict("undecided"))
        assert seen["sentence"].startswith(f"{times:g} × each task's own threshold: ")


@pytest.mark.parametrize("times", ["-1", "-2.5", "0"])
def test_the_download_is_the_mask_of_the_command(watched, tmp_path, capsys, times):
    table = tmp_path / "relations.csv"
    write_relation_table(matrix(seeds=1), table)
    assert main(["report", str(table), "--out", str(tmp_path / "report.html")]) == 0
    page = watched.open_file(tmp_path / "report.html")
    page.fill("#threshold", times)
    words = page.inner_text("#mask-command").split()[1:]
    words[words.index("mask.json")] = str(tmp_path / "mask.json")
    assert main(words) == 0, capsys.readouterr().err
    with page.expect_download() as download:
        page.click("#download")
    download.value.save_as(tmp_path / "downloaded.json")
    made, found = (
        json.loads((tmp_path / name).read_text()) for name in ("mask.json", "downloaded.json")
    )
    assert found == made and made["version"] == 2
    assert GradientMask.load(tmp_path / "downloaded.json").not_following() == []


def test_numbers_carry_their_unit(watched):
    page = watched.open(report_of(matrix()))
    page.select_option("#edge-choice", "all")
    page.wait_for_function("document.querySelectorAll('#edge-rows tr').length > 20")
    rows = page.eval_on_selector_all(
        "#edge-rows tr", "rows => rows.map((row) => [...row.cells].map((cell) => cell.textContent))"
    )
    graph = RelationGraph.from_changes(matrix())
    for _, target, change, ends, *_ in rows:
        short = graph.kind(target).short
        assert change.endswith(f" {short}") and ends.endswith(f" {short}")
    assert "thresholds on average" in page.inner_text("#sources")
