"""The second verifier, docs/verifier, in a real browser beside the first."""

from __future__ import annotations

import pytest

from tests.support.browser import browser, page
from tests.support.paths import ROOT
from tests.verifier.second import Second

__all__ = ["browser", "page"]

PAGE = (ROOT / "docs" / "verifier" / "index.html").as_uri()


@pytest.fixture(scope="module")
def second(browser):
    """The second verifier's functions, in the page as an auditor opens it from a disk."""
    opened = browser.open_page()
    opened.open(PAGE)
    yield Second(opened)
    browser.close_page(opened)
    assert opened.errors == []
