"""The documentation site: built without a warning, complete, nothing in it from elsewhere."""

import re
import subprocess
import sys
from pathlib import Path

import analysis
import gradsplit
import relations

ROOT = Path(__file__).parents[2]


def test_the_site_is_built_without_a_warning_and_whole(tmp_path):
    """One test, since the build is what takes its time."""
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-c", "docs"]
    command += ["-d", str(tmp_path / "trees"), ".", str(tmp_path / "html")]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    # A page that no table of contents names is a warning too: name it in docs/index.md.
    assert built.returncode == 0, built.stderr
    site = tmp_path / "html"
    assert 'url=docs/index.html"' in (site / "index.html").read_text()
    every_page_and_report_is_there(site)
    no_page_loads_anything_from_elsewhere(site)
    every_public_name_has_an_entry(site)
    formulas_are_drawn_once(site)


def every_page_and_report_is_there(site):
    pages = [
        page for part in ("", "journeys/", "recipes/") for page in ROOT.glob(f"docs/{part}*.md")
    ]
    for page in [*pages, *ROOT.glob("reports/**/*.md")]:
        assert (site / page.relative_to(ROOT).with_suffix(".html")).exists(), page


def no_page_loads_anything_from_elsewhere(site):
    loaded = re.compile(r'<(?:script|link|img|iframe)[^>]*(?:src|href)="((?:https?:)?//[^"]*)"')
    for page in site.glob("**/*.html"):
        assert not loaded.findall(page.read_text()), page


def every_public_name_has_an_entry(site):
    entries = "".join(page.read_text() for page in site.glob("docs/api-*.html"))
    for package in (relations, gradsplit, analysis):
        for name in package.__all__:
            found = f'id="{package.__name__}.{name}"' in entries
            assert found or f'id="relations.{name}"' in entries, name


def formulas_are_drawn_once(site):
    page = (site / "docs" / "method.html").read_text()
    assert page.count("<math") > 20
    assert "\\frac" not in page  # the source does not follow the formula
