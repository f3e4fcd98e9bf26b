"""The page in a browser: the download, strange names, keyboard, screen reader, phone, print."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from analysis.diagnosis.diagnosis_file import read_diagnosis
from gradsplit.cli import main
from relations import write_relation_table
from relations.mask import GradientMask
from relations.statistics.change_matrix import ChangeMatrix
from relations.statistics.side_means import SideScore
from tests.analysis.analysis_examples import made_changes, random_changes
from tests.analysis.diagnosis_examples import diagnosed_edge
from tests.analysis.figures.test_learning_curves import trained
from tests.e2e.report.report_cases import CASES, report_of, with_gaps

pytestmark = pytest.mark.long

STRANGE = [
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(2)>",
    "\"quotes\" & 'more' `ticks` ${x} {{ y }}",
    "größe→β 深度",
    "עומק",
    "\u0639\u0645\u0642 pose",
    "line sep \\u003c <!-- -->",
    "__proto__",
]


def set_threshold(page, text):
    page.fill("#threshold", text)


def downloaded(page, folder):
    with page.expect_download() as download:
        page.click("#download")
    path = folder / "downloaded.json"
    download.value.save_as(path)
    assert download.value.suggested_filename == "mask.json"
    return path


@pytest.mark.parametrize("threshold", ["-0.01", "-0.0345", "0", "-1e-7"])
def test_the_download_is_the_mask_of_the_command(watched, tmp_path, capsys, threshold):
    table = tmp_path / "relations.csv"
    write_relation_table(CASES["one seed"](), table)
    assert main(["report", str(table), "--out", str(tmp_path / "report.html")]) == 0
    page = watched.open_file(tmp_path / "report.html")
    set_threshold(page, threshold)
    for policy in ("point", "allow", "block"):
        page.select_option("#undecided", policy)
        words = page.inner_text("#mask-command").split()[1:]
        words[words.index("mask.json")] = str(tmp_path / "mask.json")
        assert words[:2] == ["mask", str(table)]
        assert main(words) == 0, capsys.readouterr().err
        made, path = json.loads((tmp_path / "mask.json").read_text()), downloaded(page, tmp_path)
        assert GradientMask.load(path).may_update.tolist() == made["may_update"]
        assert json.loads(path.read_text()) == made


def test_a_download_carries_the_intervals_of_its_verdicts(watched, tmp_path):
    from relations.graph import RelationGraph

    changes = CASES["adaptive seeds"]()
    page = watched.open(report_of(changes, correction="bh"))
    set_threshold(page, "-0.02")
    mask = GradientMask.load(downloaded(page, tmp_path))
    graph = RelationGraph.from_changes(changes, -0.02, correction="bh")
    made = GradientMask.from_graph(graph, provenance={"source": "runs"})
    assert mask.provenance == made.provenance
    for key in ("change", "n", "verdict"):
        assert mask.evidence[key] == made.evidence[key]
    for key in ("lower", "upper"):
        found, wanted = (np.array(one.evidence[key], dtype=float) for one in (mask, made))
        np.testing.assert_allclose(found, wanted, rtol=1e-9)


def test_unknown_edges_are_asked_about_before_a_mask_is_given(watched, tmp_path):
    page = watched.open(report_of(with_gaps()))
    assert page.locator("#download").is_disabled()
    assert "unknown" in page.inner_text("#download-reason")
    page.select_option("#unknown", "block")
    assert "--unknown block" in page.inner_text("#mask-command")
    mask = GradientMask.load(downloaded(page, tmp_path))
    assert not mask.may_update[0, 3]
    assert not mask.may_update[4, 5]
    assert mask.provenance["unknown"] == "block"


def test_a_wrong_threshold_is_refused_in_words_and_the_last_one_stays(watched):
    page = watched.open(report_of(CASES["five seeds"]()))
    before = page.inner_text("#sentence")
    for text in ("0.5", "-1", "-3", ""):
        set_threshold(page, text)
        assert page.locator("#threshold-error").is_visible(), text
        assert page.get_attribute("#threshold", "aria-invalid") == "true"
        assert page.inner_text("#sentence") == before
    set_threshold(page, "-0.02")
    assert not page.locator("#threshold-error").is_visible()
    assert page.inner_text("#sentence").startswith("−2 %:")


def test_strange_names_are_names(watched, tmp_path):
    changes = made_changes(np.full((8, 8), -0.03), 0.002, tasks=STRANGE)
    page = watched.open(report_of(changes, source="</script><b>x"))
    set_threshold(page, "-0.02")
    page.select_option("#edge-choice", "all")
    assert page.locator("#matrix tbody th span").all_text_contents() == STRANGE
    assert page.locator("#mask thead th:not(.corner) span").all_text_contents() == STRANGE
    assert STRANGE[0] in page.locator("#graph g title").all_text_contents()
    assert page.locator("img, #data ~ b, table script").count() == 0
    assert page.locator("#edge-rows th bdi").first.text_content() in STRANGE
    assert GradientMask.load(downloaded(page, tmp_path)).tasks == tuple(STRANGE)


def test_the_policy_forbids_everything_that_is_not_in_the_page(watched):
    page = watched.open(report_of(CASES["two seeds"]()))
    blocked = page.evaluate(
        """async () => {
          const seen = [];
          const note = (event) => seen.push(event.violatedDirective);
          document.addEventListener("securitypolicyviolation", note);
          const image = new Image();
          image.src = "https://example.org/x.png";
          const script = document.createElement("script");
          script.textContent = "window.injected = true";
          document.body.append(image, script);
          await fetch("https://example.org/").catch(() => 0);
          await new Promise((done) => setTimeout(done, 100));
          return [seen.sort(), window.injected === undefined];
        }"""
    )
    assert blocked == [["connect-src", "img-src", "script-src-elem"], True]
    # The violations above are the test's own; anything else is still a fault.
    watched.faults[:] = [one for one in watched.faults if "Content Security Policy" not in one]
    watched.requests[:] = [one for one in watched.requests if "example.org" not in one]


@pytest.mark.parametrize(("tasks", "scheme"), [(4, "light"), (4, "dark"), (26, "light")])
def test_no_finding_of_axe(watched, scheme, tasks):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    mean = np.linspace(-0.3, 0.3, tasks * tasks).reshape(tasks, tasks)
    page = watched.open(report_of(made_changes(mean, 0.01)), color_scheme=scheme, bypass_csp=True)
    page.locator("#edge-rows tr").first.wait_for()
    found = axe.Axe().run(page).response["violations"]
    assert [(one["id"], one["impact"], one["nodes"][0]["html"]) for one in found] == []


def test_everything_works_by_keyboard(watched, tmp_path):
    page = watched.open(report_of(CASES["five seeds"](), threshold=-0.02))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "slider"
    stops = page.evaluate("JSON.parse(document.getElementById('data').textContent).stops")
    here = stops.index(-0.02)
    for key, stop in (("ArrowRight", here + 1), ("ArrowLeft", here), ("Home", 0), ("End", -1)):
        page.keyboard.press(key)
        assert float(page.input_value("#threshold")) == stops[stop], key
        assert page.get_attribute("#slider", "aria-valuetext") in page.inner_text("#sentence")
    page.keyboard.press("Tab")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("-0.03")
    assert page.inner_text("#sentence").startswith("−3 %")
    from playwright.sync_api import expect

    expect(page.locator("#spoken")).to_have_text(page.inner_text("#sentence"))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.input_value("#threshold") == "-0.02"
    page.focus("#undecided")
    page.keyboard.press("ArrowDown")
    assert "--undecided allow" in page.inner_text("#mask-command")
    page.focus("#download")
    with page.expect_download():
        page.keyboard.press("Enter")


def test_tables_have_headers_and_the_page_landmarks(watched):
    page = watched.open(report_of(CASES["five seeds"]()))
    assert page.get_by_role("main").count() == 1
    assert page.get_by_role("slider", name="Threshold of harm").count() == 1
    table = page.locator("#matrix")
    assert table.locator("thead th[scope=col]").count() == 7
    assert table.locator("tbody th[scope=row]").count() == 6
    cell = table.locator("td:not(.self)").first
    assert re.search(r"[+−]\d+\.\d.*harmful", cell.text_content())
    levels = page.locator("h1, h2, h3").evaluate_all("(all) => all.map((h) => h.tagName)")
    assert levels[0] == "H1"
    assert levels.count("H1") == 1


@pytest.mark.parametrize("tasks", [5, 30])
def test_a_phone_scrolls_tables_not_the_page(watched, tasks):
    changes = random_changes(tasks)
    names = [f"{'a_name_of_eighty_letters_' * 4}"[:77] + f"_{i:02d}" for i in range(tasks)]
    named = ChangeMatrix(names, changes.by_seed)
    page = watched.open(report_of(named), viewport={"width": 360, "height": 740}, is_mobile=True)
    page.select_option("#edge-choice", "all")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert page.evaluate("document.querySelector('.controls').offsetHeight") < 240
    assert page.locator("#slider").bounding_box()["width"] > 250


def test_paper_has_the_state_and_no_controls(watched):
    page = watched.open(report_of(random_changes(30)), viewport={"width": 718, "height": 1000})
    set_threshold(page, "-0.02")
    page.emulate_media(media="print")
    assert page.locator("#sentence").is_visible()
    for query in ("#slider", "#download", "#undecided", "#edge-choice", "#sort", "#csv", "#link"):
        assert not page.locator(query).is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 718
    assert page.evaluate(
        "[...document.querySelectorAll('.scroll')].every((one) => one.scrollWidth <= 718)"
    )


def test_paper_is_a4_and_holds_the_edges_and_the_unfolded_diagnosis(watched, tmp_path):
    (tmp_path / "diagnosis.json").write_text(json.dumps([diagnosed_edge("task-00", "task-01")]))
    report = report_of(made_changes([[0, -0.2], [0.01, 0]]))
    report = replace(report, diagnosed=read_diagnosis(tmp_path / "diagnosis.json"))
    page = watched.open(report)
    assert page.locator("#edge-rows tr").count() == 1  # at once: a page may be printed as it opens
    page.emulate_media(media="print")
    assert page.locator(".diagnosed details td").first.is_visible()
    assert b"/MediaBox [0 0 594.95996 841.91998]" in page.pdf(prefer_css_page_size=True)


def of_many_methods():
    """A comparison's file: ten tasks, thirty methods, costs."""
    tasks = [f"task-{i:02d}" for i in range(10)]
    header = ["method", "n", *(f"{t}{end}" for t in tasks for end in ("", "_se", "_change"))]
    header += ["delta_m", "delta_m_se", "parameters [M]", "step [ms]"]
    cells = ["5", *["0.8123", "0.0021", "-0.1042"] * 10, "-0.1", "0.01", "11.2", "120.5"]
    return [header, *([f"gradsplit:modules=layer{i}", *cells] for i in range(30))]


