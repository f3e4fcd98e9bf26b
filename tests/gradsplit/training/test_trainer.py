import json
import pickle

import pytest
import torch

from gradsplit.errors import GradSplitError
from gradsplit.training.fit import fit
from gradsplit.training.methods.masked.gradsplit import MaskedTraining
from gradsplit.training.run_cost import a_pair_for_each
from gradsplit.training.trainer import TaskSetTrainer
from relations.mask import GradientMask
from relations.runs import Run
from tests.gradsplit.toy_tasks import Toy

ALL = Toy().task_names


def test_it_gives_the_scores_of_fit_and_survives_pickling():
    trainer = pickle.loads(pickle.dumps(TaskSetTrainer(Toy())))
    assert trainer(ALL[:2], 3) == fit(Toy(), ALL[:2], 3).scores


def test_it_leaves_the_number_of_threads_as_it_was():
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        seen = []
        TaskSetTrainer(Toy()).fitted(
            ALL[:1], 0, on_step=lambda *_: seen.append(torch.get_num_threads())
        )
        assert set(seen) == {1}
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_its_settings_are_json_and_change_with_what_changes_a_score():
    plain = TaskSetTrainer(Toy()).settings()
    assert json.loads(json.dumps(plain)) == plain
    assert plain["revisions"] == {"training": 1}
    others = [
        TaskSetTrainer(Toy().with_recipe(steps=7)),
        TaskSetTrainer(Toy(width=9)),
        TaskSetTrainer(Toy(), device="cuda:0"),
        TaskSetTrainer(Toy(), method=MaskedTraining(GradientMask.identity(ALL))),
        TaskSetTrainer(Toy(), method=MaskedTraining(GradientMask.full(ALL))),
        TaskSetTrainer(Toy(), method=MaskedTraining(GradientMask.full(ALL), ("0",))),
    ]
    texts = {json.dumps(trainer.settings()) for trainer in others}
    assert len(texts) == len(others)
    assert json.dumps(plain) not in texts


def test_two_devices_of_a_kind_have_the_same_settings():
    one, two = (TaskSetTrainer(Toy(), device=device) for device in ("cuda:0", "cuda:1"))
    assert one.settings() == two.settings()


def test_a_mask_trains_by_gradsplit():
    mask = GradientMask.identity(ALL)
    trainer = TaskSetTrainer(Toy(), method=MaskedTraining(mask))
    assert trainer(ALL, 0) == fit(Toy(), ALL, 0, mask=mask).scores != fit(Toy(), ALL, 0).scores


def test_measured_costs_are_of_single_and_pair_runs():
    single, pair = TaskSetTrainer(Toy()).measure(steps=4)
    assert (single.tasks, pair.tasks) == (1, 2)
    assert single.steps == pair.steps == 6
    for cost in (single, pair):
        assert cost.seconds == pytest.approx(cost.seconds_besides + 6 * cost.seconds_a_step)
        assert cost.seconds > 0
        assert cost.peak_bytes > 1e7


def test_measuring_one_task_measures_no_pairs():
    class One(Toy):
        tasks = Toy.tasks[:1]

    assert [cost.tasks for cost in TaskSetTrainer(One()).measure(steps=2)] == [1]


@pytest.mark.parametrize("count", range(2, 8))
def test_every_task_is_in_a_measured_pair(count):
    names = [str(number) for number in range(count)]
    pairs = a_pair_for_each(names)
    assert set(names) == {name for pair in pairs for name in pair}
    assert all(len(set(pair)) == 2 for pair in pairs)
    assert len(pairs) == (count + 1) // 2


def test_runs_trained_together_have_the_scores_of_runs_of_their_own():
    trainer = TaskSetTrainer(Toy())
    runs = [(ALL[:1], 0), (ALL[1:], 0), (ALL[:2], 3)]
    for (tasks, seed), scores in zip(runs, trainer.together(runs), strict=True):
        outcome = trainer.outcome(Run(tasks, seed))
        assert scores == pytest.approx({**outcome.scores, **outcome.side}, rel=1e-9)
        assert trainer(tasks, seed) == outcome.scores


def test_methods_without_a_form_for_many_runs_are_not_trained_together():
    mask = GradientMask.identity(ALL)
    trainer = TaskSetTrainer(Toy(), method=MaskedTraining(mask, mode="feature"))
    with pytest.raises(GradSplitError, match="`gradsplit` are trained one by one"):
        trainer.together([(ALL, 0)])
