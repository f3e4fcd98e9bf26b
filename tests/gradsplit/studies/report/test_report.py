"""A report from Python: the page that the command writes."""

import html
import json
import re
import shlex

import pytest

from gradsplit import report
from gradsplit.cli import main
from relations.errors import GroupingError, RelationsError, TableError
from tests.analysis.diagnosis_examples import diagnosed_edge
from tests.analysis.recommendation_examples import three_judged

TABLE = "source,a,b\na,,-0.1\nb,0.2,\n"
RUNS = "tasks,seed,task,score\na,0,a,2\nb,0,b,0.5\na+b,0,a,2.2\na+b,0,b,0.4\n"


def test_python_and_the_command_write_the_same_page(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text(RUNS)
    written = report("t.csv", "page.html", title="T", threshold=-0.3, level=0.9, lower=["a"])
    first = written.read_bytes()
    words = ["report", "t.csv", "--out", "page.html", "--title", "T", "--threshold", "-0.3"]
    assert main([*words, "--level", "0.9", "--lower", "a"]) == 0
    assert written.read_bytes() == first


def test_a_cut_is_refused(tmp_path, capsys):
    (tmp_path / "t.csv").write_text(TABLE)
    words = ["report", str(tmp_path / "t.csv"), "--out", str(tmp_path / "r.html")]
    assert main([*words, "--cut", "sign"]) == 2
    assert "measured changes" in capsys.readouterr().err


def test_a_name_that_is_no_page_is_refused_before_anything_is_read(tmp_path):
    with pytest.raises(RelationsError, match="html"):
        report(tmp_path / "nothing", tmp_path / "page.pdf")


@pytest.mark.parametrize("source", ["t.csv", "runs/probe.db", "runs"])
def test_a_comparison_beside_the_source_is_shown(tmp_path, monkeypatch, source):
    from relations import PairwiseProbe

    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text(TABLE)
    (tmp_path / "runs").mkdir()
    scores = {"a": 0.5, "b": 0.25}
    train = lambda tasks, seed: {task: scores[task] * (1 + seed) for task in tasks}  # noqa: E731
    PairwiseProbe(["a", "b"], train, range(2), "runs/probe.db").run(progress=False)
    beside = "method,n,a\nsingle,1,0.2468\nmine,1,0.3579\n"
    for folder in (tmp_path, tmp_path / "runs"):
        (folder / "comparison.csv").write_text(beside)
    text = report(source, "page.html").read_text()
    assert "0.2468" in text and "0.3579" in text


def test_a_file_of_side_scores_with_a_header_alone_is_none(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text(TABLE)
    (tmp_path / "comparison.csv").write_text("method,n,a\nsingle,1,0.2468\nmine,1,0.3579\n")
    (tmp_path / "side_scores.csv").write_text("task,score,method\n")
    assert "0.2468" in report("t.csv", "page.html").read_text()


def test_a_grouping_of_other_tasks_beside_the_runs_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text(TABLE)
    (tmp_path / "grouping.json").write_text('{"groups": [["a"], ["c"]]}')
    with pytest.raises(GroupingError, match=r"of the tasks a, c, without b of the runs"):
        report("t.csv", "page.html")
    assert not (tmp_path / "page.html").exists()
    (tmp_path / "grouping.json").write_text('{"groups": [["a", "b"], ["c"]]}')
    assert report("t.csv", "page.html").exists()


def test_a_recommendation_beside_the_runs_opens_the_page(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text(TABLE)
    without = report("t.csv", "page.html").read_text()
    (tmp_path / "recommendation.json").write_text(json.dumps(three_judged()))
    text = report("t.csv", "page.html").read_text()
    assert "Train it: <code>a | b</code>." in text.partition('class="controls')[0]
    assert "<title>Recommendation: t.csv</title>" in text
    assert "<title>Task relations: t.csv</title>" not in text
    (tmp_path / "recommendation.json").unlink()
    assert report("t.csv", "page.html").read_text() == without != text


def test_a_recommendation_of_other_tasks_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text(TABLE.replace("b", "c"))
    (tmp_path / "recommendation.json").write_text(json.dumps(three_judged()))
    with pytest.raises(TableError, match=r"of the tasks a, b, without c"):
        report("t.csv", "page.html")
    assert not (tmp_path / "page.html").exists()


def test_a_page_of_some_tasks_of_a_ledger_leaves_the_others_out(tmp_path):
    from relations import PairwiseProbe, Task

    scores = {"a": 0.5, "b": 0.25}
    train = lambda tasks, seed: {task: scores[task] for task in tasks}  # noqa: E731
    for tasks in (["a", "typo"], ["a", Task("b", higher_is_better=False)]):
        PairwiseProbe(tasks, train, range(2), tmp_path / "probe.db").run(progress=False)
    recommendation = tmp_path / "recommendation.json"
    recommendation.write_text(json.dumps(three_judged()))
    with pytest.raises(TableError, match="Leave it out with `--without typo`, write it again"):
        report(tmp_path, tmp_path / "page.html")
    text = report(tmp_path, tmp_path / "page.html", without=["typo"]).read_text()
    assert "typo" not in text.partition("<body")[2].partition("runs failed")[0]


def test_a_diagnosis_beside_the_runs_is_shown(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text(TABLE)
    assert "nobody looked" in report("t.csv", "page.html").read_text()
    (tmp_path / "diagnosis.json").write_text(json.dumps([diagnosed_edge("a", "b")]))
    text = report("t.csv", "page.html").read_text()
    assert "“quieter” removes most of it, 60 to 80 %" in text and "nobody looked" not in text
    (tmp_path / "diagnosis.json").write_text("[1]")
    with pytest.raises(TableError, match=r"diagnosis\.json"):
        report("t.csv", "page.html")


def test_the_grouping_that_the_page_names_is_found_by_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my runs.csv").write_text(RUNS)
    page = report("my runs.csv", "page.html", lower=["a"], level=0.9).read_text()
    (line,) = re.findall("<code>gradsplit (group .*?)</code>", page)
    assert main(shlex.split(html.unescape(line))) == 0
    assert "Network 1:" in report("my runs.csv", "page.html", lower=["a"]).read_text()


@pytest.mark.filterwarnings("ignore::relations.errors.TableNote")
def test_what_was_understood_of_a_table_is_on_the_page_each_time(tmp_path):
    (tmp_path / "t.csv").write_text("Δ (%),a ↑,b ↓\na,-,4.17\nb,-3.2,-\n")
    for name in ("one.html", "two.html"):
        page = report(tmp_path / "t.csv", tmp_path / name).read_text()
        assert 'role="note">Changes of `b ↓` are read as' in page


def test_notes_of_the_matrix_are_sentences_of_the_page(tmp_path):
    lines = ["tasks,seed,task,score"]
    for seed in range(4):
        far = -0.5 if seed == 2 else 0
        lines += [f"a,{seed},a,{0.8 + seed / 500}", f"b,{seed},b,{0.7 + seed / 300}"]
        lines += [f"a+b,{seed},a,{0.79 + far + seed / 300}", f"a+b,{seed},b,{0.69 + seed / 200}"]
    (tmp_path / "runs.csv").write_text("\n".join(lines))
    page = report(tmp_path / "runs.csv", tmp_path / "page.html").read_text()
    (said,) = re.findall('role="note">(Far from all other seeds: .*?)</p>', page)
    assert said.startswith("Far from all other seeds: b -&gt; a with seed 2 (−6")
    assert said.endswith("every interval that it is in.")
