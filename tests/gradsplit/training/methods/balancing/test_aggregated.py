"""Methods of TorchJD's aggregators: the gradient is theirs."""

import pytest
import torch
import torchjd.aggregation

from gradsplit.errors import GradSplitError
from gradsplit.training.fit import fit
from gradsplit.training.loop import Training
from gradsplit.training.methods.balancing.aggregated import AGGREGATORS, Aggregated
from gradsplit.training.methods.balancing.combined import Combine
from gradsplit.training.methods.balancing.loss_weights import LossWeights
from gradsplit.training.methods.balancing.pcd import PriorityConstrained
from gradsplit.training.methods.masked.dropgrad import DropGrad
from gradsplit.training.methods.masked.gradsplit import MaskedTraining
from gradsplit.training.methods.method import Method
from gradsplit.training.methods.multi_head import MultiHead
from gradsplit.training.methods.own_parts.last_stage import LastStage
from tests.gradsplit.toy_tasks import Toy
from tests.gradsplit.training.methods.toy_gradients import (
    CUT,
    TASKS,
    assert_equal,
    gradients,
    one_by_one,
)

TOY_ROWS = torch.tensor([[1.0, 0.0], [-1.0, 1.0]], dtype=torch.float64)
OPTIONS = {
    "cagrad": {"c": 0.5},
    "nash-mtl": {"n_tasks": 3},
    "krum": {"n_byzantine": 0},
    "trimmed-mean": {"trim_number": 1},
}


@pytest.mark.filterwarnings("ignore:You are solving a parameterized problem")
@pytest.mark.parametrize(
    "kind",
    [
        "upgrad",
        "mgda",
        "imtl-g",
        "aligned-mtl",
        "cagrad",
        "nash-mtl",
        "excess-mtl",
        "krum",
        "trimmed-mean",
    ],
)
def test_aggregated_is_the_aggregator_of_the_tasks_gradients(kind: str) -> None:
    own = one_by_one()
    names = [name for name in own["sum"] if name.startswith("trunk.")]
    matrix = torch.stack(
        [torch.cat([own[task][name].flatten() for name in names]) for task in TASKS]
    )
    wanted = getattr(torchjd.aggregation, AGGREGATORS[kind])(**OPTIONS.get(kind, {}))(matrix)
    found = gradients(Aggregated(kind))
    ours = torch.cat([found[name].flatten() for name in names])
    torch.testing.assert_close(ours, wanted, rtol=1e-6, atol=1e-9)
    heads = {name: one for name, one in found.items() if name.startswith("heads.")}
    assert_equal(heads, {name: sum(own[task][name] for task in TASKS) for name in heads})


def combined(kind: str, tasks: tuple[str, ...] = TASKS) -> Combine:
    network = MultiHead().network(Toy(), tasks, 0)
    return Aggregated(kind).combine(Training(Toy(), network, 0, MultiHead().optimizer))


@pytest.mark.filterwarnings("ignore:You are solving a parameterized problem")
@pytest.mark.parametrize("kind", sorted(set(AGGREGATORS) - {"cr-mogm"}))
def test_every_aggregator_is_torchjds_step_after_step(kind: str) -> None:
    """Those that draw and those that remember too."""
    theirs = getattr(torchjd.aggregation, AGGREGATORS[kind])(**OPTIONS.get(kind, {}))
    ours = combined(kind)
    steps = torch.randn(3, 3, 7, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    for number, rows in enumerate(steps):
        torch.manual_seed(number)
        wanted = theirs(rows)
        torch.manual_seed(number)
        torch.testing.assert_close(ours(rows), wanted, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("pcgrad", (0.5, 1.5)),
        ("mgda", (0.2, 0.4)),
        ("upgrad", (0.25, 0.75)),
        ("imtl-g", (0.1716, 0.4142)),
        ("aligned-mtl", (0.1382, 0.4146)),
    ],
)
def test_toy_numbers(kind: str, wanted: tuple[float, float]) -> None:
    found = combined(kind, TASKS[:2])(TOY_ROWS)
    torch.testing.assert_close(found, torch.tensor(wanted).double(), rtol=0, atol=2e-4)


@pytest.mark.filterwarnings("ignore:You are solving a parameterized problem")
@pytest.mark.parametrize("kind", AGGREGATORS)
def test_equal_gradients_and_one_alone_keep_their_direction(kind: str) -> None:
    row = torch.tensor([3.0, -4.0, 12.0], dtype=torch.float64)
    alone = () if kind in ("krum", "trimmed-mean") else (TASKS[:1],)
    for tasks in (TASKS, *alone):
        found = combined(kind, tasks)(row.expand(len(tasks), -1).clone())
        cosine = torch.cosine_similarity(found, row, dim=0)
        assert cosine.item() == pytest.approx(1.0, abs=1e-6), tasks


def test_cr_mogm_is_the_running_mean_of_mgda() -> None:
    rows = torch.randn(2, 3, 5, dtype=torch.float64)
    run = Training(Toy(), MultiHead().network(Toy(), TASKS, 0), 0, MultiHead().optimizer)
    combine = Aggregated("cr-mogm").combine(run)
    mgda = torchjd.aggregation.MGDAWeighting()
    kept = mgda(rows[0] @ rows[0].T)
    for step in rows:
        kept = 0.9 * kept + 0.1 * mgda(step @ step.T)
        torch.testing.assert_close(combine(step), kept @ step)


@pytest.mark.parametrize("kind", ["krum", "trimmed-mean"])
def test_who_is_in_the_middle_of_two_is_refused(kind: str) -> None:
    with pytest.raises(GradSplitError, match=f"`{kind}` needs 3 tasks or more.*sum, error"):
        fit(Toy(), TASKS[:2], 0, method=Aggregated(kind))


@pytest.mark.parametrize(
    "below", [MaskedTraining(CUT), LastStage(), DropGrad(0.5), MaskedTraining(CUT, mode="feature")]
)
def test_zeros_of_tasks_that_may_not_train_are_no_values(below: Method) -> None:
    name = below.name
    with pytest.raises(GradSplitError, match=f"does not go on top of `{name}`.*such as db-mtl"):
        fit(Toy(), TASKS, 0, method=Aggregated("trimmed-mean", of=below))
    with pytest.raises(GradSplitError, match=f"does not go on top of `{name}`"):
        weighted = LossWeights({"sum": 0.5}, of=below)
        fit(Toy(), TASKS, 0, method=Aggregated("trimmed-mean", of=weighted))


def test_pcd_follows_the_primary_task() -> None:
    rows = torch.tensor([[1.0, 0.0], [-1.0, 1.0]], dtype=torch.float64)
    run = Training(Toy(), MultiHead().network(Toy(), TASKS[:2], 0), 0, MultiHead().optimizer)
    first, second = (PriorityConstrained(task, tau=0.0).combine(run)(rows) for task in TASKS[:2])
    # The primary gradient without what is against the other's, at the primary's length.
    torch.testing.assert_close(first, torch.tensor([0.5, 0.5]).double() * 2**0.5)
    torch.testing.assert_close(second, torch.tensor([0.0, 2**0.5]).double())
    with pytest.raises(GradSplitError, match=r"`class.sign` is to come first.*sum, error"):
        PriorityConstrained("class.sign").combine(run)
    with pytest.raises(GradSplitError, match="from 0 to 1, got 2"):
        PriorityConstrained("sum", tau=2)


def test_an_unknown_aggregator_is_refused() -> None:
    with pytest.raises(GradSplitError, match="no aggregator `best`; there are pcgrad"):
        Aggregated("best")
