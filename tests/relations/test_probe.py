import warnings

import numpy as np
import pytest

from relations import ChangeMatrix, GradientMask, PairwiseProbe, RelationGraph, Task
from relations.errors import LedgerError, RelationsError, RunFailedError, ScoreNote, TaskError
from relations.ledger.ledger import Ledger
from relations.runs import Run


@pytest.fixture
def path(tmp_path):
    return tmp_path / "probe.db"


def test_a_probe_finds_what_is_there(path, slides_trainer, four_tasks):
    changes = PairwiseProbe(four_tasks, slides_trainer, range(5), path).run()
    graph = RelationGraph.from_changes(changes)
    assert {source for source, _ in graph.harmful()} == {"attribute", "reid"}
    assert changes.mean[0, 3] == pytest.approx(-0.0987, abs=0.003)
    assert (changes.n[~np.eye(4, dtype=bool)] == 5).all()
    assert changes.seeds == (0, 1, 2, 3, 4)


def test_the_plan_costs_nothing_and_leaves_nothing(path, slides_trainer, four_tasks):
    plan = PairwiseProbe(four_tasks, slides_trainer, range(2), path).plan()
    assert len(plan.missing) == len(plan.runs) == 20
    assert not path.exists()
    assert slides_trainer.trained == []


def test_a_finished_run_is_never_trained_again(path, slides_trainer, four_tasks):
    probe = PairwiseProbe(four_tasks, slides_trainer, range(2), path)
    first = probe.run()
    second = probe.run()
    assert len(slides_trainer.trained) == 20
    np.testing.assert_array_equal(first.mean, second.mean)
    assert probe.plan().missing == ()
    assert probe.plan().cost is not None


def test_it_goes_on_where_it_was_interrupted(path, known_trainer, four_tasks):
    class Interrupted(known_trainer):
        def __call__(self, tasks, seed):
            if len(self.trained) == 7:
                raise KeyboardInterrupt
            return super().__call__(tasks, seed)

    first = Interrupted({})
    with pytest.raises(KeyboardInterrupt, match="finished runs are kept: the same command or call"):
        PairwiseProbe(four_tasks, first, range(2), path).run()
    second = known_trainer({})
    PairwiseProbe(four_tasks, second, range(2), path, accept_changed_code=True).run()
    assert len(first.trained) == 7
    assert len(second.trained) == 13
    assert not set(first.trained) & set(second.trained)


def test_adding_a_task_and_seeds_trains_only_what_is_new(path, known_trainer):
    trainer = known_trainer({})
    PairwiseProbe(["a", "b"], trainer, range(2), path).run()
    trainer.trained.clear()
    changes = PairwiseProbe(["new", "a", "b"], trainer, range(3), path).run()
    assert len(trainer.trained) == 3 * 6 - 2 * 3
    assert changes.tasks == ("new", "a", "b")
    assert (changes.n[~np.eye(3, dtype=bool)] == 3).all()


def test_only_the_probes_own_seeds_count(path, known_trainer):
    PairwiseProbe(["a", "b"], known_trainer({}), range(4), path).run()
    changes = PairwiseProbe(["a", "b"], known_trainer({}), [1, 2], path).run()
    assert changes.seeds == (1, 2)


class Fails:
    def __init__(self, tasks, seed, what):
        self.tasks, self.seed, self.what = tasks, seed, what

    def __call__(self, tasks, seed):
        if (tasks, seed) == (self.tasks, self.seed):
            if isinstance(self.what, Exception):
                raise self.what
            return self.what
        return dict.fromkeys(tasks, 0.5 + 0.001 * seed)


