"""The example task sets on real data, on small made files of the true formats."""

import gzip
import random
import sys

import pytest
import torch

from gradsplit import fit
from gradsplit.tasksets.contract import check_taskset
from gradsplit.tasksets.registry import load_taskset
from tests.places import EXAMPLES

SERIES = ("HUFL", "HULL", "MUFL", "MULL", "LUFL", "LULL", "OT")
ASSAYS = (
    *("NR-AR", "NR-AR-LBD", "NR-AhR", "NR-Aromatase", "NR-ER", "NR-ER-LBD", "NR-PPAR-gamma"),
    *("SR-ARE", "SR-ATAD5", "SR-HSE", "SR-MMP", "SR-p53"),
)
SPECIES = (25400, 29600, 30400, 33400, 17300, 19400, 34500, 38100, 49700, 50390, 55800, 57500)
SPECIES = (*SPECIES, 59300, 37880)
MONTH = 30 * 24


@pytest.fixture
def etth1(tmp_path):
    """Series that climb by one an hour and wave once a day, each from a level of its own."""
    rows = ["date," + ",".join(SERIES)]
    for hour in range(20 * MONTH):
        values = ",".join(str(hour + 5 * (hour % 24 < 12) + 100 * place) for place in range(7))
        rows.append(f"2016-07-01 {hour},{values}")
    path = tmp_path / "ETTh1.csv"
    path.write_text("\n".join(rows))
    return lambda **options: load_taskset(
        f"{EXAMPLES}/etth1.py:ETTh1", {"data": str(path), **options}
    )


@pytest.fixture
def tox21(tmp_path):
    """Sixty molecules: NR-AR knows a third of them, the others all."""
    rows = ["smiles," + ",".join(ASSAYS)]
    for count in range(60):
        labels = ["" if count % 3 else str(count % 2), *[str(count % 2)] * 11]
        rows.append(f"{'C' * (count + 1)}{'O' if count % 2 else 'N'}," + ",".join(labels))
    path = tmp_path / "tox21.csv.gz"
    with gzip.open(path, "wt") as file:
        file.write("\n".join(rows))
    return load_taskset(f"{EXAMPLES}/tox21.py:Tox21", {"data": str(path)})


@pytest.fixture
def wq(tmp_path):
    """Forty samples, numbered by their first input; the targets' columns in another order."""
    species = SPECIES[::-1]
    names = [*(f"measured{place}" for place in range(16)), *map(str, species)]
    rows = ["% a comment", "@RELATION 'waterqual.arff'", ""]
    rows += [f"@ATTRIBUTE {name} numeric" for name in names] + ["", "@DATA"]
    draw = random.Random(0)
    for sample in range(40):
        inputs = [sample, *(draw.random() for _ in range(15))]
        targets = [sample if number == 29600 else sample % 4 for number in species]
        rows.append(",".join(map(str, [*inputs, *targets])))
    path = tmp_path / "wq.arff"
    path.write_text("\n".join(rows))
    return load_taskset(f"{EXAMPLES}/wq.py:WaterQuality", {"data": str(path)})


def test_they_keep_the_contract_and_train_by_any_method(etth1, tox21, wq):
    for taskset in (etth1(), tox21, wq):
        check_taskset(taskset)
        names = [task.name for task in taskset.tasks]
        for method in ("db-mtl", "famo"):
            assert list(fit(taskset.with_recipe(steps=2), names, 0, method=method).scores) == names


def test_etth1_is_divided_by_time(etth1):
    """The series climb by one an hour, so the first hour of a forecast says when it is."""
    validation = etth1()
    counts = [len(validation.forecasts("OT", part)[0]) for part in ("train", "validation", "test")]
    assert counts == [12 * MONTH - 48 - 23, 4 * MONTH - 23, 4 * MONTH - 23]
    read = sys.modules[type(validation).__module__]._read(validation.data)
    assert read[: 12 * MONTH].mean(dim=0).abs().max() < 1e-3
    assert torch.allclose(read[: 12 * MONTH].std(dim=0), torch.ones(7))
    for part, first in (("train", 48), ("validation", 12 * MONTH), ("test", 16 * MONTH)):
        windows, future = validation.forecasts("MULL", part)
        series, hours = read[:, SERIES.index("MULL")], slice(first, first + 24)
        level = series[first - 24 : first].mean()
        assert torch.allclose(future[0], series[hours] - level, atol=1e-5)
        assert torch.allclose(windows[0, 3], series[first - 48 : first] - level, atol=1e-5)


def test_etth1_offers_its_test_months_for_a_judgement(etth1):
    judged = etth1().on_test()
    assert judged is not None
    assert judged.judged_on_test
    assert judged.on_test() is None


def test_etth1_is_scored_in_the_months_asked_for(etth1):
    for judge, on_test in (("validation", False), ("test", True)):
        taskset = etth1(judge=judge)
        assert taskset.judged_on_test is on_test
        _, future = taskset.forecasts("OT", judge)
        assert taskset.score("OT", lambda _, future=future: future) == 0
        constant = taskset.score("OT", lambda windows: torch.zeros(len(windows), 24))
        assert constant == pytest.approx(future.square().mean().item())


def test_tox21_leaves_holes_out(tox21):
    parts = [tox21.molecules("NR-AR", test=test) for test in (False, True)]
    assert sum(len(labels) for _, labels in parts) == 20
    assert sum(len(tox21.molecules("SR-p53", test=test)[1]) for test in (False, True)) == 60
    assert not any(labels.isnan().any() for _, labels in parts)
    _, labels = tox21.molecules("SR-p53", test=True)
    assert tox21.score("SR-p53", lambda _: labels[:, None]) == 1
    assert tox21.score("SR-p53", lambda _: torch.zeros(len(labels), 1)) == 0.5


def test_ten_seeds_of_wq_test_every_sample_once(wq):
    """A target is its sample's number, standardised."""
    tested = []
    for seed in range(20):
        fold = wq.for_seed(seed)
        (train_inputs, train), (inputs, test) = (
            fold.samples("Gongrosira", test=part) for part in (False, True)
        )
        assert torch.allclose(test, inputs[:, 0])
        assert train.mean().abs() < 1e-6
        assert torch.allclose(train_inputs.std(dim=0), torch.ones(16))
        ranks = torch.cat([train, test]).argsort().argsort()
        tested.append(ranks[len(train) :])
    for division in (tested[:10], tested[10:]):
        assert torch.cat(division).sort().values.tolist() == list(range(40))
    assert not any(torch.equal(fold, tested[0]) for fold in tested[10:])


def test_wq_is_scored_against_the_training_mean(wq):
    taskset = wq.for_seed(3)
    _, target = taskset.samples("Tubifex", test=True)
    assert taskset.score("Tubifex", lambda inputs: torch.zeros(len(inputs), 1)) == 1
    assert taskset.score("Tubifex", lambda _: target[:, None]) == 0
