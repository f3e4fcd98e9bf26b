import pytest
import torch

from gradsplit.training.fit import fit
from gradsplit.training.seeding import seeded
from tests.gradsplit.toy_tasks import Toy


@pytest.fixture
def untouched_cuda(monkeypatch):
    """A machine with a GPU that nothing has used yet."""

    def started():
        raise AssertionError("CUDA was started")

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: False)
    # Torch's own optimizers ask whether a CUDA graph is being captured, which needs a driver.
    for question in ("_cuda_graph_capture_health_check", "_accelerator_graph_capture_health_check"):
        monkeypatch.setattr(torch.optim.Optimizer, question, lambda _: None, raising=False)
    for asks_the_device in ("current_device", "get_rng_state", "set_rng_state", "_lazy_init"):
        monkeypatch.setattr(torch.cuda, asks_the_device, lambda *_: started())


@pytest.mark.usefixtures("untouched_cuda")
def test_a_run_on_the_cpu_does_not_start_cuda():
    fit(Toy(), ("sum",), seed=0)


@pytest.mark.usefixtures("untouched_cuda")
def test_cuda_would_start_with_the_callers_seed(monkeypatch):
    waiting = []
    monkeypatch.setattr(torch.cuda, "manual_seed_all", waiting.append)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        with seeded(0, "trunk"):
            pass
    assert waiting[0] == waiting[-1] == 7
    assert len(waiting) == 3


def test_cuda_in_use_gets_its_state_back(monkeypatch):
    saved = {3: "as it was"}
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 3)
    monkeypatch.setattr(torch.cuda, "get_rng_state", saved.__getitem__)
    put_back = {}
    monkeypatch.setattr(
        torch.cuda, "set_rng_state", lambda state, device: put_back.update({device: state})
    )
    monkeypatch.setattr(torch.cuda, "manual_seed_all", lambda seed: None)
    with seeded(0, "trunk"):
        assert not put_back
    assert put_back == saved
