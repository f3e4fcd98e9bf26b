"""What one page says of another stands there: numbers, counts, formulas, printed texts."""

import re
import subprocess
import sys

import pytest

from gradsplit.training.methods.registry import registered
from tests.places import DOCS, ROOT

LINK = re.compile(r"\]\(([^)#]+\.md)[^)]*\)")
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
QUOTING = ["reports/README.md"]
QUOTING += [f"docs/{name}.md" for name in ("choosing", "faq", "method", "peers")]
# Counts of methods, of TorchJD's and of those here through it, which the pages named do not hold.
OTHERS = {"docs/peers.md": {"12", "19"}}


def numbers(text: str) -> set[str]:
    """The numbers of a text with two digits or more; smaller ones stand everywhere."""
    return {number for number in NUMBER.findall(text) if len(number) > 1}


def missing(page: str) -> list[str]:
    """Lines of a page with numbers that no page has that the line names."""
    found = []
    for line in (ROOT / page).read_text().splitlines():
        named = [(ROOT / page).parent / link for link in LINK.findall(line)]
        known = set().union(*(numbers(other.read_text()) for other in named))
        shown = re.sub(r"\]\([^)]*\)|`[^`]*`", "", line)
        if named and (lost := numbers(shown) - known - OTHERS.get(page, set())):
            found.append(f"{', '.join(sorted(lost))}: {line[:80]}")
    return found


@pytest.mark.parametrize("page", QUOTING)
def test_numbers_stand_on_the_pages_that_their_line_names(page):
    assert not missing(page)


def test_a_number_that_stands_nowhere_is_found(tmp_path, monkeypatch):
    (tmp_path / "measured.md").write_text("It gains 1.25 points.")
    (tmp_path / "quoting.md").write_text("It gains 1.52 points ([measured](measured.md)).\n")
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    assert missing("quoting.md") == ["1.52: It gains 1.52 points ([measured](measured.md))."]


def test_the_page_beside_other_libraries_counts_what_is_registered():
    through = [method for method in registered().values() if ", through TorchJD" in method.what]
    assert f"| {len(through)} through TorchJD" in (DOCS / "peers.md").read_text()


def test_what_masking_costs_is_the_same_wherever_it_is_said():
    for page in ("README.md", "docs/peers.md", "reports/README.md"):
        text = (ROOT / page).read_text()
        assert "1.20" in text, page
        assert "1.01 to 1.04" in text, page


def test_a_relative_change_is_over_the_size_of_the_score_in_every_formula():
    """As in the code, so that a gain is positive for scores below zero too."""
    changes = [below for above, below in fractions() if above.startswith("M_") and " - M_" in above]
    assert changes == ["|M_{t,s}|", "\\hat\\sigma{}_t", r"|M_t^{\text{single}}|"]


def fractions() -> list[tuple[str, str]]:
    """Numerators and denominators of the page of formulas."""
    braces = r"\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}"
    return re.findall(r"\\frac" + braces + braces, (DOCS / "method.md").read_text())


FACES = ROOT / "reports" / "faces"


def test_the_report_on_photographs_shows_what_its_command_prints():
    command = [sys.executable, "-m", "gradsplit.cli", "relations", "runs.csv"]
    printed = subprocess.run(command, cwd=FACES, capture_output=True, text=True, check=True)
    assert printed.stdout == (FACES / "relations.txt").read_text()


def test_the_report_on_photographs_quotes_its_table():
    """Each cell of the page's table is the mean and interval that are written beside it."""
    table = (FACES / "README.md").read_text().partition("| | identity |")[2].partition("\n\n")[0]
    cells = re.findall(r"(-?\d+\.\d)\*{0,2} \(([-+]?\d+\.\d) to ([-+]?\d+\.\d)\)", table)
    written = re.findall(
        r" -> .*? ([-+]\d+\.\d\d)%  \[([-+]\d+\.\d\d)%, ([-+]\d+\.\d\d)%\]",
        (FACES / "relations.txt").read_text(),
    )
    assert len(cells) == len(written) == 12
    for shown, exact in zip(cells, written, strict=True):
        for short, long in zip(shown, exact, strict=True):
            assert float(short) == pytest.approx(float(long), abs=0.0501)
