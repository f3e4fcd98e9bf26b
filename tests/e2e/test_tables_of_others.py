"""From somebody's relation table to edges, mask and pictures, as a user types it."""

import json

import numpy as np
import pytest

from gradsplit.cli import main
from relations import GradientMask

SIX = [
    ["attribute", "reid"],
    ["attribute", "pose"],
    ["attribute", "parsing"],
    ["reid", "attribute"],
    ["reid", "pose"],
    ["reid", "parsing"],
]

BLOCKED = {
    "-0.01": SIX,
    "0": [
        *SIX,
        ["pose", "attribute"],
        ["pose", "reid"],
        ["parsing", "attribute"],
        ["parsing", "reid"],
    ],
    "-0.02": [SIX[0], SIX[2], SIX[3], SIX[5]],
    "-0.05": [SIX[2], SIX[5]],
}


@pytest.mark.parametrize("threshold", sorted(BLOCKED))
def test_the_published_table_gives_the_published_mask(threshold, data_file, tmp_path, capsys):
    table = str(data_file("gradsplit_slides_relation.csv"))
    out = tmp_path / "mask.json"
    assert main(["mask", table, "--threshold", threshold, "--out", str(out)]) == 0
    mask = GradientMask.load(out)
    assert mask.tasks == ("attribute", "reid", "pose", "parsing")
    assert [list(edge) for edge in mask.blocked()] == sorted(
        BLOCKED[threshold], key=lambda edge: [mask.tasks.index(task) for task in edge]
    )
    capsys.readouterr()
    assert main(["relations", table, "--threshold", threshold, "--json", "-"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert sorted(printed["harmful"]) == sorted(BLOCKED[threshold])
    assert printed["harmful_decided"] == []


def test_a_table_without_repeats_says_that_no_uncertainty_is_known(data_file, capsys):
    assert main(["relations", str(data_file("gradsplit_slides_relation.csv"))]) == 0
    printed = capsys.readouterr().out
    assert "no uncertainty is known" in printed
    assert "reid -> parsing" in printed


def runs_table(path, pose_beside_reid=0.7):
    rows = ["tasks,seed,task,score"]
    for seed in range(4):
        rows += [f"pose,{seed},pose,{0.8 + 0.001 * seed}", f"reid,{seed},reid,{0.6 + 0.002 * seed}"]
        rows += [
            f"pose+reid,{seed},pose,{pose_beside_reid + 0.0015 * seed}",
            f"pose+reid,{seed},reid,{0.6 + 0.001 * seed}",
        ]
    path.write_text("\n".join(rows) + "\n")
    return str(path)


def test_a_runs_table_gives_edges_with_their_uncertainty(tmp_path, capsys):
    table = runs_table(tmp_path / "runs.csv")
    assert main(["relations", table, "--json", "-"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["harmful"] == [["reid", "pose"]]
    assert printed["harmful_decided"] == [["reid", "pose"]]
    edge = next(edge for edge in printed["edges"] if edge["source"] == "reid")
    assert edge["n"] == 4
    assert edge["lower"] < edge["change"] < edge["upper"] < -0.01


def test_pictures_and_exports_are_written(tmp_path, capsys):
    table = runs_table(tmp_path / "runs.csv")
    for command, ending in [
        ("heatmap", "png"),
        ("heatmap", "svg"),
        ("graph", "pdf"),
        ("graph", "graphml"),
    ]:
        out = tmp_path / f"{command}.{ending}"
        assert main([command, table, "--out", str(out)]) == 0
        assert out.stat().st_size > 500
    assert "written:" in capsys.readouterr().out


def mistake(words, capsys):
    """The message of a mistake: exit code 2, one message, no traceback."""
    assert main(words) == 2
    printed = capsys.readouterr()
    assert "Traceback" not in printed.err
    assert printed.err.startswith("gradsplit: ")
    return printed.err


def test_mistakes_have_messages(tmp_path, capsys):
    table = runs_table(tmp_path / "runs.csv")
    assert "nothing" in mistake(["relations", str(tmp_path / "none.csv")], capsys)
    for threshold in ("0.1", "-1", "-2"):
        text = mistake(["relations", table, "--threshold", threshold], capsys)
        assert "must be in (-1, 0]" in text
    assert "png" in mistake(["heatmap", table, "--out", str(tmp_path / "x.bmp")], capsys)
    text = mistake(["mask", table, "--out", str(tmp_path / "no" / "such" / "mask.json")], capsys)
    assert "no" in text


@pytest.mark.filterwarnings("default::relations.errors.TableNote")
def test_a_single_task_run_missing_from_a_table_is_named_and_the_rest_used(tmp_path, capsys):
    table = tmp_path / "runs.csv"
    runs_table(table)
    lines = [line for line in table.read_text().splitlines() if not line.startswith("pose,2")]
    table.write_text("\n".join(lines))
    assert main(["relations", str(table)]) == 0
    printed = capsys.readouterr()
    assert "note: single-task runs are missing, of pose with seed 2." in printed.err
    assert "harmful edges" in printed.out


@pytest.mark.parametrize(
    ("table", "cure"),
    [
        (
            "trained on,rng,metric,acc\na,0,a,.8\nb,0,b,.7\na+b,0,a,.6\na+b,0,b,.9\n",
            "`trained on` to `tasks`, `rng` to `seed`, `metric` to `task`, `acc` to `score`.",
        ),
        (
            "tasks,seed,metric,acc\na,0,a,.8\nb,0,b,.7\na+b,0,a,.6\na+b,0,b,.9\n",
            "rename the columns `metric` to `task`, `acc` to `score`.",
        ),
        (
            "group,trial,a,b\na,0,.8,\nb,0,,.7\na|b,0,.6,.9\n",
            "rename the columns `group` to `tasks`, `trial` to `seed`; join tasks by +.",
        ),
        (
            "set,no,who,x,y\na,0,a,.8,1.5\nb,0,b,.7,1.5\na+b,0,a,.6,1.5\n",
            "`no` to `seed`, `who` to `task`; call the column that holds the score `score`.",
        ),
        (
            "tasks,seed,a/mIoU,b.rmse\na,0,.8,\nb,0,,.7\na+b,0,.6,.9\n",
            "rename the columns `a/mIoU` to `a`, `b.rmse` to `b`.",
        ),
        (
            "tasks,seed,test/a,val/a,test/b,x\na,0,.8,.8,,1\nb,0,,,.7,1\n\"['a','b']\",0,.6,.6,.9,1\n",
            "rename the columns `test/a` or `val/a` to `a`, `test/b` to `b`.",
        ),
        (
            "tasks,seed,a_acc,a_loss,b: mAP\na,0,.8,2,\nb,0,,,.7\na+b,0,.6,1,.9\n",
            "rename the columns `a_acc` or `a_loss` to `a`, `b: mAP` to `b`.",
        ),
        (
            "tasks,seed,task,value\na,0,a,.8\nb,0,b,.7\na+b,0,a,.6\na+b,0,b,.9\n",
            "rename the column `value` to `score`.",
        ),
        (
            "tasks,seed,a RMSE,b mIoU\na,0,.8,\nb,0,,.7\na+b,0,.6,.9\n",
            "rename the columns `a RMSE` to `a`, `b mIoU` to `b`.",
        ),
        (
            "run,seed,a,b\nr1,0,.8,\nr2,0,,.7\nr3,0,.6,.9\n",
            "add the column `tasks`, which names the tasks that a line's run has trained together",
        ),
        (
            "tasks,task,mean,n\na,a,.8,3\nb,b,.7,3\na+b,a,.6,3\na+b,b,.9,3\n",
            "call the column that holds the seed `seed`; call the column that holds the score",
        ),
        (
            "tasks,seed,left arm,b\nleft arm,0,.8,\nb,0,,.7\nleft arm and b,0,.6,.9\n",
            "Join tasks by +: `left arm+b`.",
        ),
    ],
)
def test_finished_trainings_under_other_headings_are_recognised(table, cure, tmp_path, capsys):
    (tmp_path / "runs.csv").write_text(table)
    text = mistake(["relations", str(tmp_path / "runs.csv")], capsys)
    assert cure in text
    assert len(text.splitlines()) == 1


def test_a_table_without_a_column_of_tasks_is_shown_one_that_has_it(tmp_path, capsys):
    (tmp_path / "runs.csv").write_text(
        "model_tasks,seed,metric_name,value\na,0,mIoU,.8\nb,0,rmse,.7\na+b,0,mIoU,.6\na+b,0,rmse,1\n"
    )
    text = mistake(["relations", str(tmp_path / "runs.csv")], capsys)
    assert "`model_tasks` to `tasks`, `value` to `score`; add the column `task`" in text
    shown = [line.strip() for line in text.splitlines() if line.startswith("    ")]
    assert shown[:3] == ["tasks,seed,task,score", "a+b,0,a,0.81", "a+b,0,b,0.81"]
    assert shown[3:] == ["tasks,seed,a,b", "a+b,0,0.81,0.81"]


def test_an_unmeasured_edge_is_unknown_and_its_mask_refused(tmp_path, capsys):
    table = tmp_path / "runs.csv"
    runs_table(table)
    with table.open("a") as file:
        file.writelines(f"depth,{seed},depth,0.5\n" for seed in range(4))
    assert main(["relations", str(table)]) == 0
    assert "unknown" in capsys.readouterr().out
    out = tmp_path / "mask.json"
    assert "depth -> pose" in mistake(["mask", str(table), "--out", str(out)], capsys)
    assert not out.exists()
    assert main(["mask", str(table), "--out", str(out), "--unknown", "block"]) == 0
    assert ("depth", "pose") in GradientMask.load(out).blocked()


def test_check_refuses_a_broken_mask_file(tmp_path, capsys):
    out = tmp_path / "mask.json"
    GradientMask(tasks=["pose", "reid"], may_update=np.array([[True, True], [False, True]])).save(
        out
    )
    assert main(["check", str(out)]) == 0
    assert "1 of 4" in capsys.readouterr().out
    made = GradientMask.load(out)
    GradientMask(made.tasks, made.may_update, provenance={"modules": ["layer4"]}).save(out)
    assert main(["check", str(out)]) == 0
    assert "made for the modules layer4" in capsys.readouterr().out
    whole = out.read_text()
    out.write_text(whole[: len(whole) // 2])
    assert "mask" in mistake(["check", str(out)], capsys)
    out.write_text(whole.replace('"version": 1', '"version": 99'))
    assert "99" in mistake(["check", str(out)], capsys)


MODEL = """
from gradsplit.tasksets.parts.trunks import SmallResNet

def network():
    return SmallResNet(3, widths=(4, 4, 8, 8))

number = 3
"""


def test_check_says_who_owns_which_channels_of_a_model(tmp_path, capsys):
    mask, model = str(tmp_path / "mask.json"), tmp_path / "model.py"
    GradientMask.identity(["pose", "reid"]).save(mask)
    model.write_text(MODEL)
    picture = tmp_path / "owners.png"
    assert main(["check", mask, "--model", f"{model}:network", "--out", str(picture)]) == 0
    printed = capsys.readouterr().out
    assert "layer4.0.conv1" in printed
    assert "reid: 4-7" in printed
    assert picture.stat().st_size > 500
    words = ["check", mask, "--model", f"{model}:network"]
    assert main([*words, "--shares", "reid=0.25"]) == 0
    assert "reid: 6-7" in capsys.readouterr().out
    assert "layer9" in mistake([*words, "--modules", "layer9"], capsys)
    assert "nn.Module" in mistake(["check", mask, "--model", f"{model}:number"], capsys)


@pytest.mark.parametrize(
    "words", [["no-such-command"], ["mask"], ["relations", "x", "--threshold", "low"]]
)
def test_wrong_words_exit_with_two(words, capsys):
    try:
        code = main(words)
    except SystemExit as stop:
        code = stop.code
    assert code == 2
    printed = capsys.readouterr()
    assert "Traceback" not in printed.out + printed.err


def test_a_mask_is_written_into_a_json_file(tmp_path, capsys):
    table = tmp_path / "table.csv"
    table.write_text("source,target,change\npose,reid,-2%\nreid,pose,1%\n")
    for name in ("m", "m.txt"):
        told = mistake(["mask", str(table), "--out", str(tmp_path / name)], capsys)
        assert "must end in .json" in told and "m.json" in told
    assert "Give `mask.json`" in mistake(["mask", str(table), "--out", ""], capsys)
    out = str(tmp_path / "m.json")
    assert "'p'" in mistake(["mask", str(table), "--out", out, "--picture", "p"], capsys)
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"]
