import pytest

from relations import PairwiseProbe, Task
from relations.errors import RelationsError
from relations.executors.ensemble import Ensemble
from relations.runs import Run

RUNS = [Run(("a",), 0), Run(("b",), 0), Run(("a", "b"), 0), Run(("a",), 1), Run(("b",), 1)]


class Together:
    def __init__(self):
        self.groups = []

    def __call__(self, tasks, seed):
        raise AssertionError("trained alone")

    def together(self, runs):
        self.groups.append(runs)
        return [self.result(tasks, seed) for tasks, seed in runs]

    def result(self, tasks, seed):
        return {task: 0.5 + 0.01 * seed + 0.1 * len(tasks) for task in tasks}

    def settings(self):
        return {}


@pytest.mark.parametrize(("members", "sizes"), [(1, [1] * 5), (2, [2, 2, 1]), (9, [5])])
def test_runs_are_trained_in_groups(members, sizes):
    train = Together()
    outcomes = list(Ensemble(members).outcomes(train, iter(RUNS)))
    assert [len(group) for group in train.groups] == sizes
    assert [outcome.run for outcome in outcomes] == RUNS
    assert outcomes[3].scores == {"a": 0.61}
    assert all(outcome.wall_seconds is not None for outcome in outcomes)


def test_a_group_is_asked_for_only_when_it_can_start():
    asked = []

    def lazily():
        for run in RUNS:
            asked.append(run)
            yield run

    outcomes = Ensemble(2).outcomes(Together(), lazily())
    next(outcomes)
    assert asked == RUNS[:2]


def test_a_failed_member_does_not_disturb_the_others():
    class Failing(Together):
        def result(self, tasks, seed):
            if seed == 1:
                return ValueError("loss is nan") if tasks == ("a",) else {"b": float("nan")}
            return super().result(tasks, seed)

    outcomes = list(Ensemble().outcomes(Failing(), RUNS))
    assert [outcome.error is None for outcome in outcomes] == [True, True, True, False, False]
    assert outcomes[3].error == "ValueError: loss is nan"
    assert "finite" in str(outcomes[4].error)


def test_a_probe_takes_it(tmp_path):
    train = Together()
    probe = PairwiseProbe([Task("a"), Task("b")], train, range(3), tmp_path / "probe.db")
    changes = probe.run(Ensemble(4), progress=False)
    assert changes.mean[0, 1] > 0
    probe.run(Ensemble(4), progress=False)
    assert sum(map(len, train.groups)) == 9


def test_a_trainer_that_trains_one_by_one_is_refused():
    with pytest.raises(RelationsError, match="no `together"):
        list(Ensemble().outcomes(lambda tasks, seed: {}, RUNS))


def test_there_must_be_members():
    with pytest.raises(RelationsError, match="at least 1, got 0"):
        Ensemble(0)
