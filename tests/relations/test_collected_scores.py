import json
import subprocess
import sys

import pytest

from relations import PairwiseProbe
from relations.collected_scores import arrived, save_settings, scores_file
from relations.command_trainer import CommandTrainer
from relations.errors import LedgerError
from relations.runs import Run


@pytest.fixture
def probe(tmp_path):
    script = tmp_path / "train.py"
    script.write_text(
        "import json, sys\n"
        "json.dump(dict.fromkeys(sys.argv[1].split('+'), 0.5), open(sys.argv[3], 'w'))\n"
    )
    train = CommandTrainer(f"{sys.executable} {script} {{tasks}} {{seed}} {{out}}")
    return PairwiseProbe(["a", "b"], train, range(2), tmp_path / "probe.db")


def test_commands_of_a_queue_are_collected(probe, tmp_path):
    folder = tmp_path / "scores"
    folder.mkdir()
    plan = probe.plan()
    lines = [probe.train.command_line(run, scores_file(folder, run)) for run in plan.missing]
    assert len(set(lines)) == len(plan.runs) == 6
    for line in lines[:4]:
        subprocess.run(line, shell=True, check=True)
    assert len(probe.collect(folder)) == 4
    assert len(probe.plan().missing) == 2
    for line in lines[4:]:
        subprocess.run(line, shell=True, check=True)
    assert len(probe.collect(folder)) == 2
    assert probe.collect(folder) == []
    assert probe.plan().missing == ()
    assert probe.changes().mean[0, 1] == 0.0


def test_a_folder_that_is_not_there_is_named(probe, tmp_path):
    (tmp_path / "scores").mkdir()
    with pytest.raises(LedgerError, match=r"no folder .*scorse.*Did you mean `.*scores`"):
        probe.collect(tmp_path / "scorse")


def test_unsound_scores_are_recorded_as_failed(probe, tmp_path):
    scores_file(tmp_path, Run(("a",), 0)).write_text(json.dumps({"b": 1.0}))
    probe.collect(tmp_path)
    assert probe.plan().failed == (Run(("a",), 0),)


def test_names_are_safe_as_file_names(tmp_path):
    path = scores_file(tmp_path, Run(("../a", "b c"), 1, "steps=2/3"))
    assert path == tmp_path / "steps=2%2F3" / "..%2Fa+b c.seed1.json"


@pytest.mark.parametrize(
    "text", ["", "[", '"word"', "[1]", "\udcff", "[" * 100_000, '{"a": 1, "a": 2}']
)
def test_settings_that_are_none_are_named(tmp_path, text):
    (tmp_path / "gradsplit-settings.json").write_bytes(text.encode(errors="surrogateescape"))
    (tmp_path / "pose.seed0.json").write_text('{"pose": 0.5}')
    with pytest.raises(LedgerError, match=r"gradsplit-settings\.json"):
        save_settings(tmp_path, {"steps": 1})
    with pytest.raises(LedgerError, match=r"gradsplit-settings\.json"):
        arrived([Run(("pose",), 0)], tmp_path, {"steps": 1})


@pytest.mark.parametrize("score", ["1" + "0" * 400, "[" * 100_000, "9" * 5000, "1e999", "NaN"])
def test_a_score_that_is_no_number_fails_its_run(tmp_path, score):
    (tmp_path / "pose.seed0.json").write_text(f'{{"pose": {score}}}')
    (outcome,), _ = arrived([Run(("pose",), 0)], tmp_path, {})
    assert outcome.scores is None
    assert "score" in (outcome.error or "")
