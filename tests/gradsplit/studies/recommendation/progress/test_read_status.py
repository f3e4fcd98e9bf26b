"""How a recommendation stands while it runs, after it was stopped, and after its end."""

import json
from contextlib import suppress
from dataclasses import replace

import pytest

from gradsplit import recommend_function, status
from gradsplit.cli import main
from gradsplit.studies.recommendation.files.kept_runs import keep_runs
from gradsplit.studies.recommendation.files.recommendation_file import RECOMMENDATION
from gradsplit.studies.recommendation.progress.progress_file import FILE, read_progress
from gradsplit.studies.recommendation.progress.read_status import recommendation_status
from relations import Ledger, PairwiseProbe
from relations.runs import Outcome, Run
from tests.gradsplit.studies.recommendation.own_training.test_recommend_function import (
    FEW,
    TASKS,
    masked,
)

pytestmark = pytest.mark.long


class Looking:
    """A training that looks at the status before each run, and ends or fails where it is told."""

    def __init__(self, folder, ends=None, fails=None):
        self.folder, self.seen, self.ends, self.fails = folder, [], ends, fails
        self.runs = 0

    def __call__(self, tasks, seed, weights=None, mask=None):
        self.runs += 1
        if self.ends is None and self.runs % 3 != 1:  # a look takes longer than these runs
            return self.trained(tasks, seed, mask)
        now = status(self.folder)
        self.seen.append((now, str(now)))
        if self.ends is not None and self.ends(now):
            raise KeyboardInterrupt
        return self.trained(tasks, seed, mask)

    def trained(self, tasks, seed, mask):
        if self.fails is not None and self.fails(tasks, seed):
            raise RuntimeError("out of memory")
        return masked(tasks, seed, mask)


def recommended(folder, **how):
    looking = Looking(folder, **how)

    def train(tasks, seed, weights=None, mask=None):
        return looking(tasks, seed, weights, mask)

    best = None
    with suppress(KeyboardInterrupt):  # what was seen so far is no other training
        best = recommend_function(train, TASKS, folder, **FEW, accept_changed_code=True)
    return best, looking.seen


@pytest.fixture(scope="module")
def followed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("status") / "best"
    best, seen = recommended(folder)
    return folder, best, seen


def of_stage(seen, stage):
    return [(now, text) for now, text in seen if now.stage == stage]


def test_it_goes_from_the_race_to_the_judgement(followed):
    _, _, seen = followed
    stages = list(dict.fromkeys(now.stage for now, _ in seen))
    assert stages == ["race", "search", "probe", "judgement"]
    assert all(now.goes_on for now, _ in seen)
    done = [now.done for now, _ in seen]
    assert done == sorted(done)
    assert {now.most for now, _ in seen} == {80}


def test_the_race_names_who_joins_and_who_is_left_on_which_seeds(followed):
    _, _, seen = followed
    first = of_stage(seen, "race")[0][1]
    assert first.startswith("recommendation, running: the race, where 1 candidate (multi-head)")
    assert "joins on seeds 0, 1; 0 of these 8 trainings are done" in " ".join(first.split())
    later = [now for now, _ in of_stage(seen, "race") if now.seeds == (2,)]
    assert later
    said = " ".join(str(replace(later[0], books=seen[-1][0].books)).split())
    assert "on seed 2, the 3rd of at most 4; " in said


def test_no_matrix_is_shown_before_pairs_are_probed(followed):
    _, _, seen = followed
    for stage in ("race", "search"):
        before = [text for now, text in of_stage(seen, stage) if not now.probe.has_pairs]
        assert before
        assert not any("?" in text or "change in %" in text for text in before)
    assert all("change in %" in text for _, text in of_stage(seen, "probe"))


def test_the_judgement_counts_its_fresh_seeds(followed):
    _, _, seen = followed
    now, text = of_stage(seen, "judgement")[0]
    assert now.seeds == (4, 5, 6)
    assert "0 of 3 fresh seeds finished" in " ".join(text.split())
    assert of_stage(seen, "judgement")[-1][0].seconds_left < now.seconds_left


def test_time_left_is_told_once_anything_alike_was_trained(followed):
    _, _, seen = followed
    assert seen[0][0].seconds_left is None
    searching = of_stage(seen, "search")[-1]
    assert searching[0].seconds_left > 0
    assert "at most about " in searching[1]


def test_at_its_end_it_says_what_is_recommended_and_where_that_is(followed):
    folder, best, _ = followed
    now = status(folder)
    assert (now.stage, now.goes_on, now.seconds_left) == ("finished", False, None)
    assert now.recommended == best.config.name
    assert now.done == len(best.trained)
    said = " ".join(str(now).split())
    assert f"recommendation, finished: {best.answer.partition('. ')[0]}" in said
    assert f"why: {folder}/recommendation.txt; what to train: {folder}/recommended.toml" in said
    assert f"{now.done} of at most 80 trainings done, 0 failed" in said


