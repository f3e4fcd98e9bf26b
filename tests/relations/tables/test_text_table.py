"""Lines as wide as the terminal, where there is one."""

from relations.tables.text_table import WIDTH, line_width


def test_a_line_is_as_wide_as_the_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "77")
    assert line_width() == 77


def test_without_one_it_is_that_of_files(monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setattr("sys.__stdout__", None)
    assert line_width() == WIDTH
