"""`gradsplit group` from a shell: task sets, folders and tables."""

import json

import pytest

from gradsplit.cli import main

RUNS = """tasks,seed,task,score
a,0,a,5
b,0,b,5
c,0,c,5
a+b,0,a,6
a+b,0,b,6
a+c,0,a,4
a+c,0,c,4
b+c,0,b,5
b+c,0,c,4
a+b+c,0,a,7
a+b+c,0,b,7
a+b+c,0,c,1
"""


@pytest.fixture
def runs(tmp_path):
    (tmp_path / "runs.csv").write_text(RUNS)
    return str(tmp_path / "runs.csv")


def test_a_runs_table_with_groups(runs, tmp_path, capsys):
    assert main(["group", runs, "--out", str(tmp_path / "out"), "--json", "-"]) == 0
    content = json.loads(capsys.readouterr().out)
    # Three tasks serve a and b better than two, and c is better alone: it helps.
    assert content["groups"] == [["a", "b", "c"], ["c"]]
    assert (content["serves"], content["measured"]) == ({"a": 0, "b": 0, "c": 1}, True)
    assert (tmp_path / "out" / "grouping.png").is_file()


def test_rules_from_the_shell(runs, tmp_path, capsys):
    out = str(tmp_path / "out")
    assert main(["group", runs, "--out", out, "--disjoint", "--apart", "a:c"]) == 0
    text = capsys.readouterr().out
    assert "network 1: a, b\n  network 2: c\n" in text
    assert f"written: {out}/grouping.json, grouping.png" in text


@pytest.mark.long
def test_a_folder_of_a_probe_and_its_task_set(tmp_path, capsys):
    out = str(tmp_path / "out")
    words = ["group", "planted", "--steps", "80", "--seeds", "2", "--judge-seeds", "2", "--quiet"]
    assert main([*words, "--executor", "ensemble", "--out", out, "--json", f"{out}/g.json"]) == 0
    text = capsys.readouterr().out
    assert "grouping − all together" in text
    assert f"written: {out}/grouping.json, grouping.png, budget.png, comparison.txt" in text
    trained = json.loads((tmp_path / "out" / "g.json").read_text())
    assert trained["judged"]["grouping"]["delta_m"]["n"] == 2
    assert main(["group", out, "--networks", "1", "--out", str(tmp_path / "again")]) == 0
    read = json.loads((tmp_path / "again" / "grouping.json").read_text())
    assert read["trained"] == [True]  # one network for all was among the candidates


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--budget", "0.5"], "budget is 0.5"),
        (["--together", "a"], "`--together` takes pairs such as 'loud:quiet'"),
        (["--apart", "a:z"], "z"),
        (["--small", "0.5"], "`--small` trains networks"),
        (["--train", "5", "--seeds", "9"], "--train, --seeds would change nothing"),
        (["--networks", "2", "--budget", "2"], "either how many networks"),
    ],
)
def test_mistakes_are_one_clear_line(runs, tmp_path, capsys, words, message):
    assert main(["group", runs, "--out", str(tmp_path), *words]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error


@pytest.mark.parametrize("task_set", ["planted", "runs.csv"])
def test_a_folder_as_json_is_refused_before_anything_is_done(task_set, runs, tmp_path, capsys):
    source = runs if task_set == "runs.csv" else task_set
    words = ["group", source, "--out", str(tmp_path / "out"), "--json", str(tmp_path)]
    assert main(words) == 2
    assert f"`--json` names a file; `{tmp_path}` is a folder" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_file_is_read_by_what_it_holds(tmp_path, capsys):
    file = tmp_path / "results.txt"
    file.write_text(RUNS)
    assert main(["group", str(file), "--out", str(tmp_path / "out")]) == 0
    file.write_text("it went well\n")
    capsys.readouterr()
    assert main(["group", str(file), "--out", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert f"`{file}` is no table that can be read" in error
    assert "task set `" not in error
    assert "runs table" in error


def test_train_takes_a_grouping_or_a_mask(tmp_path, capsys):
    (tmp_path / "mine.json").write_text('{"groups": [["loud"], ["quiet", "scarce", "apart"]]}')
    words = ["train", "planted", "--steps", "2", "--out", str(tmp_path), "--quiet"]
    assert main([*words, "--grouping", str(tmp_path / "mine.json")]) == 0
    assert "network-1/" in capsys.readouterr().out
    assert main([*words, "--grouping", "x.json", "--mask", "y.json"]) == 2
    assert "leave --mask" in capsys.readouterr().err


def test_a_former_answer_is_not_lost_in_silence(runs, tmp_path, capsys):
    words = ["group", runs, "--out", str(tmp_path / "out")]
    file = tmp_path / "out" / "grouping.json"
    assert main(words) == main(words) == 0
    assert "replaced" not in capsys.readouterr().out
    assert main([*words, "--disjoint"]) == 0
    assert capsys.readouterr().out.endswith(f"replaced: {file}, another grouping of these tasks\n")
    kept = file.read_text()
    (tmp_path / "other.csv").write_text("source,target,change\na,b,5%\nb,a,-2%\n")
    assert main(["group", str(tmp_path / "other.csv"), "--out", str(tmp_path / "out")]) == 2
    assert "is a grouping of the tasks a, b, c, which would be lost" in capsys.readouterr().err
    file.write_text(kept := kept.rstrip().removesuffix("}").rstrip() + ', "judged": {"a": 1}}')
    assert main(words) == 2
    assert "of trained and judged networks, which would be lost" in capsys.readouterr().err
    assert file.read_text() == kept
