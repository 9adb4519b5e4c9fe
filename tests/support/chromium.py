"""Chromium by Playwright, for tests of pages that people fill in: by label and role, as they do.

A test marked `browser` and `sockets` opens it with `chromium()`, and pages with `open_page`.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from playwright.sync_api import expect, sync_playwright

from tests.support.environment import program
from tests.support.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playwright.sync_api import Browser, Page

AXE = ROOT / "console" / "node_modules" / "axe-core" / "axe.min.js"
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
_HEIGHT, _MILLISECONDS = 800, 60_000


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start one; it ends with the block."""
    # A busy machine takes longer than the five seconds that are usual.
    expect.set_options(timeout=_MILLISECONDS)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program("chromium"), args=_FLAGS)
        yield started
        started.close()


@contextmanager
def open_page(browser: Browser, width: int, *, scripts: bool = True) -> Iterator[Page]:
    """Open a page with cookies of its own; at its end nothing has complained."""
    context = browser.new_context(
        viewport={"width": width, "height": _HEIGHT}, java_script_enabled=scripts
    )
    context.set_default_timeout(_MILLISECONDS)
    page, complaints = context.new_page(), []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: said.type == "error" and complaints.append(said.text))
    yield page
    context.close()
    faults = list(_faults_in(complaints))
    assert not faults, faults


def _faults_in(said: Sequence[str]) -> Iterator[str]:
    """Yield what a page did wrong: not answers of 4xx, nor what it asked as it was left."""
    # Of a request that ends as its page is left, the library tells twice.
    left = sum("htmx:sendAbort" in one for one in said)
    for one in said:
        if "htmx:afterRequest" in one and left:
            left -= 1
        elif "Failed to load resource" not in one and "htmx:sendAbort" not in one:
            yield one


def faults_of(page: Page) -> list[str]:
    """Return what axe-core finds wrong with a page, by rule and place."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("async () => (await axe.run({resultTypes: ['violations']})).violations")
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found]
