"""Networks of a comparison are scored on other task sets, and trained once."""

from dataclasses import dataclass

import pytest

from gradsplit import LastStage, compare, fit, score
from gradsplit.errors import GradSplitError
from gradsplit.studies.comparison.other_sets import other_sets
from gradsplit.training.methods.multi_head import MultiHead
from relations.ledger.ledger import Ledger
from tests.gradsplit.toy_tasks import Toy
from tests.places import TOY_TASKS

pytestmark = pytest.mark.long

FEW = {"seeds": [0, 1], "probe_seeds": [7], "costs": False, "progress": False}
METHODS = ["multi-head", "last-stage"]


@dataclass(frozen=True)
class Shifted(Toy):
    """The toy tasks on other data, but for one of them."""

    shift: float = 0.5
    tasks = Toy.tasks[:2]

    def data(self, task, seed):
        inputs, target = super().data(task, seed)
        return inputs + self.shift, target


@dataclass(frozen=True)
class Halves(Shifted):
    """Inputs of another type than the networks' parameters."""

    def score(self, task, predict):
        return super().score(task, lambda inputs: predict(inputs.float()))


@dataclass(frozen=True)
class Late(Shifted):
    """Fails after its first predictions."""

    def score(self, task, predict):
        super().score(task, predict)
        raise RuntimeError("a picture is missing")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("compared")


@pytest.fixture(scope="module")
def compared(folder):
    return compare(Toy(), METHODS, folder, also={"shifted": Shifted()}, **FEW)


def test_scores_are_those_of_each_network_on_the_other_set(compared):
    crossed = compared.comparison.cross["shifted"]
    assert crossed.tasks == ("sum", "error") and crossed.methods == ("single", *METHODS)
    for method, made in (("multi-head", MultiHead()), ("last-stage", LastStage())):
        fitted = fit(Toy(), Toy().task_names, 1, method=made)
        wanted = score(fitted.network, Shifted(), trained_on=Toy())
        assert crossed.scores[method][1] == pytest.approx(dict(wanted))
    alone = score(fit(Toy(), ("sum",), 0).network, Shifted(), trained_on=Toy())
    assert crossed.scores["single"][0]["sum"] == pytest.approx(alone["sum"])


def test_nothing_of_the_own_scores_is_another_one(compared, tmp_path):
    plain = compare(Toy(), METHODS, tmp_path, **FEW)
    assert plain.comparison.scores == compared.comparison.scores
    assert plain.comparison.cross == {} and not (tmp_path / "networks").exists()


def test_own_and_other_stand_in_one_table(compared, folder):
    header = compared.tables.cross.header
    for column in (
        "sum",
        "sum on shifted",
        "Δm [%]",
        "Δm on shifted [%]",
        "− multi-head on shifted",
    ):
        assert column in header
    assert "shifted: class.sign is left out: the task set has no such task." in str(compared)
    assert (folder / "cross_dataset.csv").read_text().count("\nshifted,") == 3
    assert (
        (folder / "cross_dataset_scores.csv").read_text().startswith("set,method,seed,task,score\n")
    )


def test_another_set_later_trains_nothing_again(compared, folder):
    before = when_finished(folder)
    again = compare(
        Toy(), METHODS, folder, also={"far": Shifted(shift=2.0), "shifted": Shifted()}, **FEW
    )
    assert when_finished(folder) == before and again.trained == frozenset()
    assert again.comparison.cross["shifted"].scores == compared.comparison.cross["shifted"].scores
    far = again.comparison.cross["far"].scores["last-stage"][0]
    fitted = fit(Toy(), Toy().task_names, 0, method=LastStage())
    assert far == pytest.approx(dict(score(fitted.network, Shifted(shift=2.0), trained_on=Toy())))


def test_the_same_name_for_other_data_is_no_known_score(compared, folder):
    other = compare(Toy(), METHODS, folder, also={"shifted": Shifted(shift=9.0)}, **FEW)
    assert other.comparison.cross["shifted"].scores != compared.comparison.cross["shifted"].scores


def test_runs_whose_networks_are_not_kept_are_named_and_nothing_is_trained(tmp_path):
    compare(Toy(), ["multi-head"], tmp_path, **FEW)
    before = when_finished(tmp_path)
    with pytest.raises(GradSplitError, match="6 finished runs would have to be trained again"):
        compare(Toy(), [*METHODS], tmp_path, also={"shifted": Shifted()}, **FEW)
    assert when_finished(tmp_path) == before


def when_finished(folder):
    with Ledger(folder / "probe.db", read_only=True) as book:
        return {variant: book.trained(variant) for variant in book.variants()}


@pytest.mark.parametrize("executor", ["in-process", "processes"])
def test_worker_processes_do_the_same(compared, tmp_path, executor):
    word = f"toys={TOY_TASKS}:Toy:width=8"
    made = compare(Toy(), METHODS, tmp_path, also=[word], executor=executor, **FEW)
    own, crossed = made.comparison, made.comparison.cross["toys"]
    assert crossed.scores["last-stage"][1] == pytest.approx(own.scores["last-stage"][1])


def test_what_cannot_be_scored_is_said_before_anything_is_trained(tmp_path):
    with pytest.raises(GradSplitError) as caught:
        compare(Toy(), METHODS, tmp_path / "new", also=["planted", "nothing", "planted"], **FEW)
    for said in ("`planted` shares no task", "There is no task set `nothing`"):
        assert said in str(caught.value)
    assert ".;" not in str(caught.value)
    assert not (tmp_path / "new").exists()


def test_inputs_that_networks_cannot_take_are_seen_before_anything_is_trained(tmp_path):
    with pytest.raises(GradSplitError, match="cannot take inputs of `d`: sum: RuntimeError: "):
        compare(Toy(), METHODS, tmp_path / "new", also={"d": Halves()}, **FEW)
    assert not (tmp_path / "new").exists()


def test_scores_on_another_set_that_fail_later_cost_no_training(tmp_path):
    with pytest.raises(
        GradSplitError, match=r"on `late`: .* sum of `.*`: RuntimeError: a picture is missing"
    ):
        compare(Toy(), METHODS, tmp_path, also={"late": Late()}, **FEW)
    before = when_finished(tmp_path)
    assert sum(map(len, before.values())) == 10
    assert compare(Toy(), METHODS, tmp_path, **FEW).trained == frozenset()
    assert when_finished(tmp_path) == before


def test_names_of_other_sets(tmp_path):
    words = [f"a b={TOY_TASKS}:Toy:width=8", f"{TOY_TASKS}:Toy"]
    made = other_sets(words, Toy(), tmp_path)
    assert [one.label for one in made.others] == ["a b", f"{TOY_TASKS}:Toy"]
    assert other_sets((), Toy(), tmp_path) is None
    with pytest.raises(GradSplitError, match="is given twice"):
        other_sets([words[0], words[0]], Toy(), tmp_path)
    with pytest.raises(GradSplitError, match="`also` takes a list"):
        other_sets("figures", Toy(), tmp_path)
