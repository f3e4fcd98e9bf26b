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


class Limited(Together):
    """Trains at most so many runs at once; more are too many for its memory."""

    def __init__(self, most):
        super().__init__()
        self.most = most

    def together(self, runs):
        results = super().together(runs)
        if len(runs) > self.most:
            raise MemoryError("full")
        return results


@pytest.mark.parametrize(
    ("members", "most", "sizes"),
    [(5, 4, [5, 2, 2, 1]), (5, 1, [5, 2, 1, 1, 1, 1, 1]), (None, 2, [5, 2, 2, 1])],
)
def test_a_group_that_does_not_fit_is_halved_and_nothing_is_lost(members, most, sizes):
    train = Limited(most)
    outcomes = list(Ensemble(members).outcomes(train, iter(RUNS)))
    assert [len(group) for group in train.groups] == sizes
    assert [outcome.run for outcome in outcomes] == RUNS
    assert all(outcome.error is None for outcome in outcomes)


def test_finished_groups_stay_when_memory_runs_short_later():
    class Filling(Together):
        def together(self, runs):
            if self.groups and len(runs) > 1:
                raise MemoryError
            return super().together(runs)

    outcomes = list(Ensemble(2).outcomes(Filling(), iter(RUNS)))
    assert [outcome.run for outcome in outcomes] == RUNS
    assert all(outcome.error is None for outcome in outcomes)


def test_a_run_that_does_not_fit_alone_has_failed_and_the_others_go_on():
    class NoPairs(Together):
        def together(self, runs):
            if any(len(tasks) > 1 for tasks, _ in runs):
                raise MemoryError("full")
            return super().together(runs)

    outcomes = list(Ensemble().outcomes(NoPairs(), iter(RUNS)))
    assert {outcome.run for outcome in outcomes} == set(RUNS)
    assert [outcome.run for outcome in outcomes if outcome.error] == [Run(("a", "b"), 0)]
    assert next(one.error for one in outcomes if one.error) == "MemoryError: full"


class Weighed(Together):
    def __init__(self, free):
        super().__init__()
        self.free = free

    def member_bytes(self):
        return {"a": 10, "b": 20}

    def free_bytes(self):
        return self.free


@pytest.mark.parametrize(
    ("free", "sizes"), [(1000, [5]), (120, [3, 2]), (119, [2, 2, 1]), (1, [1, 1, 1, 1, 1])]
)
def test_half_of_the_free_memory_is_filled(free, sizes):
    train = Weighed(free)
    asked = []

    def lazily():
        for run in RUNS:
            asked.append(run)
            yield run

    outcomes = Ensemble().outcomes(train, lazily())
    first = next(outcomes)
    assert len(asked) <= sizes[0] + 1
    assert [first.run, *(outcome.run for outcome in outcomes)] == RUNS
    assert [len(group) for group in train.groups] == sizes


def test_given_members_are_taken_whatever_is_free():
    train = Weighed(free=1)
    list(Ensemble(4).outcomes(train, iter(RUNS)))
    assert [len(group) for group in train.groups] == [4, 1]


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
