"""Recommendations for a function of one's own."""

import json
import re
import tomllib
from zlib import crc32

import pytest

from gradsplit import Task, recommend_function
from gradsplit.cli import main
from gradsplit.errors import GradSplitError
from relations import GradientMask

pytestmark = pytest.mark.long

FEW = {"runs": 80, "race_seeds": 4, "judge_seeds": 3, "progress": False}
TASKS = ["pose", "reid", Task("depth", higher_is_better=False)]
HARM = {("reid", "pose"): 0.06, ("depth", "pose"): 0.04}


def noise(*what):
    return (crc32(repr(what).encode()) % 1000 / 1000 - 0.5) * 0.004


def score(task, tasks, seed, left):
    harm = sum(HARM.get((other, task), 0) * left(other, task) for other in tasks if other != task)
    beside = noise(task, tasks, seed) * (len(tasks) > 1)
    value = 0.8 * (1 - harm) + noise(task, seed) + beside
    return 1 / value if task == "depth" else value


def weighed(tasks, seed, weights=None):
    """The more a task weighs, the more it harms."""
    weights = weights or {}
    ratio = lambda source, target: weights.get(source, 1.0) / weights.get(target, 1.0)  # noqa: E731
    return {task: score(task, tasks, seed, ratio) for task in tasks}


def masked(tasks, seed, mask=None):
    """Harm is what the mask lets through."""
    blocked = [] if mask is None else mask.blocked()
    left = lambda source, target: (source, target) not in blocked  # noqa: E731
    return {task: score(task, tasks, seed, left) for task in tasks}


def plain(tasks, seed):
    return masked(tasks, seed)


def collapsing(tasks, seed, mask=None):
    """As `masked`, but pose scores nothing beside reid, which has no relative change."""
    scores = masked(tasks, seed, mask)
    return {**scores, "pose": 0.0} if set(tasks) == {"pose", "reid"} else scores


def test_weights_are_searched_and_said_as_a_call(tmp_path):
    best = recommend_function(weighed, TASKS, tmp_path / "best", **FEW)
    assert best.config.name == "tuned-weights"
    (line,) = best.commands
    assert line.startswith("weighed(('pose', 'reid', 'depth'), seed=0, weights={'pose': ")
    assert f"train it by your own function:\n\n    {line}" in str(best)
    said = tomllib.loads((tmp_path / "best" / "recommended.toml").read_text())
    assert said["recommended"]["commands"] == [line]
    assert json.loads((tmp_path / "best" / "recommendation.json").read_text())["own_loop"] == line


def test_masks_where_it_takes_one(tmp_path):
    best = recommend_function(masked, TASKS, tmp_path / "best", inference=1.0, **FEW)
    assert best.config.name == "gradsplit:mask=mask.json"
    assert "mask=GradientMask.load(" in best.commands[0]
    assert best.standings.left_out["tuned-weights"] == "the function has no parameter `weights`"


def test_groupings_where_it_takes_nothing_and_the_page_of_it(tmp_path, capsys):
    out = tmp_path / "best"
    best = recommend_function(plain, TASKS, out, **FEW)
    assert set(best.config.networks) == {("pose",), ("reid", "depth")}
    assert main(["report", str(out), "--out", str(tmp_path / "report.html")]) == 0
    assert "Train 2 networks: pose alone, reid with depth" in (tmp_path / "report.html").read_text()
    capsys.readouterr()
    assert main(["train", str(out / "recommended.toml"), "--out", str(tmp_path / "net")]) == 2
    assert "run the lines that it holds under `commands` yourself" in capsys.readouterr().err
    # Called again it trains nothing.
    assert not recommend_function(plain, TASKS, out, **FEW).trained


def helping(tasks, seed):
    """Reid helps pose and depth, which harm each other; pose harms reid."""
    effects = {("reid", "pose"): -0.06, ("reid", "depth"): -0.06, ("pose", "depth"): 0.05}
    effects |= {("depth", "pose"): 0.05, ("pose", "reid"): 0.06}
    harm = lambda task: sum(effects.get((other, task), 0) for other in tasks)  # noqa: E731
    return {task: 0.8 * (1 - harm(task)) + noise(task, tasks, seed) for task in tasks}


def test_a_network_that_answers_some_of_its_tasks_only_is_said_beside_its_line(tmp_path):
    out = tmp_path / "best"
    best = recommend_function(helping, ["pose", "reid", "depth"], out, networks=2, **FEW)
    assert best.config.serves["reid"] == best.config.networks.index(("reid", "depth"))
    assert best.commands == (
        "helping(('pose', 'reid'), seed=0)",
        "helping(('reid', 'depth'), seed=0)",
    )
    assert best.own_loop == (
        "# pose (beside reid, whose output is not used):\n" + "\n".join(best.commands)
    )
    said = tomllib.loads((out / "recommended.toml").read_text())["recommended"]
    assert tuple(said["commands"]) == best.commands


def test_mistakes_are_said_before_anything_is_trained(tmp_path):
    with pytest.raises(GradSplitError, match="takes 64 trainings or more"):
        recommend_function(plain, TASKS, tmp_path / "best", runs=9)
    with pytest.raises(GradSplitError, match="how long a run takes"):
        recommend_function(plain, TASKS, tmp_path / "best")
    with pytest.raises(GradSplitError, match="called as train"):
        recommend_function(lambda tasks: {}, TASKS, tmp_path / "best", runs=80)
    for tasks in ([], ["pose"]):
        with pytest.raises(GradSplitError, match=r"less than two tasks; got (pose|none)\."):
            recommend_function(plain, tasks, tmp_path / "best", runs=80)
    assert not (tmp_path / "best").exists()


def test_an_unknown_edge_is_masked_and_stops_nothing(tmp_path):
    best = recommend_function(collapsing, TASKS, tmp_path / "best", inference=1.0, **FEW)
    mask = GradientMask.load(tmp_path / "best" / "mask.json")
    assert ("reid", "pose") in mask.blocked()
    assert "harmful tasks and those of unknown effect masked" in str(best)


def test_weights_that_nobody_listens_to_are_told(tmp_path):
    def deaf(tasks, seed, weights=None):
        return plain(tasks, seed)

    best = recommend_function(deaf, TASKS, tmp_path / "best", inference=1.0, **FEW)
    assert "changed a score: are they used" in best.standings.left_out["tuned-weights"]


def drowned(tasks, seed):
    """What trains beside task0 loses."""
    return {
        task: 0.8 - 0.1 * ("task0" in tasks and task != "task0") + noise(task, tasks, seed)
        for task in tasks
    }


def test_a_race_that_plain_training_would_run_alone_is_refused_before_it_starts(tmp_path):
    names, few = [f"task{at}" for at in range(6)], {"judge_seeds": 2, "progress": False}
    with pytest.raises(GradSplitError, match="nothing has room in the race but plain") as caught:
        recommend_function(drowned, names, tmp_path / "best", runs=92, **few)
    assert not (tmp_path / "best" / "probe.db").exists()
    fewest = int(re.search(r"runs=(\d+)", str(caught.value))[1])
    best = recommend_function(drowned, names, tmp_path / "best", runs=fewest, **few)
    assert len(best.standings.members) > 1
