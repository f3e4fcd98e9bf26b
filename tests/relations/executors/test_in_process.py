from relations.executors import Executor, executor_named
from relations.executors.in_process import InProcess
from relations.runs import Run


def test_one_run_at_a_time_in_order():
    asked, trained = [], []

    def runs():
        for seed in range(3):
            asked.append(seed)
            yield Run(("a",), seed)

    def train(tasks, seed):
        trained.append(seed)
        return {"a": float(seed)}

    outcomes = InProcess().outcomes(train, runs())
    assert next(outcomes).scores == {"a": 0.0}
    assert asked == trained == [0]
    assert [outcome.run.seed for outcome in outcomes] == [1, 2]


def test_after_a_run_that_fails_comes_the_next():
    def train(tasks, seed):
        if seed == 1:
            raise RuntimeError("boom")
        return {"a": float(seed)}

    outcomes = list(InProcess().outcomes(train, [Run(("a",), seed) for seed in range(3)]))
    assert [outcome.scores for outcome in outcomes] == [{"a": 0.0}, None, {"a": 2.0}]


def test_it_is_an_executor():
    assert isinstance(executor_named("in-process"), Executor)
    place = InProcess()
    assert executor_named(place) is place
