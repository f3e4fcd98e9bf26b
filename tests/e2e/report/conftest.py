"""Opens report pages in a headless Chromium, and notices every error and every request."""

from pathlib import Path

import pytest

from tests.e2e.conftest import PATIENCE

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser on a busy machine takes its time, and says itself when it has lost patience."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.timeout(900))


class Watched:
    """Opens report pages and keeps what they should not do."""

    def __init__(self, browser, folder: Path) -> None:
        self.browser = browser
        self.folder = folder
        self.faults: list[str] = []
        self.requests: list[str] = []
        self.contexts = []

    def open(self, report, **options):
        """A page that shows a report; options are those of a browser context."""
        from analysis.page.report import report_html

        path = self.folder / f"report-{len(self.contexts)}.html"
        path.write_text(report_html(report), encoding="utf-8")
        return self.open_file(path, **options)

    def open_file(self, path: Path, **options):
        """A page that shows a file."""
        context = self.browser.new_context(accept_downloads=True, **options)
        self.contexts.append(context)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.on("console", lambda message: self._console(message))
        page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        page.on("dialog", lambda dialog: self._dialog(dialog))
        page.on("request", lambda request: self._request(request, path))
        page.goto(path.as_uri())
        return page

    def _console(self, message) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(f"{message.type}: {message.text}")

    def _dialog(self, dialog) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _request(self, request, path: Path) -> None:
        # A download is handed over from memory; all else is a request of the page.
        if request.url != path.as_uri() and not request.url.startswith("blob:"):
            self.requests.append(request.url)

    def close(self) -> None:
        for context in self.contexts:
            context.close()


@pytest.fixture
def watched(browser, tmp_path):
    """Opens report pages; afterwards nothing was logged, asked for or popped up."""
    found = Watched(browser, tmp_path)
    yield found
    found.close()
    assert found.faults == []
    assert found.requests == []
