import pytest

from gradsplit import LastStage, fit
from gradsplit.errors import CheckpointNote
from gradsplit.studies.comparison.kept_networks import KeptNetworks
from relations.runs import Run
from tests.gradsplit.toy_tasks import Toy

RUN = Run(("sum", "error"), 0, "last-stage #1")


def test_a_network_comes_back_as_it_was_kept(tmp_path):
    kept = KeptNetworks(tmp_path / "networks", Toy())
    assert not kept.has(RUN) and kept.read(RUN, None) is None
    network = fit(Toy(), RUN.tasks, 0, method=LastStage()).network
    kept.keep(RUN, network)
    read = kept.read(RUN, LastStage())
    assert read is not None
    assert {k: v.tolist() for k, v in read.state_dict().items()} == {
        k: v.tolist() for k, v in network.state_dict().items()
    }


def test_a_network_of_another_training_is_not_taken(tmp_path):
    network = fit(Toy(), RUN.tasks, 0).network
    KeptNetworks(tmp_path, Toy()).keep(RUN, network)
    assert KeptNetworks(tmp_path, Toy()).read(RUN, LastStage()) is None  # of another form
    assert KeptNetworks(tmp_path, Toy().with_recipe(steps=7)).read(RUN, None) is None
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:-9])
    assert KeptNetworks(tmp_path, Toy()).read(RUN, None) is None


def test_what_cannot_be_written_is_said_and_costs_nothing(tmp_path):
    (tmp_path / "file").write_text("")
    network = fit(Toy(), ("sum",), 0).network
    with pytest.warns(CheckpointNote, match="its network cannot be kept"):
        KeptNetworks(tmp_path / "file" / "networks", Toy()).keep(Run(("sum",), 0), network)
