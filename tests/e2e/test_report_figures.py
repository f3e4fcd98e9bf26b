"""The pictures of reports are those that today's code draws from the scores beside them."""

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from PIL import Image

from tests.pictures import for_dark_pages

ROOT = Path(__file__).parents[2]
PINNED = f"matplotlib=={version('matplotlib')}" in (ROOT / "constraints.txt").read_text()
FACES = ("faces/runs.csv", "--title", "CMU faces, people never seen")
# Read on a phone too: its labels are large in it, and it has points enough for a screen.
FOR_PHONES = ("--width", "3.6", "--font-size", "10", "--dpi", "280")
SETS = ("planted", "planted-control", "planted-near")

# The picture, and the words that draw it, as its report's page has them.
PICTURES: dict[str, tuple[str, ...]] = {
    "figures/heatmap.png": ("heatmap", "figures/runs.csv"),
    "figures/graph.png": ("graph", "figures/runs.csv"),
    "figures/graph-compact.png": ("graph", "figures/runs.csv", "--compact", *FOR_PHONES),
    **{f"planted/{name}-heatmap.png": ("heatmap", f"planted/runs-{name}.csv") for name in SETS},
    **{f"planted/{name}-graph.png": ("graph", f"planted/runs-{name}.csv") for name in SETS},
    **{f"faces/heatmap.{ending}": ("heatmap", *FACES) for ending in ("png", "svg")},
    **{f"faces/graph.{ending}": ("graph", "faces/runs.csv") for ending in ("png", "svg")},
    **{f"relations/faces-heatmap.{ending}": ("heatmap", *FACES) for ending in ("png", "pdf")},
    **{f"relations/faces-graph.{ending}": ("graph", FACES[0]) for ending in ("png", "pdf")},
    **{
        f"relations/faces-graph-decided.{ending}": ("graph", FACES[0], "--hide-undecided")
        for ending in ("png", "pdf")
    },
}
QUICK = ("figures/heatmap.png", "figures/graph.png", "figures/graph-compact.png")


@pytest.mark.skipif(not PINNED, reason="another matplotlib draws other bytes")
@pytest.mark.parametrize(
    "name",
    [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in PICTURES],
)
def test_it_is_drawn_by_todays_code(name, tmp_path):
    kept, made = ROOT / "reports" / name, tmp_path / Path(name).name
    kind, source, *more = PICTURES[name]
    words = ["-m", "gradsplit", kind, str(ROOT / "reports" / source), *more, "--out", str(made)]
    subprocess.run([sys.executable, *words], check=True, cwd=ROOT, capture_output=True)
    if os.environ.get("GRADSPLIT_DRAW_REPORTS"):
        kept.write_bytes(made.read_bytes())
    assert made.read_bytes() == kept.read_bytes(), (
        f"reports/{name} is stale: draw it again with GRADSPLIT_DRAW_REPORTS=1 and `-m slow`, "
        "and look at it."
    )


def test_the_readmes_picture_for_dark_pages_is_that_for_light_ones(tmp_path):
    light, kept = (
        ROOT / "reports" / "figures" / f"graph-compact{end}.png" for end in ("", "-dark")
    )
    for_dark_pages(light).save(made := tmp_path / kept.name)
    if os.environ.get("GRADSPLIT_DRAW_REPORTS"):
        kept.write_bytes(made.read_bytes())
    with Image.open(made) as now, Image.open(kept) as then:
        assert now.size == then.size and now.tobytes() == then.tobytes(), "see above"