def test_the_command_says_the_same_of_the_folder_and_of_its_ledger(followed, capsys):
    folder, _, _ = followed
    for path in (folder, folder / "probe.db"):
        assert main(["status", str(path)]) == 0
        assert capsys.readouterr().out.startswith("recommendation, finished: Train ")
    assert main(["status", str(folder), "--failures"]) == 0
    assert capsys.readouterr().out == "no run failed\n"


def test_a_folder_of_an_earlier_release_says_what_is_known(followed, tmp_path):
    folder, best, _ = followed
    (tmp_path / "probe.db").write_bytes((folder / "probe.db").read_bytes())
    assert recommendation_status(tmp_path) is None  # as that of any study
    assert str(status(tmp_path)).startswith("done ")
    keep_runs(tmp_path, 1.0, None, 80)
    now = status(tmp_path)
    assert (now.stage, now.goes_on, now.most) == ("", None, 80)
    assert "begun by an earlier release" in str(now)
    (tmp_path / RECOMMENDATION).write_text((folder / RECOMMENDATION).read_text())
    now = status(tmp_path)
    assert (now.stage, now.recommended) == ("finished", best.config.name)
    assert f"{now.done} of at most 80 trainings in this folder done" in str(now)


def test_after_ctrl_c_it_says_where_it_stopped_and_that_it_goes_on(tmp_path):
    recommended(tmp_path / "best", ends=lambda now: now.stage == "search" and now.now["done"] > 7)
    now = status(tmp_path / "best")
    assert (now.stage, now.goes_on, now.seconds_left) == ("search", False, None)
    said = " ".join(str(now).split())
    assert said.startswith("recommendation, stopped in a search of loss weights on seed")
    assert "the same command or call goes on from here" in said
    assert "?" not in said


def test_where_its_process_was_killed_it_does_not_go_on(tmp_path):
    folder = tmp_path / "best"
    recommended(folder, ends=lambda now: now.done > 3)
    progress = read_progress(folder)
    place, _, start = progress.process
    replace(progress, stopped=None).write(folder)
    assert status(folder).goes_on  # its process is this one
    replace(progress, stopped=None, process=(place, 2**22 - 1, start)).write(folder)
    assert not status(folder).goes_on


def test_failures_of_every_candidate_are_told_and_shown_whole(tmp_path, capsys):
    folder = tmp_path / "best"
    best, _ = recommended(folder, fails=lambda tasks, seed: len(tasks) == 2 and seed == 1)
    now = status(folder)
    assert len(now.failures) == best.failed > 0
    assert f"all that is kept of why: gradsplit status {folder} --failures" in str(now)
    assert f" done, {best.failed} failed\n" in str(now)
    assert main(["status", str(folder), "--failures"]) == 0
    shown = capsys.readouterr().out
    assert shown.count("  RuntimeError: out of memory\n  In ") == best.failed
    assert "Traceback" in shown
    other = Run((TASKS[0],), 90)
    with Ledger(folder / "probe.db") as book:  # as of an earlier probe
        book.add([other])
        book.record(Outcome(other, error="no memory"))
    assert f" done, {best.failed} failed; 1 of other runs in this folder failed\n" in str(
        status(folder)
    )
    assert f"`gradsplit status {folder} --failures` shows all that is kept of why" in str(best)


def test_an_error_that_ended_it_is_told(tmp_path):
    folder = tmp_path / "best"
    with pytest.raises(Exception, match="single-task trainings fail"):
        recommended(folder, fails=lambda tasks, seed: len(tasks) == 1 and seed == 1)
    said = " ".join(str(status(folder)).split())
    assert "it ended with: Nothing can be recommended while single-task trainings fail" in said


def test_a_probe_is_no_recommendation(tmp_path):
    PairwiseProbe(["a", "b"], lambda tasks, seed: dict.fromkeys(tasks, 0.5), [0],
                  tmp_path / "probe.db").run(progress=False)  # fmt: skip
    assert status(tmp_path).counts["done"] == 3
    (tmp_path / FILE).write_text(json.dumps({"format": "another"}))
    assert status(tmp_path).counts["done"] == 3


def test_tasks_may_be_named_in_another_order_than_the_ledger_has(tmp_path):
    ledger = tmp_path / "probe.db"
    PairwiseProbe(TASKS[::-1], masked, [0], ledger).run(progress=False)
    recommend_function(masked, TASKS, tmp_path, **FEW)
    found = status(tmp_path)
    assert found.failed == 0
    assert found.done == len(found.progress.runs)
