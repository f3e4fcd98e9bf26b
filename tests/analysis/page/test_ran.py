"""What was run: seeds, and how a probe that stopped goes on."""

from contextlib import suppress
from dataclasses import replace

import numpy as np

from analysis.page.ran import Ran, ran_texts, unfinished
from relations.ledger.ledger import Ledger
from relations.plan import duration
from relations.probe import PairwiseProbe
from relations.runs import Outcome, Run
from relations.statistics.change_matrix import ChangeMatrix
from relations.tasks import Task
from tests.analysis.analysis_examples import made_changes
from tests.analysis.page.test_report import html_of

TASKS = (Task("pose"), Task("reid"))
CHANGES = made_changes([[0, 0.1], [0.1, 0]], tasks=["pose", "reid"])
NOTHING = Ran(TASKS, (), {}, (), {}, None, ())


def test_time_and_memory_are_of_all_runs_those_beside_the_probe_too(tmp_path):
    path = tmp_path / "probe.db"
    with Ledger(path) as book:
        for variant, seconds, memory in (
            ("", 10.0, 2**20),
            ("db-mtl", 100.0, 2**22),
            ("wide", 5, 0),
        ):
            run = Run(("pose",), 0, variant)
            book.register(TASKS, {}, variant)
            book.add([run])
            book.record(
                Outcome(run, {"pose": 0.5}, wall_seconds=seconds, peak_memory_bytes=memory or None)
            )
    facts = dict(ran_texts(Ran.from_ledger(path), CHANGES).facts)
    assert facts["training time, all runs"] == duration(115)
    assert facts["most memory of a run"] == "4 MiB"
    assert facts["other runs in the ledger"] == "2"


def test_tasks_keep_their_direction_and_score_whichever_the_page_is_of():
    tasks = (Task("pose"), Task("typo"), Task("reid", higher_is_better=False))
    changes = ChangeMatrix(["reid", "pose"], [[0, 0.1], [0.1, 0]], baseline=[[0.25, 0.5]])
    assert ran_texts(replace(NOTHING, tasks=tasks), changes).tasks == [
        ("reid", "lower is better", "0.250"),
        ("pose", "higher is better", "0.500"),
    ]


def test_a_complete_probe_says_nothing_of_going_on():
    assert unfinished(replace(NOTHING, states={"done": 9})) == ""


def test_a_stopped_probe_says_what_is_there_and_how_to_go_on():
    said = unfinished(replace(NOTHING, states={"done": 4, "planned": 3, "running": 1, "failed": 2}))
    assert "4 of 10 runs are done, 4 are missing, 2 failed" in said
    assert "its command again" in said


def test_seeds_of_a_ledger_are_those_of_its_pairs_and_without_any_of_all_runs(tmp_path):
    def train(tasks, seed):
        if len(tasks) == fails_with:
            raise KeyboardInterrupt
        return {task: len(task) + 0.01 * seed for task in tasks}

    found = []
    for fails_with in (2, 0):
        ledger = tmp_path / f"{fails_with}.db"
        probe = PairwiseProbe(TASKS, train, seeds=range(3), ledger=ledger, settings={"a": 1})
        with suppress(KeyboardInterrupt):
            probe.run()
        found.append(Ran.from_ledger(ledger))
    stopped, whole = found
    assert stopped.seeds and stopped.planned_seeds == (0, 1, 2)
    assert unfinished(stopped) and not unfinished(whole)
    assert whole.seeds == whole.planned_seeds == (0, 1, 2)


def test_seeds_of_pairs_are_told_apart_from_more_seeds_of_tasks_alone(tmp_path):
    path = tmp_path / "probe.db"
    runs = [Run(("pose",), seed) for seed in range(4)]
    runs += [Run(("pose", "reid"), seed) for seed in (0, 1)]
    runs += [Run(("parsing", "pose", "reid"), 3)]
    with Ledger(path) as book:
        book.register((*TASKS, Task("parsing")), {})
        book.add(runs)
        for run in runs:
            book.record(Outcome(run, dict.fromkeys(run.tasks, 0.5)))
    found = Ran.from_ledger(path)
    assert found.seeds == found.planned_seeds == (0, 1)
    three = made_changes(np.zeros((3, 3)), tasks=["pose", "reid", "parsing"])
    facts = dict(ran_texts(found, three).facts)
    assert facts["seeds of pairs"] == "0, 1" and facts["seeds of tasks alone"] == "4 (0 to 3)"


def test_settings_and_other_runs_are_behind_a_click_and_say_none_for_nothing():
    ran = replace(
        NOTHING,
        settings={"method": None, "recipe": {"weights": {}}, "code": {"value a": "a7ba595929"}},
        variants=(("db-mtl #bd8f1607", 14), ("multi-head #1d2c1ac3", 2)),
    )
    changes = made_changes([[0, -0.1], [0.1, 0]], tasks=["pose", "reid"])
    section = html_of(changes, ran=ran).partition('id="ran-title"')[2].partition("</section>")[0]
    before, settings, others = section.split('<details class="side">')
    assert "a7ba595929" not in before and "bd8f1607" not in before
    assert "<summary>Settings and versions</summary>" in settings and "a7ba595929" in settings
    assert "<dt>method</dt><dd>none</dd>" in settings and "null" not in section
    assert "<summary>Other runs in the ledger: 2 ways of training</summary>" in others


def test_a_page_of_a_table_says_which_scores_are_better():
    runs = [Outcome(Run((task,), 0), {task: 0.5}) for task in ("pose", "depth")]
    runs.append(Outcome(Run(("depth", "pose"), 0), {"pose": 0.4, "depth": 0.4}))
    tasks = [Task("pose"), Task("depth", higher_is_better=False)]
    said = "Which scores are better: pose higher, depth lower."
    assert said in html_of(ChangeMatrix.from_runs(tasks, runs))
    assert "Which scores are better" not in html_of(ChangeMatrix(tasks, [[0, 0.1], [0.1, 0]]))
