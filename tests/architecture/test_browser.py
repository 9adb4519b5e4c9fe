"""The browser of the tests has real keys and a real mouse, and complains where a page does."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.support.browser import browser, page

__all__ = ["browser", "page"]

pytestmark = pytest.mark.browser

_PAGE = """<meta http-equiv="Content-Security-Policy" content="img-src 'none'">
<input id="tag"><input id="file" type="file"><div id="drop">Drop here</div><p></p><script>
const shown = document.querySelector("p"), zone = document.getElementById("drop");
const keys = [];
document.getElementById("tag").addEventListener("keydown", event => {
  keys.push(event.key);
  if (event.key === "Enter") shown.innerText = event.target.value;
});
zone.addEventListener("dragover", event => event.preventDefault());
zone.addEventListener("drop", async event => {
  event.preventDefault();
  shown.innerText = await event.dataTransfer.files[0].text();
});
</script>"""


@pytest.fixture
def opened(page):
    page.open(f"data:text/html,{quote(_PAGE)}")
    return page


def test_keys__typed_as_a_wedge__are_real_ones(opened):
    opened.click("#tag")
    opened.type("LA 982 000001088420\n")
    assert opened.text("p") == "LA 982 000001088420"
    opened.press("Backspace")
    assert opened.evaluate("document.querySelector('#tag').value") == "LA 982 00000108842"
    assert opened.evaluate("keys.join('')").endswith("420EnterBackspace")


def test_file__dropped_or_chosen__can_be_read(opened, tmp_path):
    file = tmp_path / "session.csv"
    file.write_text("982000001088420")
    opened.drop("#drop", file)
    opened.wait_for("shown.innerText === '982000001088420'")
    opened.choose("#file", file)
    assert opened.evaluate("document.querySelector('#file').files[0].name") == "session.csv"


@pytest.mark.parametrize(
    "complaint",
    [
        "setTimeout(() => { throw new Error('a fault') })",
        "console.error('a complaint')",
        "document.body.insertAdjacentHTML('beforeend', '<img src=data:image/png,>')",
    ],
)
def test_errors__of_a_page__are_kept(opened, complaint):
    opened.evaluate(f"void {complaint}")
    opened.evaluate("new Promise(done => setTimeout(done, 50))")
    assert len(opened.errors) == 1
    opened.errors.clear()


def test_network__beyond_this_machine__is_not_reached(opened):
    script = "fetch('http://bilum.example/').then(() => 'reached', () => 'not reached')"
    assert opened.evaluate(script) == "not reached"


def test_page__of_another_test__shares_nothing(browser, opened):
    other = browser.open_page()
    other.open("about:blank")
    assert opened.context != other.context
    browser.close_page(other)
