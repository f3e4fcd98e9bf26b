"""A task that no run finished with is named, with how to leave it out."""

from relations import PairwiseProbe, load_relations, status
from relations.ledger.never_finished import never_finished
from relations.runs import Run
from relations.sources import load_changes

HINT = "no run with prise has finished: --without prise leaves it out of relations"


def train(tasks, seed):
    known = {"click": 0.5, "wear": 0.25, "price": 0.75}
    return {task: known[task] + 0.01 * seed for task in tasks}


def test_a_mistyped_task_is_named_where_it_is_in_the_way(tmp_path):
    path = tmp_path / "probe.db"
    for tasks in (["click", "prise", "wear"], ["click", "price", "wear"]):
        PairwiseProbe(tasks, train, range(2), path).run(progress=False)
    assert HINT in str(load_changes(path))
    assert HINT in str(status(path))
    assert any(HINT in line for line in load_relations(tmp_path).changes.warnings)
    assert HINT not in str(load_changes(path, without="prise"))


def test_nothing_is_said_while_runs_are_to_come_or_where_nothing_is_left():
    done = {Run((task,), 0): "done" for task in ("a", "b")}
    failed = {Run(("c",), 0): "failed", Run(("a", "c"), 0): "failed"}
    assert never_finished(done | failed, ["a", "b", "c"]) == ["c"]
    assert never_finished(done | failed | {Run(("c",), 1): "planned"}, ["a", "b", "c"]) == []
    assert never_finished(failed, ["a", "c"]) == []
    assert never_finished(done, ["a", "b", "c"]) == []  # nobody has tried c yet
