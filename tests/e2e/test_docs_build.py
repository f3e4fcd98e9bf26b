"""The documentation site: complete, nothing in it from elsewhere, fit for phones and dark pages."""

import io
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import analysis
import gradsplit
import relations

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The site and what Sphinx said; made once, since the build is what takes its time."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-c", "docs"]
    command += ["-d", str(folder / "trees"), ".", str(folder / "html")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return folder / "html", done


@pytest.fixture(scope="module")
def site(built):
    return built[0]


def test_the_site_is_built_without_a_warning(built):
    site, done = built
    # A page that no table of contents names is a warning too: name it in docs/index.md.
    assert done.returncode == 0, done.stderr
    assert 'url=docs/index.html"' in (site / "index.html").read_text()


def test_every_page_and_report_is_there(site):
    pages = [
        page for part in ("", "journeys/", "recipes/") for page in ROOT.glob(f"docs/{part}*.md")
    ]
    for page in [*pages, *ROOT.glob("reports/**/*.md")]:
        assert (site / page.relative_to(ROOT).with_suffix(".html")).exists(), page


def test_no_page_loads_anything_from_elsewhere(site):
    loaded = re.compile(r'<(?:script|link|img|iframe)[^>]*(?:src|href)="((?:https?:)?//[^"]*)"')
    for page in site.glob("**/*.html"):
        assert not loaded.findall(page.read_text()), page


def test_every_public_name_has_an_entry(site):
    entries = "".join(page.read_text() for page in site.glob("docs/api-*.html"))
    for package in (relations, gradsplit, analysis):
        for name in package.__all__:
            found = f'id="{package.__name__}.{name}"' in entries
            assert found or f'id="relations.{name}"' in entries, name


def test_formulas_are_drawn_once(site):
    page = (site / "docs" / "method.html").read_text()
    assert page.count("<math") > 20
    assert "\\frac" not in page  # the source does not follow the formula


JOURNEYS = [page.stem for page in sorted(ROOT.glob("docs/journeys/*.md"))]
PHONE = {"width": 390, "height": 844}
SHOWN_ON_A_PHONE = (
    "docs/index",
    "docs/method",
    "docs/choosing",
    "docs/edge-cases",
    "docs/recommend",
    "reports/README",
    "reports/figures/README",
    "reports/recommendation/README",
)
# What reaches beyond the page without lying in something that scrolls by itself.
BEYOND = """() => [...document.querySelectorAll("article *")].filter(one => {
    if (one.getBoundingClientRect().right <= innerWidth + 1) return false;
    const scrolls = over => ["auto", "scroll", "hidden"].includes(getComputedStyle(over).overflowX);
    for (let over = one; over.tagName != "ARTICLE"; over = over.parentElement)
        if (scrolls(over)) return false;
    return true;
}).map(one => one.outerHTML.slice(0, 100))"""
SCROLLING = """chosen => [...document.querySelectorAll(chosen)]
    .filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.innerText.slice(0, 60))"""


@pytest.fixture
def phone(browser):
    context = browser.new_context(viewport=PHONE, color_scheme="dark")
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("name", SHOWN_ON_A_PHONE)
def test_no_page_is_wider_than_a_phone(site, phone, name):
    phone.goto((site / f"{name}.html").as_uri())
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert phone.evaluate(BEYOND) == []
    assert phone.evaluate(SCROLLING, ".math-wrapper") == []
    assert phone.evaluate(SCROLLING, ".table-wrapper:has(> .sentences)") == []


def test_a_cell_that_stands_alone_names_its_column(site, phone):
    phone.goto((site / "docs" / "peers.html").as_uri())
    names = """row => [...row.cells].map(cell => getComputedStyle(cell, "::before").content)"""
    cells = phone.locator("table.sentences tbody tr").first.evaluate(names)
    assert cells == ["none", *(f'"{name}: "' for name in ("gradsplit", "LibMTL", "TorchJD"))]
    assert phone.locator("table.sentences thead").first.is_hidden()  # said in each row


@pytest.mark.parametrize("title", ["Where do you begin?", "What next?"])
def test_the_first_page_shows_its_tables_alike(site, phone, title):
    phone.goto((site / "docs" / "index.html").as_uri())
    first, second = phone.locator(f"section:has(> h2:text('{title}')) tbody tr td").all()[:2]
    assert first.bounding_box()["x"] == second.bounding_box()["x"]


def test_no_dot_stands_before_the_only_heading(site, phone):
    phone.goto((site / "docs" / "clusters.html").as_uri())
    heading = phone.locator("table.sentences th", has_text="with a team")
    assert heading.evaluate("one => getComputedStyle(one, '::before').content") == "none"


ANSWERS = ("recommend", "cost", "your-own-tasks", *(f"journeys/{name}" for name in JOURNEYS))
# Printed sentences that reach beyond the block that they stand in.
CUT_OFF = """() => [...document.querySelectorAll("article [class$=-Prose]")].filter(line =>
    line.getBoundingClientRect().right > line.closest("pre").getBoundingClientRect().right + 1
).map(line => line.innerText)"""


@pytest.mark.parametrize("name", ANSWERS)
def test_what_is_printed_is_read_to_its_end(site, phone, browser, name):
    page = (site / "docs" / f"{name}.html").as_uri()
    phone.goto(page)
    assert phone.evaluate(CUT_OFF) == []
    desk = browser.new_page(viewport={"width": 1280, "height": 900})
    desk.goto(page)
    assert desk.evaluate(SCROLLING, "article pre") == []
    desk.close()


def test_printed_tables_keep_their_columns(site, phone):
    phone.goto((site / "docs" / "cost.html").as_uri())
    line = phone.locator("article pre").first
    assert (
        "every task alone                                     2             8" in line.inner_text()
    )
    assert phone.evaluate(SCROLLING, "article pre")  # sideways: the table is wider than a phone


OPTION = re.compile(r"--[a-z-]+")


@pytest.mark.parametrize("name", ["docs/cost", "docs/recommend", "docs/your-own-tasks"])
def test_an_option_is_not_broken_between_its_hyphens(site, phone, name):
    phone.goto((site / f"{name}.html").as_uri())
    words = phone.locator("article code.literal .pre").all()
    options = [word for word in words if OPTION.fullmatch(word.inner_text())]
    assert options
    broken = "word => word.getClientRects().length > 1"
    assert not [word.inner_text() for word in options if word.evaluate(broken)]


def test_columns_of_numbers_are_set_to_the_right(site, phone):
    """Those too whose source does not say so, but not the names of rows."""
    phone.goto((site / "docs" / "report.html").as_uri())
    sides = "row => [...row.cells].map(cell => getComputedStyle(cell).textAlign)"
    table = phone.locator("table", has_text="a step of the slider")
    assert table.locator("tbody tr").first.evaluate(sides) == ["start", *["right"] * 6]


def test_formulas_have_a_font_of_their_own(site, phone):
    phone.goto((site / "docs" / "method.html").as_uri())
    faces = "document.fonts.ready.then(fonts => [...fonts].map(face => [face.family, face.status]))"
    assert phone.evaluate(faces) == [["Formulas", "loaded"]]


def test_figures_are_dark_on_a_dark_page(site, phone):
    phone.goto((site / "docs" / "index.html").as_uri())
    figure = phone.locator("article img").first.screenshot()
    tones = np.asarray(Image.open(io.BytesIO(figure)).convert("L"))
    assert np.median(tones) < 40  # the empty parts are the page
    assert tones.max() > 200  # and what was black is read on it
