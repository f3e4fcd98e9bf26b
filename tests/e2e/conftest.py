"""A headless Chromium for the tests of pages."""

import os
import shutil
from typing import NoReturn

import pytest

PATIENCE = 600_000  # milliseconds; tests share their machine, and 200 tasks are 80,000 cells
NAMES = ("chromium", "chromium-browser", "google-chrome")


def _missing(reason: str) -> NoReturn:
    """Skip where no browser is installed; on a machine that must have one, fail."""
    if os.environ.get("CI", "").lower() in ("true", "1"):
        pytest.fail(f"{reason}; the checks before a change lands need it")
    pytest.skip(reason)


@pytest.fixture(scope="module")
def browser():
    """A Chromium of the system; one a module, so that its event loop is closed with it."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        _missing("needs Chromium (Debian: apt-get install chromium)")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _missing("needs playwright (pip install playwright)")
    # Containers often have no sandbox to give (root, no user namespaces) and little /dev/shm; only
    # pages that the tests have made are opened.
    arguments = ["--no-sandbox", "--disable-dev-shm-usage"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=found, args=arguments, timeout=PATIENCE
        )
        yield chromium
        chromium.close()
