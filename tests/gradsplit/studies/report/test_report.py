"""A report from Python: the page that the command writes."""

import pytest

from gradsplit import report
from gradsplit.cli import main
from relations.errors import RelationsError

TABLE = "source,a,b\na,,-0.1\nb,0.2,\n"


def test_python_and_the_command_write_the_same_page(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text(TABLE)
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
