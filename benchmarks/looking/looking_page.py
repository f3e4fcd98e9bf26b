"""How quick the report's page is with many tasks, in a headless Chromium.

    OMP_NUM_THREADS=1 python benchmarks/looking/looking_page.py --tasks 60

The change matrix is made of random numbers with five seeds; what it shows has no meaning. Times are
medians on the machine's own clock, from the event until the browser has laid the page out.
"""

import argparse
import json
import shutil
import tempfile
import time
from pathlib import Path

MEASURED = """() => {
  const at = (id) => document.getElementById(id);
  const timed = (change, times) => {
    const spent = [];
    for (let i = 0; i < times; i += 1) {
      const start = performance.now();
      change(i);
      document.body.getBoundingClientRect();
      spent.push(performance.now() - start);
    }
    spent.sort((a, b) => a - b);
    return { median: spent[Math.floor(times / 2)], slowest: spent[times - 1] };
  };
  const set = (id, value, event) => {
    at(id).value = value;
    at(id).dispatchEvent(new Event(event, { bubbles: true }));
  };
  const last = Number(at("slider").max);
  const cell = document.querySelectorAll("#matrix tbody td")[1];
  return {
    "a step of the slider": timed((i) => set("slider", String(last - i), "input"), 60),
    "another order": timed((i) => set("sort", ["name", "done", "suffered"][i % 3], "change"), 9),
    "another filter": timed((i) => {
      at("filter").value = ["1", "12", "1", ""][i % 4];
      set("within", "both", "change");
    }, 8),
    "opening a cell": timed(() => { cell.click(); at("cell").close(); }, 9),
  };
}"""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--tasks", type=int, default=60)
    options.add_argument("--chromium", default=shutil.which("chromium"))
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        started = time.perf_counter()
        page.write_text(made(given.tasks), encoding="utf-8")
        written = time.perf_counter() - started
        opened, found = measured(page, given.chromium)
        size = page.stat().st_size / 2**20
    print(
        f"{given.tasks} tasks: {size:.1f} MiB, written in {written:.1f} s, opens in {opened:.1f} s"
    )
    for what, spent in found.items():
        print(f"  {what}: {spent['median']:.0f} ms, the slowest {spent['slowest']:.0f} ms")


def made(tasks: int) -> str:
    """A page of random changes and single-task scores."""
    import numpy as np

    from analysis import Report, report_html
    from relations import ChangeMatrix, RelationGraph

    random = np.random.default_rng(0)
    mean = 0.02 * random.standard_t(3, (tasks, tasks)) - 0.005
    samples = mean + random.normal(0, 0.01, (5, tasks, tasks))
    alone = random.normal(0.8, 0.01, (5, tasks))
    names = [f"task-{i:03d}" for i in range(tasks)]
    changes = ChangeMatrix(names, np.clip(samples, -0.9, 2), baseline=alone)
    return report_html(
        Report(changes=changes, graph=RelationGraph.from_changes(changes), source="random")
    )


def measured(page: Path, chromium: str | None) -> tuple[float, dict[str, dict[str, float]]]:
    """Seconds until the page is there, and milliseconds of what its reader does."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        window = browser.new_page(viewport={"width": 1280, "height": 900})
        window.set_default_timeout(300_000)
        started = time.perf_counter()
        window.goto(page.as_uri())
        opened = time.perf_counter() - started
        found = json.loads(json.dumps(window.evaluate(MEASURED)))
        browser.close()
    return opened, found


if __name__ == "__main__":
    main()
