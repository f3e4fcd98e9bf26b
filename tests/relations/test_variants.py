import pytest

from relations import PairwiseProbe, Task
from relations.errors import LedgerError, RunFailedError
from relations.ledger.ledger import Ledger
from relations.runs import Outcome, Run
from relations.seeds import Seeds
from relations.variants import refuse_failed, train_runs

GOOD = Outcome(Run(("a",), 0), scores={"a": 1.0})


def test_all_failed_runs_are_named_at_once():
    failed = [
        Outcome(Run(("a", "b"), 1, "gradsplit"), error="ValueError: nan\n\nTraceback"),
        Outcome(Run(("b",), 2)),
    ]
    with pytest.raises(RunFailedError) as refusal:
        refuse_failed([GOOD, *failed], "No table")
    text = str(refusal.value)
    assert text.startswith("No table")
    assert "a+b seed 1 (gradsplit): ValueError: nan" in text
    assert "b seed 2" in text
    assert "Traceback" not in text


def test_outcomes_come_in_the_order_of_the_runs(tmp_path):
    def scaled(factor):
        return lambda tasks, seed: dict.fromkeys(tasks, factor * (seed + 1))

    runs = [Run(("a", "b"), 2, "new"), Run(("b", "a"), 0), Run(("a", "b"), 1, "new")]
    trainers = {"": scaled(1.0), "new": scaled(10.0)}
    outcomes = train_runs(trainers, [Task("a"), Task("b")], runs, tmp_path / "probe.db")
    assert [dict(outcome.scores or {}) for outcome in outcomes] == [
        {"a": 30.0, "b": 30.0},
        {"a": 1.0, "b": 1.0},
        {"a": 20.0, "b": 20.0},
    ]


def test_finished_runs_pass():
    refuse_failed([GOOD], "No table")


class Trained:
    """A trainer whose scores depend on a setting."""

    def __init__(self, steps):
        self.steps = steps

    def settings(self):
        return {"steps": self.steps}

    def __call__(self, tasks, seed):
        return dict.fromkeys(tasks, 1.0 + seed + self.steps)


def scores_of(steps, folder, variant, seeds=(0,)):
    runs = [Run(("a",), seed, variant) for seed in seeds]
    trainers = {variant: Trained(steps)}
    outcomes = train_runs(trainers, [Task("a")], runs, folder / "p.db", progress=False)
    return [outcome.scores for outcome in outcomes]


@pytest.mark.parametrize("variant", ["", "gradsplit #1234"])
def test_runs_of_a_variant_with_other_settings_are_refused(tmp_path, variant):
    first = scores_of(3, tmp_path, variant)
    with pytest.raises(LedgerError, match="steps: 3 in the ledger, 4 now"):
        scores_of(4, tmp_path, variant)
    with pytest.raises(LedgerError, match="steps: 3 in the ledger, 4 now"):
        scores_of(4, tmp_path, variant, seeds=(1,))
    assert scores_of(3, tmp_path, variant) == first
    with Ledger(tmp_path / "p.db") as ledger:
        assert len(ledger.states(variant)) == 1


def test_one_variant_does_not_answer_for_another(tmp_path):
    scores_of(3, tmp_path, "slow")
    assert scores_of(4, tmp_path, "fast") == [{"a": 5.0}]


def test_variants_leave_the_looks_of_a_probe_alone(tmp_path):
    """Adaptive seeds are judged by them."""
    probe = PairwiseProbe(["a", "b"], Trained(3), Seeds(2, 4), tmp_path / "p.db")
    probe.run(progress=False)
    with Ledger(tmp_path / "p.db", read_only=True) as ledger:
        looks = ledger.looks()
    train_runs({"": Trained(3)}, probe.tasks, [Run(("a",), 0)], tmp_path / "p.db", progress=False)
    with Ledger(tmp_path / "p.db", read_only=True) as ledger:
        assert looks is not None and ledger.looks() == looks


@pytest.mark.parametrize("variant", ["", "other"])
def test_a_probe_with_other_settings_is_refused_before_it_trains(tmp_path, variant):
    def probe(steps):
        return PairwiseProbe(["a", "b"], Trained(steps), [0], tmp_path / "p.db", variant=variant)

    probe(3).run(progress=False)
    for act in (probe(4).plan, probe(4).run, lambda: probe(4).collect(tmp_path)):
        with pytest.raises(LedgerError, match="steps: 3 in the ledger, 4 now"):
            act()
