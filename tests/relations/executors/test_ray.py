"""Ray with a cluster of two nodes on this machine. Slow to start, so all tests share it."""

import os
import signal
import time
import warnings

import numpy as np
import pytest

from relations import PairwiseProbe
from relations.errors import RelationsError
from relations.executors import executor_named
from relations.runs import Run

ray = pytest.importorskip("ray", reason="needs Ray: pip install '.[ray]'")
# Ray leaves sockets and processes to the interpreter's end.
pytestmark = [
    pytest.mark.long,
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::FutureWarning"),
]


# By default half a minute goes by until a lost node is held for dead.
NOTICES_SOON = {
    "health_check_initial_delay_ms": 500,
    "health_check_period_ms": 500,
    "health_check_timeout_ms": 2000,
    "health_check_failure_threshold": 4,
}


@pytest.fixture(scope="module")
def cluster():
    from ray.cluster_utils import Cluster

    from relations.executors.ray import Ray

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        head = {"num_cpus": 1, "_system_config": NOTICES_SOON}
        cluster = Cluster(initialize_head=True, head_node_args=head)
        lost = cluster.add_node(num_cpus=1)
        cluster.wait_for_nodes()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # no test may inherit the nodes'
        nothing = Ray(address=cluster.address).outcomes(lambda tasks, seed: {}, [])
        assert not list(nothing)
        assert ray.is_initialized()
        yield cluster, lost
        ray.shutdown()
        cluster.shutdown()


def test_the_same_matrix_as_worker_processes(cluster, tmp_path, slides_trainer, four_tasks):
    from relations.executors.ray import Ray

    here = PairwiseProbe(four_tasks, slides_trainer, range(2), tmp_path / "one.db").run(
        "processes", workers=2
    )
    there = PairwiseProbe(four_tasks, slides_trainer, range(2), tmp_path / "two.db").run(Ray())
    np.testing.assert_array_equal(here.mean, there.mean)
    np.testing.assert_array_equal(here.lower, there.lower)


def test_what_sigterm_does_stays_as_it_was(cluster):
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_errors_and_dead_workers_are_outcomes(cluster):
    from relations.executors.ray import Ray

    def train(tasks, seed):
        if seed == 0:
            raise RuntimeError("boom")
        if seed == 1:
            os._exit(9)
        return {"a": float(seed)}

    runs = [Run(("a",), seed) for seed in range(3)]
    outcomes = {outcome.run.seed: outcome for outcome in Ray(retries=0).outcomes(train, runs)}
    assert (outcomes[0].error or "").startswith("RuntimeError: boom")
    assert "Ray could not finish the run" in (outcomes[1].error or "")
    assert outcomes[2].scores == {"a": 2.0}


def dead_nodes_within(seconds):
    """How many nodes the cluster holds for dead; it may notice some time after the fact."""
    deadline = time.monotonic() + seconds
    while all(node["Alive"] for node in ray.nodes()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return sum(not node["Alive"] for node in ray.nodes())


def test_a_node_that_is_lost_costs_nothing_but_time(cluster, tmp_path):
    from relations.executors.ray import Ray

    started = tmp_path / "started"
    started.mkdir()

    def train(tasks, seed):
        node = ray.get_runtime_context().get_node_id()
        (started / f"{'+'.join(tasks)}.{seed}.{node}").touch()
        until = time.monotonic() + 60
        while len({path.suffix for path in started.iterdir()}) < 2 and time.monotonic() < until:
            time.sleep(0.05)  # a busy machine may be slow to start the second node's worker
        time.sleep(0.3)
        return dict.fromkeys(tasks, 0.5 + 0.01 * seed)

    nodes, lost = cluster

    class LosesANode(Ray):
        def outcomes(self, train, runs):
            for number, outcome in enumerate(super().outcomes(train, runs)):
                if number == 4:
                    nodes.remove_node(lost, allow_graceful=False)
                yield outcome

    probe = PairwiseProbe(["a", "b", "c"], train, range(3), tmp_path / "probe.db")
    changes = probe.run(LosesANode())
    assert probe.plan().missing == ()
    assert (changes.n[~np.eye(3, dtype=bool)] == 3).all()
    on_lost = [path for path in started.iterdir() if path.name.endswith(lost.node_id)]
    assert on_lost  # it did take part
    assert dead_nodes_within(60) == 1
    trained = sorted(started.iterdir())
    again = PairwiseProbe(["a", "b", "c"], train, range(3), tmp_path / "probe.db")
    np.testing.assert_array_equal(again.run(Ray()).mean, changes.mean)
    assert sorted(started.iterdir()) == trained  # all came from the ledger


@pytest.mark.slow
def test_runs_lost_with_their_node_are_trained_by_the_next_call(cluster, tmp_path):
    """Without retries a run that was on the node has failed, and only that is trained again."""
    from relations.executors.ray import Ray

    nodes, _ = cluster
    lost = nodes.add_node(num_cpus=1)
    nodes.wait_for_nodes()
    begun, done = tmp_path / "begun", tmp_path / "done"
    begun.mkdir()
    done.mkdir()

    def train(tasks, seed):
        name = f"{'+'.join(tasks)}.{seed}.{ray.get_runtime_context().get_node_id()}"
        (begun / name).touch()
        time.sleep(2)
        (done / name).touch()
        return dict.fromkeys(tasks, 0.5 + 0.01 * seed)

    def under_way():
        names = {path.name for path in begun.iterdir()} - {path.name for path in done.iterdir()}
        return {name for name in names if name.endswith(lost.node_id)}

    class LosesANode(Ray):
        def outcomes(self, train, runs):
            for number, outcome in enumerate(super().outcomes(train, runs)):
                until = time.monotonic() + 60
                while number == 0 and not under_way() and time.monotonic() < until:
                    time.sleep(0.05)
                if number == 0:
                    nodes.remove_node(lost, allow_graceful=False)
                yield outcome

    probe = PairwiseProbe(["a", "b"], train, range(2), tmp_path / "probe.db")
    probe.run(LosesANode(retries=0))
    failed = {f"{'+'.join(run.tasks)}.{run.seed}" for run in probe.plan().missing}
    assert failed == {name.rpartition(".")[0] for name in under_way()} != set()
    kept = {path.name for path in done.iterdir()}
    assert (probe.run(Ray()).n[~np.eye(2, dtype=bool)] == 2).all()
    assert len(list(done.iterdir())) == len(kept) + len(failed)


def test_arguments():
    from relations.executors.ray import Ray

    for options in ({"workers": 0}, {"cpus": 0}, {"gpus": -1}, {"retries": -1}):
        with pytest.raises(RelationsError, match="`workers` must be at least 1, `cpus` positive"):
            Ray(**options)
    assert isinstance(executor_named("ray"), Ray)


def test_without_ray_the_message_says_how_to_get_it(monkeypatch):
    from relations.executors.ray import Ray

    monkeypatch.setitem(__import__("sys").modules, "ray", None)
    with pytest.raises(RelationsError, match=r'pip install "\.\[ray\]"'):
        Ray()
