"""`gradsplit report`: from a probe's folder and from tables; mistakes leave nothing behind."""

import re
import shlex

import numpy as np
import pytest

from gradsplit.cli import main
from relations import PairwiseProbe, Task, write_relation_table
from tests.e2e.report.report_cases import noisy

TASKS = [Task("pose"), Task("reid"), Task("depth", higher_is_better=False)]


class Trainer:
    """Scores of known changes; longer training harms depth more, and one pair always fails."""

    def __init__(self, steps: int, fails: bool = False) -> None:
        self.steps = steps
        self.fails = fails

    def settings(self):
        recipe = {"steps": self.steps, "learning_rate": 0.01, "weights": {}}
        return {"task set": {"task set": "planted", "recipe": recipe}, "versions": {"torch": "9.9"}}

    def __call__(self, tasks, seed):
        if self.fails and set(tasks) == {"pose", "reid"}:
            raise RuntimeError("no memory <b>left</b>")
        noise = np.random.default_rng([seed, len(tasks)]).normal(0, 0.002, 3)
        worse = 0.0001 * self.steps * (len(tasks) - 1)
        scores = {"pose": 0.8 - worse, "reid": 0.6, "depth": 1.2 + worse}
        return {task: scores[task] * (1 + noise[i]) for i, task in enumerate(tasks)}


def probe(folder, *, fails=False, steps=(200, 400)):
    """A probe with two lengths of training in one ledger."""
    for count in steps:
        variant = "" if count == steps[-1] else f"steps={count}"
        trainer = Trainer(count, fails=fails and not variant)
        ledger = folder / "probe.db"
        PairwiseProbe(TASKS, trainer, range(4), ledger, variant=variant).run(progress=False)


def plain(html):
    """The words of a page, without markup, style and script."""
    body = re.sub(r"<(script|style)[^>]*>.*?</\1>", " ", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)).replace("&#39;", "'")


def test_a_probe_says_what_was_run(tmp_path, capsys):
    probe(tmp_path)
    (tmp_path / "comparison.csv").write_text("method,n,pose\nsingle,4,0.81234567\nours,4,0.8\n")
    out = tmp_path / "new folder" / "report.html"
    assert main(["report", str(tmp_path), "--out", str(out), "--title", "Two lengths"]) == 0
    assert f"written: {out}" in capsys.readouterr().out
    html = out.read_text(encoding="utf-8")
    text = plain(html)
    for part in (
        "Two lengths",
        "3 tasks, 6 edges, 4 seeds an edge",
        "24 (12 single-task, 12 pair)",
        "runs failed 0",
        "4 (0 to 3)",
        "depth lower is better",
        "learning_rate 0.01",
        "torch 9.9",
        "From steps=200 to the probe",
        "decidedly moved",
        "0.8123",
        "gradsplit probe planted --steps 200,400 --seeds 4 --out",
        "--set learning_rate=0.01",
    ):
        assert part in text, part


def test_the_commands_of_a_report_run_again(tmp_path, capsys):
    table = tmp_path / "my relations.csv"
    write_relation_table(noisy(4, seeds=1), table)
    out = tmp_path / "report.html"
    assert main(["report", str(table), "--out", str(out), "--threshold", "-0.02"]) == 0
    first = out.read_bytes()
    lines = re.findall(r"<code>(gradsplit (?:relations|report) [^<]*)</code>", out.read_text())
    lines = [line.replace("&#39;", "'") for line in lines if "--out …" not in line]
    assert len(lines) == 2
    for line in lines:
        capsys.readouterr()
        assert main(shlex.split(line)[1:]) == 0, line
    assert out.read_bytes() == first


def test_failed_runs_are_named_with_their_reason_and_their_edges_unknown(tmp_path, capsys):
    probe(tmp_path, fails=True, steps=(400,))
    assert main(["report", str(tmp_path / "probe.db"), "--out", str(tmp_path / "r.html")]) == 0
    html = (tmp_path / "r.html").read_text()
    assert "no memory &lt;b&gt;left" in html
    assert "runs failed 4" in plain(html)
    assert "unknown, runs failed or lack a score: 2" in plain(html)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nothing-here"], "There is nothing at"),
        (["{table}", "--threshold", "0.5"], "(-1, 0]"),
        (["{table}", "--level", "2"], "(0, 1)"),
        (["{broken}"], "cannot be used as a relation table"),
        (["{empty}"], "probe.db"),
    ],
)
def test_mistakes_are_messages_and_leave_the_old_page_alone(tmp_path, capsys, words, said):
    places = {name: tmp_path / name for name in ("table", "broken", "empty")}
    write_relation_table(noisy(3, seeds=1), places["table"])
    places["broken"].write_text("source,a,b\na,,x\nb,0.1,\n")
    places["empty"].mkdir()
    out = tmp_path / "report.html"
    out.write_text("the old page")
    words = [word.format(**places) for word in words]
    assert main(["report", *words, "--out", str(out)]) == 2
    assert said in capsys.readouterr().err
    assert out.read_text() == "the old page"
    assert sorted(one.name for one in tmp_path.iterdir()) == [
        "broken",
        "empty",
        "report.html",
        "table",
    ]


def test_a_name_that_is_no_page_is_refused(tmp_path, capsys):
    write_relation_table(noisy(3, seeds=1), tmp_path / "table.csv")
    words = ["report", str(tmp_path / "table.csv"), "--out", str(tmp_path / "report.pdf")]
    assert main(words) == 2
    assert ".html" in capsys.readouterr().err
    assert not (tmp_path / "report.pdf").exists()


def test_a_broken_comparison_is_refused(tmp_path, capsys):
    write_relation_table(noisy(3, seeds=1), tmp_path / "table.csv")
    (tmp_path / "comparison.csv").write_text("method,n\nsingle\n")
    words = ["report", str(tmp_path / "table.csv"), "--out", str(tmp_path / "report.html")]
    assert main(words) == 2
    assert "comparison.csv" in capsys.readouterr().err
    assert not (tmp_path / "report.html").exists()


def test_a_full_disk_leaves_the_old_page(tmp_path, monkeypatch, capsys):
    from pathlib import Path

    write_relation_table(noisy(3, seeds=1), tmp_path / "table.csv")
    out = tmp_path / "report.html"
    out.write_text("the old page")

    def full(self, *_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert main(["report", str(tmp_path / "table.csv"), "--out", str(out)]) == 2
    assert "No space left" in capsys.readouterr().err
    assert out.read_text() == "the old page"
    assert len(list(tmp_path.iterdir())) == 2
