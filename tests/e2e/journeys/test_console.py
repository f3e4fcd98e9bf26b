"""A page that says what is not so is found out."""

import pytest

from tests.e2e.journeys.console import run_page


@pytest.mark.parametrize(
    "page",
    [
        "```console\n$ echo right\nright\n$ echo wrong\nright\n```\n",
        "```console\n$ false\n```\n",
        "```console\n$ gradsplit no-such-command\n```\n",
        "```python\nassert 1 == 2\n```\n",
        "<!-- file: a.txt -->\n```text\none\n```\n\n```console\n$ cat a.txt\ntwo\n```\n",
    ],
)
def test_what_is_not_so_fails(page, tmp_path):
    file = tmp_path / "page.md"
    file.write_text(page)
    with pytest.raises((AssertionError, SystemExit)):
        run_page(file, tmp_path)


def test_what_is_so_passes_and_what_is_not_run_is_left_out(tmp_path):
    file = tmp_path / "page.md"
    file.write_text(
        "<!-- file: a.txt -->\n```text\none\n```\n\n```console\n$ cat a.txt \\\n    a.txt\n"
        "one\n...\n```\n\n<!-- not run: it fails -->\n```console\n$ false\n```\n"
    )
    run_page(file, tmp_path)
