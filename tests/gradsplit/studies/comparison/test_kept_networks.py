from gradsplit import LastStage, fit
from gradsplit.studies.comparison.kept_networks import RunNetworks
from gradsplit.training.kept_networks import KeptNetworks, TrainedBy
from gradsplit.training.trainer import TaskSetTrainer
from relations.runs import Run
from tests.gradsplit.toy_tasks import Toy

RUN = Run(("sum", "error"), 0, "last-stage #1")


def kept(folder, method=None):
    """A run's network, as a trainer keeps it."""
    fitted = fit(Toy(), RUN.tasks, 0, method=method)
    by = TrainedBy(Toy(), method, TaskSetTrainer(Toy(), method=method).settings())
    KeptNetworks(folder, by).keep(fitted, RUN)
    return fitted.network


def test_a_network_comes_back_as_it_was_kept(tmp_path):
    networks = RunNetworks(tmp_path / "networks", Toy())
    assert not networks.has(RUN) and networks.read(RUN, None) is None
    network = kept(tmp_path / "networks", LastStage())
    read = networks.read(RUN, LastStage())
    assert read is not None
    assert {k: v.tolist() for k, v in read.state_dict().items()} == {
        k: v.tolist() for k, v in network.state_dict().items()
    }


def test_a_network_of_another_training_is_not_taken(tmp_path):
    kept(tmp_path)
    assert RunNetworks(tmp_path, Toy()).read(RUN, None) is not None
    assert RunNetworks(tmp_path, Toy()).read(RUN, LastStage()) is None  # of another form
    assert RunNetworks(tmp_path, Toy().with_recipe(steps=7)).read(RUN, None) is None
    (file,) = tmp_path.rglob("*.safetensors")
    file.write_bytes(file.read_bytes()[:-9])
    assert RunNetworks(tmp_path, Toy()).read(RUN, None) is None
