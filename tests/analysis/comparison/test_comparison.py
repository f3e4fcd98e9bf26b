"""delta_m and its uncertainty, against published numbers, scipy and arithmetic by hand."""

import csv
import math

import numpy as np
import pytest
from scipy import stats

from analysis.comparison.comparison import Comparison
from analysis.comparison.numbers import comparison_csv
from analysis.comparison.seed_means import SeedMean
from analysis.comparison.table import comparison_table, moved_table
from relations.errors import RelationsError, ScoreError
from relations.statistics.corrections import holm


def made(seeds: int = 6, **methods: float) -> Comparison:
    """Two tasks, the second better lower; each method's changes scatter around its own."""
    generator = np.random.default_rng(1)
    scores = {"single": {s: {"pose": 0.8 + 0.01 * s, "depth": 2.0} for s in range(seeds)}}
    for method, change in methods.items():
        scores[method] = {
            s: {
                "pose": run["pose"] * (1 + change + generator.normal(0, 0.01)),
                "depth": run["depth"] * (1 - change + generator.normal(0, 0.01)),
            }
            for s, run in scores["single"].items()
        }
    return Comparison(scores, higher_is_better={"depth": False})


def test_the_published_delta_m_follow_from_the_scores(data_file):
    tasks = ("reid", "attribute", "pose", "parsing")
    with data_file("gradsplit_slides_four_tasks.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["delta_m"]]
    name = {id(row): f"{row['method']} {row['backbone']}" for row in rows}
    scores = {name[id(row)]: {0: {task: float(row[task]) for task in tasks}} for row in rows}
    comparison = Comparison(scores, single="single R50-GN")
    assert len(rows) == 9
    for row in rows:
        # The scores are rounded to 0.1: up to 0.05 in delta_m, which is rounded too.
        assert 100 * comparison.delta_m(name[id(row)]).mean == pytest.approx(
            float(row["delta_m"]), abs=0.11
        )
    table = comparison_table(comparison)
    text = table.text()
    assert "GradSplit R50-GN" in text
    assert "−1.8" in table.rows[-1]
    assert "±" not in text  # one seed: no uncertainty is known


def test_lower_is_better_is_turned():
    comparison = made(joint=-0.05)
    assert comparison.change("joint", "depth").mean < 0
    assert comparison.delta_m("joint").mean == pytest.approx(-0.05, abs=0.01)


def test_a_scale_of_a_metric_does_not_matter():
    one = made(joint=-0.05)
    scaled = Comparison(
        {
            method: {seed: {t: 7 * score for t, score in run.items()} for seed, run in runs.items()}
            for method, runs in one.scores.items()
        },
        higher_is_better={"depth": False},
    )
    assert scaled.delta_m("joint").mean == pytest.approx(one.delta_m("joint").mean)


def test_standard_errors_are_over_seeds():
    comparison = made(joint=-0.05)
    deltas = np.array(list(comparison.deltas("joint").values()))
    assert comparison.delta_m("joint").se == pytest.approx(stats.sem(deltas))
    assert comparison.delta_m("single") == SeedMean(0.0, 0.0, 6)
    assert math.isnan(made(seeds=1, joint=-0.05).delta_m("joint").se)


def test_the_paired_test_is_scipys():
    comparison = made(joint=-0.05, split=-0.04)
    difference = comparison.difference("split", "joint")
    ours, theirs = (list(comparison.deltas(method).values()) for method in ("split", "joint"))
    assert difference.p_raw == pytest.approx(stats.ttest_rel(ours, theirs).pvalue)
    assert difference.se == pytest.approx(stats.sem(np.subtract(ours, theirs)))
    assert difference.mean == pytest.approx(np.mean(ours) - np.mean(theirs))


def test_pairing_uses_common_seeds_only():
    comparison = made(joint=-0.05, split=-0.04)
    scores = {name: dict(runs) for name, runs in comparison.scores.items()}
    del scores["joint"][0]
    scores["split"][99] = {"pose": 0.1, "depth": 9.0}  # has no single-task run
    fewer = Comparison(scores, higher_is_better={"depth": False})
    assert fewer.difference("split", "joint").n == 5
    assert set(fewer.deltas("split")) == set(range(6))


def test_pairs_are_of_one_seed_whatever_the_order_of_the_runs():
    single = {seed: {"a": 1.0} for seed in range(3)}
    joint = {0: {"a": 1.0}, 1: {"a": 2.0}, 2: {"a": 3.0}}
    split = {2: {"a": 3.5}, 0: {"a": 1.5}, 1: {"a": 2.5}}  # half a point more in every seed
    comparison = Comparison({"single": single, "joint": joint, "split": split})
    difference = comparison.difference("split", "joint")
    assert (difference.mean, difference.n) == (0.5, 3)
    # Without one of the seeds, by order no pair would be of one seed.
    fewer = Comparison({"single": single, "joint": joint, "split": {2: split[2], 1: split[1]}})
    difference = fewer.difference("split", "joint")
    assert (difference.mean, difference.n) == (0.5, 2)


def test_changes_are_against_the_single_run_of_the_same_seed():
    single = {0: {"a": 1.0}, 1: {"a": 2.0}}
    comparison = Comparison({"single": single, "joint": {1: {"a": 4.0}, 0: {"a": 2.0}}})
    assert comparison.changes("joint") == {1: {"a": 1.0}, 0: {"a": 1.0}}
    assert comparison.change("joint", "a") == SeedMean(1.0, 0.0, 2)


def test_one_seed_has_no_p_value_and_equal_values_decide_nothing():
    assert math.isnan(made(seeds=1, a=-0.05, b=-0.04).difference("a", "b").p_raw)
    same = made(a=-0.05)
    twins = Comparison({**same.scores, "b": same.scores["a"]}, higher_is_better={"depth": False})
    difference = twins.difference("a", "b")
    assert difference.p_raw == 1
    assert math.isnan(difference.se)


def test_all_problems_of_the_scores_are_said_at_once():
    with pytest.raises(ScoreError) as error:
        Comparison(
            {
                "single": {0: {"a": 0.0, "b": 1.0}},
                "joint": {0: {"a": float("nan")}},
                "split": {7: {"a": 1.0, "b": 1.0, "c": 1.0}},
            },
            higher_is_better={"zzz": False},
        )
    for part in (
        "`single`, seed 0: the score of `a` is 0.0",
        "`joint`, seed 0: the score of `b` is missing",
        "`joint`, seed 0: the score of `a` is nan",
        "`split`, seed 7: `c` is not a task",
        "`split` has the seeds 7",
        "`zzz`",
    ):
        assert part in str(error.value)


def test_a_missing_reference_and_unknown_methods_are_refused():
    with pytest.raises(ScoreError, match="no single-task scores under the name `single`"):
        Comparison({"joint": {0: {"a": 1.0}}})
    with pytest.raises(RelationsError, match="The methods are single, joint, got `other`"):
        made(joint=0.0).delta_m("other")


def test_methods_without_a_common_seed_are_not_compared():
    scores = {s: {"a": 1.0} for s in range(4)}
    comparison = Comparison({"single": scores, "x": {0: {"a": 1.0}}, "y": {1: {"a": 1.0}}})
    with pytest.raises(ScoreError, match="seed in common"):
        comparison.difference("x", "y")


def test_the_table_has_a_column_a_task_and_the_difference():
    made_ = made(joint=-0.05, split=-0.02)
    comparison = Comparison(
        made_.scores, made_.higher_is_better, costs={"joint": {"parameters [M]": 52.0}}
    )
    table = comparison_table(comparison, baseline="joint")
    assert table.header == [
        "method", "seeds", "pose", "depth", "pose [%]", "depth [%]", "Δm [%]", "Δm log [%]",
        "− joint", "p Holm", "parameters [M]",
    ]  # fmt: skip
    single, joint, split = (dict(zip(table.header, row, strict=True)) for row in table.rows)
    assert [single[name] for name in ("pose [%]", "Δm [%]", "Δm log [%]", "− joint")] == [
        "", "0.0", "0.0", "",
    ]  # fmt: skip
    assert [joint[name] for name in ("− joint", "p Holm", "parameters [M]")] == ["", "", "52"]
    assert split["− joint"].startswith("+2.9 ±")
    assert float(split["p Holm"].removeprefix("< ")) <= 0.05
    changes = {task: 100 * comparison.change("joint", task).mean for task in ("pose", "depth")}
    worst = min(changes, key=lambda task: changes[task])
    for task, change in changes.items():
        text = f"{change:+.1f}".replace("-", "−")
        assert joint[f"{task} [%]"] == (f"↓ {text}" if task == worst else text)


def test_the_csv_gives_the_numbers_back_exactly():
    comparison = made(joint=-0.05, split=-0.02)
    rows = {
        row["method"]: row
        for row in csv.DictReader(comparison_csv(comparison, "joint").splitlines())
    }
    assert float(rows["split"]["delta_m"]) == comparison.delta_m("split").mean
    assert float(rows["split"]["p_raw"]) == comparison.difference("split", "joint").p_raw
    assert rows["joint"]["p_raw"] == rows["joint"]["p_holm"] == ""
    log = comparison.delta_m_log("split")
    assert float(rows["split"]["delta_m_log"]) == log.mean
    assert float(rows["split"]["delta_m_log_se"]) == log.se
    assert float(rows["split"]["depth_change"]) == comparison.change("split", "depth").mean
    assert rows["single"]["worst_task"] == ""
    assert rows["joint"]["worst_task"] in ("pose", "depth")
    assert int(rows["single"]["n"]) == 6


def test_p_values_as_they_are_and_corrected_have_names_of_their_own():
    comparison = made(joint=-0.05, split=-0.045, drop=-0.048, weights=-0.03)
    names = ("split", "drop", "weights")
    raw = [comparison.difference(name, "joint").p_raw for name in names]
    corrected = holm(np.array(raw)).tolist()
    table = comparison_table(comparison, "joint")
    at = table.header.index("p Holm")
    shown = {row[0]: row[at] for row in table.rows}
    for name, p in zip(names, corrected, strict=True):
        assert shown[name] == ("< 0.001" if p < 0.001 else f"{p:.2g}")
    rows = list(csv.DictReader(comparison_csv(comparison, "joint").splitlines()))
    assert [float(row["p_raw"]) for row in rows if row["method"] in names] == raw
    assert [float(row["p_holm"]) for row in rows if row["method"] in names] == corrected
    assert "p" not in rows[0]


def test_the_log_mean_is_numpys_and_cancels_gains_and_losses():
    comparison = made(joint=-0.05)
    scores, single = comparison.scores["joint"], comparison.scores["single"]
    ratios = [
        [scores[s]["pose"] / single[s]["pose"], single[s]["depth"] / scores[s]["depth"]]
        for s in range(6)
    ]
    logs = np.log(ratios).mean(axis=1)
    seen = comparison.delta_m_log("joint")
    assert seen.mean == pytest.approx(np.exp(logs.mean()) - 1)
    assert seen.se == pytest.approx(np.exp(logs.mean()) * stats.sem(logs))
    for higher in (True, False):
        pair = {"single": {0: {"a": 1.0, "b": 1.0}}, "joint": {0: {"a": 2.0, "b": 0.5}}}
        even = Comparison(pair, higher_is_better={"a": higher, "b": higher})
        assert even.delta_m_log("joint").mean == pytest.approx(0)
        # By definition a doubling counts twice a halving, as a gain or as a loss.
        assert even.delta_m("joint").mean == (0.25 if higher else -0.25)


def test_scores_without_a_ratio_have_no_log_mean_and_zero_is_everything_lost():
    single = {0: {"a": 1.0, "b": 1.0}, 1: {"a": 1.0, "b": 1.0}}
    runs = {"nothing": 0.0, "negative": -0.1}
    scores = {name: {s: {"a": value, "b": 1.0} for s in (0, 1)} for name, value in runs.items()}
    comparison = Comparison({"single": single, **scores})
    assert comparison.delta_m_log("nothing").mean == -1
    assert math.isnan(comparison.delta_m_log("negative").mean)
    errors = Comparison({"single": single, **scores}, higher_is_better={"a": False})
    assert math.isnan(errors.delta_m_log("nothing").mean)  # no error at all: without limit
    table = comparison_table(errors)
    shown = dict(zip(table.header, table.rows[1], strict=True))
    assert shown["Δm log [%]"] == "–"


def test_how_far_scores_moved_is_paired_by_seed():
    before = {"single": {0: {"a": 1.0}, 1: {"a": 2.0}}, "joint": {0: {"a": 1.0}, 1: {"a": 5.0}}}
    after = {"single": {0: {"a": 1.5}, 1: {"a": 2.5}}, "joint": {1: {"a": 4.0}, 0: {"a": 0.0}}}
    table = moved_table(Comparison(before), Comparison(after))
    assert table.rows == [["single", "+0.500 ± 0.000"], ["joint", "-1.000 ± 0.000"]]
