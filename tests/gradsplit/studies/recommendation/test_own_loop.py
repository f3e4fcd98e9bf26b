"""The lines for a loop of one's own do what the method does."""

import pytest
import torch

from gradsplit import GradientMask, load_taskset
from gradsplit.studies.recommendation.budget.inference_cost import InferenceCosts
from gradsplit.studies.recommendation.candidate_source import Known
from gradsplit.studies.recommendation.configuration import Configuration
from gradsplit.studies.recommendation.own_loop import own_loop
from gradsplit.training.loop import Training
from gradsplit.training.network import build_network
from gradsplit.training.seeding import seeded

TASKSET = load_taskset("planted", {"steps": 3})
STEPS = 3


@pytest.fixture
def known(tmp_path):
    GradientMask(
        list(TASKSET.task_names),
        [[True, False, True, True], *([[True] * 4] * 3)],
    ).save(tmp_path / "mask.json")
    return Known(InferenceCosts(TASKSET), tmp_path, 1.0, 1)


def losses_of(network, batches):
    return {
        task: TASKSET.loss(task, network(inputs, task), target)
        for task, (inputs, target) in batches.items()
    }


def by_method(method, batches):
    network = build_network(TASKSET, TASKSET.task_names, 0)
    run = Training(TASKSET, network, 0, method.optimizer)
    optimizer = torch.optim.SGD(network.parameters(), 0.01)
    with seeded(0, "training"), method.training(run) as backward:
        for _ in range(STEPS):
            optimizer.zero_grad()
            backward(list(losses_of(network, batches).items()))
            optimizer.step()
    return network


def by_lines(lines, batches):
    network = build_network(TASKSET, TASKSET.task_names, 0)
    optimizer = torch.optim.SGD(network.parameters(), 0.01)
    given = {"torch": torch, "trunk": network.trunk}
    if "# once" in lines:
        once, lines = lines.rsplit("\n", 1)
        exec(once, given)
    for step in range(1, STEPS + 1):
        optimizer.zero_grad()
        losses = losses_of(network, batches)
        if "def backward" in lines:
            if step == 1:
                exec(lines, given)
            given["backward"](losses, step)
        else:
            exec(lines, {**given, "losses": losses})
        optimizer.step()
    return network


@pytest.mark.parametrize(
    "words", ["db-mtl", "weights:loud=0.2,quiet=1.5", "gradsplit:mask=mask.json"]
)
def test_they_train_the_same_weights(words, known):
    configuration = known.of_method(words, "")
    lines = own_loop(configuration, TASKSET, str(known.folder))
    batches = {task: next(TASKSET.batches(task, 0)) for task in TASKSET.task_names}
    ours = by_method(configuration.method, batches)
    theirs = by_lines(lines, batches)
    plain = by_lines("sum(losses.values()).backward()", batches)
    for (name, one), other in zip(ours.named_parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6, msg=name)
    moved = [
        not torch.allclose(one, other, rtol=1e-3)
        for one, other in zip(ours.parameters(), plain.parameters(), strict=True)
    ]
    assert any(moved)


@pytest.mark.parametrize("words", ["weights:loud=0.2", "db-mtl", "nash-mtl", "fairgrad"])
def test_they_begin_with_the_recipe_with_which_it_was_judged(words, known):
    recipe = {"optimizer": "sgd", "learning_rate": 5e-3, "warmup": 10, "weight_decay": 0.1}
    lines = own_loop(known.of_method(words, ""), TASKSET.with_recipe(**recipe), "out")
    first, second = lines.splitlines()[:2]
    assert first == (
        "# judged with sgd, learning rate 0.005, weight decay 0.1, "
        f"{TASKSET.recipe.schedule} schedule after 10 steps of warm-up, 3 steps, "
        f"batches of {TASKSET.recipe.batch_size}:"
    )
    assert second == "# another recipe may need another cure"


def test_weights_are_those_that_were_trained(known):
    lines = own_loop(known.of_method("weights:loud=0.000542,quiet=1.98765", ""), TASKSET, "out")
    assert "weights = {'loud': 0.000542, 'quiet': 1.98765}" in lines


@pytest.mark.parametrize("words", ["nash-mtl", "imtl-g"])
def test_those_of_a_library_are_python(words, known):
    lines = own_loop(known.of_method(words, ""), TASKSET, "out")
    compile(lines, "lines", "exec")
    assert "torchjd" in lines


def test_what_has_no_short_form_says_how_to_train_it(known):
    lines = own_loop(known.of_method("fairgrad", ""), TASKSET, "out")
    compile(lines, "lines", "exec")
    assert 'gradsplit.train(taskset, recommended="out/recommended.toml"' in lines


def test_several_networks_without_a_short_form_are_trained_as_such(known):
    pair = Configuration(
        "a | b", "", known.of_method("fairgrad", "").method, "fairgrad",
        networks=(("loud",), ("quiet", "apart")), serves={},
    )  # fmt: skip
    assert "gradsplit.train_grouping(taskset, recommended=" in own_loop(pair, TASKSET, "out")


def test_networks_width_and_steps_are_said():
    several = Configuration("a | b", "", networks=(("loud",), ("quiet", "apart")), serves={})
    assert "one for loud alone and one for quiet, apart" in own_loop(several, TASKSET, "out")
    helped = Configuration(
        "a | b", "", networks=(("loud", "quiet"), ("quiet", "apart")),
        serves={"loud": 0, "quiet": 0, "apart": 1},
    )  # fmt: skip
    lines = own_loop(helped, TASKSET, "out")
    assert "for loud, quiet and one for apart (beside quiet, whose output is not used)" in lines
    sized = own_loop(Configuration("wide", "", width=1.4, steps=2), TASKSET, "out")
    assert "1.4 times as wide" in sized
    assert "2 times the steps" in sized
