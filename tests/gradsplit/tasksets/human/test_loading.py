import multiprocessing
import pickle
from dataclasses import replace
from functools import partial
from itertools import islice

import numpy as np
import pytest
import torch

from gradsplit.errors import TaskSetError
from gradsplit.tasksets.human.loading import endless, once
from gradsplit.tasksets.human.samples import Samples
from gradsplit.tasksets.human.sampling import passes
from tests.gradsplit.tasksets.human.human_examples import records_of

SIZE = (32, 16)


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    return records_of(tmp_path_factory.mktemp("people"))


def flat(batch):
    inputs, target = batch
    return [inputs, *(target if isinstance(target, tuple) else [target])]


def same(one, other):
    return all(torch.equal(a, b) for a, b in zip(flat(one), flat(other), strict=True))


def drawn(records, task, seed, workers, number=6):
    samples = Samples(records[task], SIZE)
    order = partial(passes, len(samples), 4)
    batches = endless(samples, order, seed, task, workers=workers)
    taken = list(islice(batches, number))
    batches.close()
    return taken


def test_workers_change_nothing(records):
    for task in ("reid", "pose"):
        for alone, helped in zip(
            drawn(records, task, 3, 0), drawn(records, task, 3, 2), strict=True
        ):
            assert same(alone, helped)


def test_seeds_and_tasks_draw_apart(records):
    one, again, other = (drawn(records, "reid", seed, 0) for seed in (0, 0, 1))
    assert all(same(*pair) for pair in zip(one, again, strict=True))
    assert not any(same(*pair) for pair in zip(one, other, strict=True))
    # The same pictures a pass later are changed in another way.
    assert not same(one[0], one[3])
    attribute = drawn(records, "attribute", 0, 0)
    assert not torch.equal(one[0][0], attribute[0][0])


def test_workers_end_with_the_iterator(records):
    samples = Samples(records["reid"], SIZE)
    batches = endless(samples, partial(passes, 12, 4), 0, "reid", workers=2)
    next(batches)
    assert len(multiprocessing.active_children()) == 2
    batches.close()
    assert multiprocessing.active_children() == []
    batches = endless(samples, partial(passes, 12, 4), 0, "reid", workers=1)
    next(batches)
    del batches
    assert multiprocessing.active_children() == []


def test_workers_outlive_a_signal_to_all_processes_until_the_training_ends_them(records):
    samples = Samples(records["reid"], SIZE)
    batches = endless(samples, partial(passes, 12, 4), 0, "reid", workers=1)
    next(batches)
    for worker in multiprocessing.active_children():
        worker.terminate()
    for _ in range(20):  # more than were made ahead
        next(batches)
    batches.close()
    assert multiprocessing.active_children() == []


def test_the_caller_s_random_state_is_left_alone(records):
    torch.manual_seed(0)
    before = torch.get_rng_state()
    drawn(records, "pose", 0, 0)
    drawn(records, "pose", 0, 1, number=1)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(("tasks", "workers", "each"), [(1, 2, 2), (2, 2, 1), (3, 2, 1), (2, 1, 1)])
def test_the_workers_are_those_of_all_tasks_together(records, tasks, workers, each):
    samples = Samples(records["reid"], SIZE)
    order = partial(passes, 12, 4)
    sources = [endless(samples, order, 0, str(task), workers=workers) for task in range(tasks)]
    next(sources[0])
    assert len(multiprocessing.active_children()) == each
    for source in sources:
        next(source)
    assert len(multiprocessing.active_children()) == each * tasks <= max(workers, tasks)
    for source in sources:
        source.close()  # who has ended takes part no more, though somebody holds it
    alone = endless(samples, order, 0, "again", workers=workers)
    next(alone)
    assert len(multiprocessing.active_children()) == workers
    alone.close()


def test_once_gives_all_samples_in_order(records):
    samples = Samples(records["reid"], SIZE)
    for workers in (0, 2):
        batches = list(once(samples, 5, workers=workers))
        assert [len(inputs) for inputs, _ in batches] == [5, 5, 2]
        whole, identities = samples.batch(np.arange(12))
        assert torch.equal(torch.cat([inputs for inputs, _ in batches]), whole)
        assert torch.equal(torch.cat([target for _, target in batches]), identities)
    assert multiprocessing.active_children() == []


def test_a_worker_s_mistake_reaches_the_caller(records, tmp_path):
    (tmp_path / "bad.png").write_text("no picture")
    of = records["reid"]
    bad = replace(of, images=(tmp_path / "bad.png",) * 12)
    for workers in (0, 1):
        with pytest.raises(TaskSetError, match=r"bad\.png` cannot be read"):
            list(once(Samples(bad, SIZE), 4, workers=workers))
    assert pickle.loads(pickle.dumps(bad)).images == bad.images


@pytest.mark.parametrize("workers", [0, 2])
def test_batches_that_are_left_out_change_nothing_and_open_no_picture(
    records, monkeypatch, workers
):
    whole = drawn(records, "pose", 0, 0, number=7)
    samples = Samples(records["pose"], SIZE)
    batches = endless(samples, partial(passes, len(samples), 4), 0, "pose", workers=workers)
    with monkeypatch.context() as nothing_is_opened:
        nothing_is_opened.setattr(Samples, "batch", None)
        batches.skip(5)
    assert all(same(*pair) for pair in zip(islice(batches, 2), whole[5:], strict=True))
    batches.close()