@pytest.mark.parametrize(
    ("what", "error"),
    [
        (RuntimeError("boom"), "RuntimeError: boom"),
        ({"a": float("nan"), "b": 1.0}, "the score of `a` must be finite, got nan"),
        ({"a": 0.5}, "no score for `b`"),
        (None, "must return a score for each task"),
    ],
)
def test_a_failed_run_is_recorded_and_its_edges_are_unknown(path, what, error):
    probe = PairwiseProbe(["a", "b", "c"], Fails(("a", "b"), 1, what), range(3), path)
    changes = probe.run()
    plan = probe.plan()
    assert plan.missing == plan.failed == (Run(("a", "b"), 1),)
    assert len(plan.done) == 3 * 6 - 1
    with Ledger(path, read_only=True) as ledger:
        errors = [outcome.error for outcome in ledger.outcomes() if outcome.error]
    assert len(errors) == 1
    assert error in errors[0]
    graph = RelationGraph.from_changes(changes)
    assert graph.with_verdict("unknown") == [("a", "b"), ("b", "a")]
    with pytest.raises(RelationsError, match="a -> b"):
        GradientMask.from_graph(graph)


def test_failed_runs_are_tried_again_by_the_next_call_unless_told_not_to(path, known_trainer):
    PairwiseProbe(["a", "b"], Fails(("a",), 0, RuntimeError("boom")), [0, 1], path).run()
    sound = Fails(None, None, None)
    probe = PairwiseProbe(["a", "b"], sound, [0, 1], path, accept_changed_code=True)
    assert np.isnan(probe.run(retry_failed=False).baseline).sum() == 0
    assert len(probe.plan().failed) == 1
    probe.run()
    assert probe.plan().missing == ()


def test_other_settings_are_refused_before_anything_is_trained(path, known_trainer):
    PairwiseProbe(["a", "b"], known_trainer({}, noise=0.0), [0], path).run()
    other = known_trainer({}, noise=0.1)
    with pytest.raises(LedgerError, match=r"noise: 0.0 in the ledger, 0.1 now"):
        PairwiseProbe(["a", "b"], other, [0], path).run()
    with pytest.raises(LedgerError, match=r"noise: 0.0 in the ledger, 0.1 now"):
        PairwiseProbe(["a", "b"], other, [0], path).plan()  # not: all is done
    assert other.trained == []


def test_settings_say_what_scores_depend_on(path, known_trainer):
    given = PairwiseProbe(["a"], known_trainer({}), [0], path, {"width": 3}).settings()
    assert given["width"] == 3
    assert "numpy" in given["libraries"]
    own = PairwiseProbe(["a"], known_trainer({}), [0], path).settings()
    assert own["noise"] == 0.0
    plain = PairwiseProbe(["a"], lambda tasks, seed: {}, [0], path).settings()
    assert list(plain) == ["libraries", "code"]
    with pytest.raises(RelationsError, match=r"`settings` cannot hold noise"):
        PairwiseProbe(["a"], known_trainer({}), [0], path, {"noise": 3}).settings()


def test_a_variant_has_its_own_runs_in_the_same_ledger(path, known_trainer):
    PairwiseProbe(["a", "b"], known_trainer({}), [0, 1], path).run()
    longer = known_trainer({("a", "b"): 0.1})
    probe = PairwiseProbe(
        ["a", "b"], longer, [0, 1], path, settings={"steps": 2}, variant="steps=2"
    )
    assert probe.run().mean[0, 1] == pytest.approx(0.1)
    assert len(longer.trained) == 6
    assert ChangeMatrix.from_ledger(path).mean[0, 1] == pytest.approx(0.0)
    assert ChangeMatrix.from_ledger(path, "steps=2").mean[0, 1] == pytest.approx(0.1)


def test_a_baseline_of_zero_says_what_to_do(path):
    probe = PairwiseProbe(["a", "b"], lambda tasks, seed: dict.fromkeys(tasks, 0.0), [0], path)
    with pytest.warns(ScoreNote, match="alone scores 0.*its edges will be unknown"):
        changes = probe.run()
    text = str(RelationGraph.from_changes(changes))
    assert "`a` has a single-task score (the baseline) of zero" in text
    assert "nothing is known" in text and "none\n" not in text


@pytest.mark.parametrize(
    ("train", "words"),
    [
        (lambda tasks, seed: 1 / 0, "ZeroDivisionError: division by zero"),
        (lambda tasks, seed: [0.5], r"must return a score for each task.*got a list:\n\[0.5\]"),
        (lambda tasks, seed: dict.fromkeys(tasks, float("nan")), "must be finite, got nan"),
    ],
)
def test_a_training_that_always_fails_is_raised_with_its_first_error(path, train, words):
    probe = PairwiseProbe(["a", "b"], train, [0, 1], path)
    with pytest.raises(RunFailedError, match=f"(?s)No run gave scores. 6 runs failed; .*{words}"):
        probe.run()
    assert len(probe.plan().failed) == 6


