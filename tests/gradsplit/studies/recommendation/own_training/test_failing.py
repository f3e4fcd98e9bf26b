"""Recommendations for a function of which some trainings fail."""

import pytest

from gradsplit import recommend_function
from gradsplit.cli import main
from relations.errors import RunFailedError
from tests.gradsplit.studies.recommendation.own_training.test_recommend_function import (
    FEW,
    TASKS,
    masked,
    weighed,
)

pytestmark = pytest.mark.long

AGAIN = FEW | {"accept_changed_code": True}  # the functions of two tests are two functions
LACKING = "RuntimeError: out of memory"


class Failing:
    """A training that fails where it is told to, always or so many times."""

    def __init__(self, train, where, times=10**9):
        self.train, self.where, self.left, self.failed = train, where, times, []

    def __call__(self, tasks, seed, weights=None, mask=None):
        if self.left and self.where(tasks, seed, weights):
            self.left -= 1
            self.failed.append((tasks, seed))
            raise RuntimeError("out of memory")
        told = {"weights": weights} if weights else {"mask": mask} if mask else {}
        return self.train(tasks, seed, **told)


def plain(seeds):
    return lambda tasks, seed, weights: len(tasks) == 3 and seed in seeds and not weights


def recommended(train, where, folder, times=10**9, few=FEW):
    failing = Failing(train, where, times)

    def train(tasks, seed, weights=None):
        return failing(tasks, seed, weights)

    def with_mask(tasks, seed, mask=None):
        return failing(tasks, seed, mask=mask)

    own = train if failing.train is weighed else with_mask
    return recommend_function(own, TASKS, folder / "best", **few), failing


def test_a_search_whose_trainings_failed_has_decided_nothing(tmp_path):
    weighted = lambda tasks, seed, weights: weights is not None and seed == 1  # noqa: E731
    best, _ = recommended(weighed, weighted, tmp_path)
    left_out = best.standings.left_out["tuned-weights"]
    assert left_out == f"{best.failed} of its trainings failed: {LACKING}"
    assert best.failed > 1
    assert f"Mind: {best.failed} trainings failed, and calling again tries them again" in str(best)
    assert "equal ones" not in str(best)


def test_what_fails_by_chance_is_cured_by_a_second_time(tmp_path):
    best, failing = recommended(masked, plain({1}), tmp_path, times=1)
    assert len(failing.failed) == 1
    assert best.failed == 0
    assert "failed" not in str(best)


def test_plain_training_that_fails_stops_it_and_what_is_finished_is_kept(tmp_path):
    with pytest.raises(RunFailedError) as wrong:
        recommended(masked, plain({1}), tmp_path)
    said = str(wrong.value)
    assert f"pose+reid+depth seed 1 (multi-head #1d2c1ac3): {LACKING}" in said
    assert "What is finished is kept" in said
    best, failing = recommended(masked, plain({1}), tmp_path, times=0, few=AGAIN)
    assert best.held and not failing.failed


def test_a_seed_of_the_judgement_that_failed_is_left_out_for_all(tmp_path):
    best, failing = recommended(masked, plain({5}), tmp_path)
    assert set(failing.failed) == {(("pose", "reid", "depth"), 5)}
    assert {tuple(scores) for scores in best.comparison.scores.values()} == {(4, 6)}
    assert "Mind: seed 5 is left out of the judgement" in str(best)
    assert any("pose+reid+depth seed 5" in warning for warning in best.warnings)


def test_pairs_that_failed_are_unknown_and_stop_nothing(tmp_path):
    pairs = lambda tasks, seed, weights: len(tasks) == 2 and seed == 1  # noqa: E731
    best, failing = recommended(masked, pairs, tmp_path)
    assert len(failing.failed) == 6  # each tried twice
    assert best.failed == 3
    assert best.graph.with_verdict("unknown")
    lacking = "no pair of tasks has changes that are known"
    assert best.standings.left_out["groupings"] == lacking
    assert "the edges of pairs that failed are unknown" in str(best)


def test_the_command_says_by_its_exit_code_that_trainings_failed(tmp_path, capsys):
    script = tmp_path / "train.py"
    script.write_text(
        "import json, sys\n"
        "tasks, seed, out = sys.argv[1].split('+'), int(sys.argv[2]), sys.argv[3]\n"
        "if len(tasks) == 2 and seed == 3: sys.exit(1)\n"
        "json.dump({task: 0.8 + seed / 1000 - 0.1 * (len(tasks) > 1) for task in tasks}, "
        "open(out, 'w'))\n"
    )
    words = [
        "--command",
        f"python {script} {{tasks}} {{seed}} {{out}}",
        "--tasks",
        "a,b",
        "--quiet",
    ]
    few = ["--runs", "36", "--race-seeds", "2", "--judge-seeds", "3"]
    out = ["--out", str(tmp_path / "best")]
    assert main(["recommend", *words, *few, *out]) == 1
    said = capsys.readouterr().out
    assert "seed 3 is left out of the judgement" in said
    assert "written: " in said