@pytest.mark.parametrize(("width", "media"), [(390, "screen"), (718, "print")])
def test_a_comparison_of_many_methods_is_read_without_scrolling_sideways(watched, width, media):
    report = replace(report_of(random_changes(3)), comparison=of_many_methods())
    page = watched.open(report, viewport={"width": width, "height": 1000})
    page.emulate_media(media=media)
    section = page.locator("[aria-labelledby=comparison-title].scroll")
    assert section.evaluate("one => one.scrollWidth <= one.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.get_by_text("task-09 [%]: ").first.is_visible()


def test_on_paper_the_matrix_of_sixty_tasks_fits_a_page_with_square_cells(watched):
    page = watched.open(report_of(random_changes(60)), viewport={"width": 718, "height": 1000})
    page.emulate_media(media="print")
    box = page.locator("#matrix tbody td").nth(1).bounding_box()
    assert 0.8 < box["width"] / box["height"] < 1.25
    assert page.locator("#matrix").bounding_box()["height"] < 1000


@pytest.mark.slow
def test_two_hundred_tasks_open(watched):
    page = watched.open(report_of(random_changes(200)))
    assert page.locator("#matrix tbody tr").count() == 200
    set_threshold(page, "-0.05")
    assert page.inner_text("#sentence").startswith("−5 %")


def test_side_scores_open_by_a_click_and_scroll_by_themselves(watched):
    long = "a_joint_with_a_name_that_is_longer_than_a_phone_is_wide"
    values = {0: 0.123456}
    sources = {f"task-{i:02d}": values for i in range(1, 8)}
    side = [SideScore("task-00", f"{long}_{i}", values, sources) for i in range(30)]
    changes = random_changes(8, side=side)
    lines = [["method", "seed", "task", "score"]]
    lines += [[f"method {i}", "0", f"task-00@{long}", "0.5"] for i in range(12)]
    report = replace(
        report_of(changes), comparison=[["method", "task-00"], ["m", "1"]], side_scores=lines
    )
    page = watched.open(report, viewport={"width": 390, "height": 844}, is_mobile=True)
    assert page.locator("details.side").count() == 2
    assert not page.locator("details.side td").first.is_visible()
    for place in range(2):
        page.locator("details.side summary").nth(place).click()
    assert page.locator("details.side td").first.is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_learning_curves_fit_every_screen_and_are_seen_on_it(watched, width, scheme):
    changes = made_changes([[np.nan, -0.1], [0.1, np.nan]], tasks=["pose", STRANGE[1]])
    report = replace(report_of(changes), trained=trained(changes.tasks))
    viewport = {"width": width, "height": 800}
    page = watched.open(report, viewport=viewport, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    drawings = page.locator(".panels svg")
    assert drawings.count() == 2
    for number in range(2):
        box = drawings.nth(number).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["width"] > 250
    strokes = page.evaluate(
        "[...document.querySelectorAll('.panels .line')].map(one => getComputedStyle(one).stroke)"
    )
    assert len(set(strokes)) == 3  # alone and with all are of one colour and two strokes
    assert "none" not in strokes


def test_a_name_from_right_to_left_leaves_the_headline_in_its_order(watched):
    mean = np.zeros((3, 3))
    mean[0, 1] = -0.08
    page = watched.open(report_of(made_changes(mean, 0.001, tasks=["עומק", "تقدير", "pose"])))
    left, right = page.evaluate(
        """() => {
          const text = document.querySelector(".headline").firstChild;
          return ["עומק", "تقدير"].map((name) => {
            const range = document.createRange();
            const start = text.data.indexOf(name);
            range.setStart(text, start);
            range.setEnd(text, start + name.length);
            return range.getBoundingClientRect().x;
          });
        }"""
    )
    assert left < right