def test_a_metric_that_crosses_zero_is_told_before_the_other_runs_are_trained(path):
    trained, told = [], []

    def train(tasks, seed):
        trained.append(tasks)
        return {task: (-1) ** seed * 0.1 if task == "r2" else 0.5 for task in tasks}

    def note(message, *_):
        told.append((len(trained), str(message)))

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = note
        changes = PairwiseProbe(["a", "r2"], train, [0, 1, 2], path).run()
    assert [(count, text.partition(":")[0]) for count, text in told] == [
        (trained.index(("r2",), trained.index(("r2",)) + 1) + 1, "`r2` alone scores 0.1 and -0.1")
    ]
    assert told[0][0] < len(trained) == 9
    assert changes.known.tolist() == [[False, False], [True, False]]


def test_the_first_error_of_some_failed_runs_is_shown(path):
    def train(tasks, seed):
        if tasks == ("a", "b") and seed == 1:
            raise ValueError("no memory")
        return dict.fromkeys(tasks, 0.5)

    changes = PairwiseProbe(["a", "b", "c"], train, [0, 1], path).run()
    assert "1 run failed; a+b seed 1: ValueError: no memory" in str(changes)
    assert str(RelationGraph.from_changes(changes)).count(" of the 4 known") == 1


def test_one_task_gives_a_matrix_without_edges(path, known_trainer):
    changes = PairwiseProbe(["a"], known_trainer({}), [0, 1], path).run()
    assert changes.mean.shape == (1, 1)
    assert RelationGraph.from_changes(changes).harmful() == []


def test_arguments(path, known_trainer):
    with pytest.raises(RelationsError, match="at least one task"):
        PairwiseProbe([], known_trainer({}), [0], path)
    with pytest.raises(RelationsError, match="`seeds`"):
        PairwiseProbe(["a"], known_trainer({}), [], path)
    with pytest.raises(RelationsError, match="`seeds`"):
        PairwiseProbe(["a"], known_trainer({}), [1, 1], path)
    with pytest.raises(RelationsError, match=r"Use range\(5\)"):
        PairwiseProbe(["a"], known_trainer({}), 5, path)  # type: ignore[arg-type]
    with pytest.raises(TaskError, match="unique"):
        PairwiseProbe(["a", Task("a")], known_trainer({}), [0], path)
    with pytest.raises(RelationsError, match="'in-process', 'processes', 'ray'"):
        PairwiseProbe(["a"], known_trainer({}), [0], path).run("cluster")
    with pytest.raises(RelationsError, match="one run at a time"):
        PairwiseProbe(["a"], known_trainer({}), [0], path).run(workers=2)
    with pytest.raises(RelationsError, match="`workers` must be a whole number, at least 1"):
        PairwiseProbe(["a"], known_trainer({}), [0], path).run("processes", workers=0)
    with pytest.raises(LedgerError, match="There is no ledger"):
        PairwiseProbe(["a"], known_trainer({}), [0], path).changes()


def test_an_executor_of_ones_own(path, known_trainer):
    class Backwards:
        def outcomes(self, train, runs):
            from relations.executors.measured import measured

            for run in reversed(list(runs)):
                yield measured(train, run)

    trainer = known_trainer({})
    PairwiseProbe(["a", "b"], trainer, [0], path).run(Backwards())
    assert [tasks for tasks, _ in trainer.trained] == [("a", "b"), ("b",), ("a",)]


def test_it_is_printed_in_a_few_lines(path, slides_trainer, four_tasks):
    probe = PairwiseProbe(four_tasks, slides_trainer, range(2), path.parent / "new" / "probe.db")
    assert repr(probe) == f"PairwiseProbe(4 tasks, seeds 2, ledger '{probe.ledger}')"
    assert "missing 20" in str(probe)
    probe.run(progress=False)
    assert str(probe.ledger) in str(probe) and "done 20, failed 0, missing 0" in str(probe)
    assert str(probe).count("\n") < 8
