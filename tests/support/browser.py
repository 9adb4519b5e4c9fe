"""Chromium without a window, for tests of pages; driven by its own protocol, with no library.

How a test uses it. In the folder's `conftest.py`: `from tests.support.browser import browser, page`
and `__all__ = ["browser", "page"]`. The test is marked `browser` and `sockets`; the server is a
real one (`tests.support.servers.running_bilum`):

    pytestmark = [pytest.mark.browser, pytest.mark.sockets]

    def test_page__a_word_is_typed__is_shown(page, server):
        page.open(f"{server}/scan")
        page.click("#tag")
        page.type("LA 982 000001088420")
        page.press("Enter")
        page.wait_for("document.querySelectorAll('li').length === 1")
        assert "982000001088420" in page.text("li")

`type` and `press` are real keys, so keyboard wedges can be played; `click` is a real mouse; `drop`
and `choose` hand files over. `evaluate` runs JavaScript and waits for its promise. Each test has a
page of its own that shares no storage with another's, and fails at its end where the console had
an error or the content security policy refused something (`page.errors`; clear the list where
that was meant). Answers of 4xx and 5xx are no errors. The browser reaches 127.0.0.1 alone.

Protocol: https://chromedevtools.github.io/devtools-protocol/, over the pipes that
`--remote-debugging-pipe` opens: file descriptors 3 and 4, messages in JSON with a NUL between.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import signal
import subprocess
import time
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import markers
from tests.support.environment import program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FLAGS = (
    "--headless=new",
    "--remote-debugging-pipe",
    # It opens our own pages alone, and runs as root where CI does.
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    # Renderers for windows that nobody opens.
    "--disable-features=PreloadTopChromeWebUI",
    "--disable-extensions",
    "--disable-sync",
    "--hide-scrollbars",
    "--lang=en-GB",
    "--mute-audio",
    "--no-default-browser-check",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
# Its wrapper is a shell, whose own redirections end at descriptor 9.
_START = 'in=$0 out=$1; shift; exec "$@" 3<&"$in" 4>&"$out" {in}<&- {out}>&-'
_LEAST_DESCRIPTOR = 10
_SECONDS = 60.0
_STEP = 0.05
_KEYS = {
    "Enter": (13, "\r"),
    "Escape": (27, ""),
    "Backspace": (8, ""),
    "Tab": (9, ""),
    "ArrowUp": (38, ""),
    "ArrowDown": (40, ""),
    "ArrowLeft": (37, ""),
    "ArrowRight": (39, ""),
}


class Browser:
    """One Chromium, with a profile in `folder`."""

    def __init__(self, folder: Path) -> None:
        commands, self._commands = _pipe()
        self._replies, replies = _pipe()
        self._log = folder / "chromium.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    *("/bin/bash", "-c", _START, str(commands), str(replies)),
                    *(program("chromium"), *_FLAGS),
                    *(f"--user-data-dir={folder / 'profile'}", "about:blank"),
                ],
                env={"HOME": str(folder), "PATH": os.defpath},
                pass_fds=(commands, replies),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        os.close(commands)
        os.close(replies)
        self._numbers = count(1)
        self._unread = b""
        self._answers: dict[int, dict[str, Any]] = {}
        self._pages: dict[str, Page] = {}

    def open_page(self) -> Page:
        """Open a page with cookies and storage of its own."""
        context = self.call("Target.createBrowserContext")["browserContextId"]
        target = self.call("Target.createTarget", url="about:blank", browserContextId=context)
        attached = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        page = Page(self, attached["sessionId"], context)
        self._pages[attached["sessionId"]] = page
        for domain in ("Page", "Runtime", "Log", "DOM"):
            page.call(f"{domain}.enable")
        return page

    def close_page(self, page: Page) -> None:
        """Close a page and forget what it stored."""
        self.call("Target.disposeBrowserContext", browserContextId=page.context)
        del self._pages[page.session]

    def close(self) -> None:
        """End it."""
        os.close(self._commands)
        os.close(self._replies)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def call(self, method: str, session: str | None = None, /, **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol; return its result."""
        number = next(self._numbers)
        message: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        sent = json.dumps(message).encode() + b"\0"
        while sent:
            sent = sent[os.write(self._commands, sent) :]
        end = time.monotonic() + _SECONDS
        while number not in self._answers:
            heard = self._read(end - time.monotonic())
            assert heard, f"Chromium does not answer {method}: {self._log.read_text()[-2000:]}"
        answer = self._answers.pop(number)
        assert "error" not in answer, f"{method}: {answer['error']}"
        result: dict[str, Any] = answer["result"]
        return result

    def _read(self, seconds: float) -> bool:
        """Take what the browser says, for so long at most; tell whether it said something."""
        ready, _, _ = select.select([self._replies], [], [], max(seconds, 0))
        said = os.read(self._replies, 1 << 20) if ready else b""
        *messages, self._unread = (self._unread + said).split(b"\0")
        for message in map(json.loads, messages):
            if "id" in message:
                self._answers[message["id"]] = message
            elif message.get("sessionId") in self._pages:
                self._pages[message["sessionId"]].hear(message["method"], message["params"])
        return bool(said)


class Page:
    """One page. `errors`: what its console and its content security policy complained of."""

    def __init__(self, browser: Browser, session: str, context: str) -> None:
        self._browser = browser
        self.session, self.context = session, context
        self.errors: list[str] = []

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol on this page."""
        return self._browser.call(method, self.session, **parameters)

    def hear(self, event: str, told: dict[str, Any]) -> None:
        """Keep what an event complains of."""
        if event == "Runtime.exceptionThrown":
            details = told["exceptionDetails"]
            self.errors.append(details.get("exception", {}).get("description", details["text"]))
        elif event == "Runtime.consoleAPICalled" and told["type"] == "error":
            self.errors.append(" ".join(str(one.get("value")) for one in told["args"]))
        elif event == "Log.entryAdded":
            entry = told["entry"]
            if entry["level"] == "error" and entry["source"] != "network":
                self.errors.append(entry["text"])

    def open(self, url: str) -> None:
        """Go to an address; return when all of it is loaded."""
        failed = self.call("Page.navigate", url=url).get("errorText")
        assert not failed, f"{url}: {failed}"
        self.wait_for("document.readyState === 'complete'")

    def resize(self, width: int, height: int, scale: float = 1) -> None:
        """Give the page a size in CSS pixels; `scale`: pixels of a screenshot for each."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=scale,
            mobile=False,
        )

    def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression; of a promise, what it resolves to."""
        told = self.call(
            "Runtime.evaluate",
            expression=expression,
            awaitPromise=True,
            returnByValue=True,
            userGesture=True,
        )
        assert "exceptionDetails" not in told, f"{expression}: {told['exceptionDetails']}"
        return told["result"].get("value")

    def wait_for(self, expression: str, seconds: float = _SECONDS) -> Any:
        """Return the value of an expression as soon as it is true."""
        end = time.monotonic() + seconds
        while not (value := self.evaluate(expression)):
            shown = self.evaluate("document.body?.innerText")
            assert time.monotonic() < end, f"never true: {expression}; shown: {shown}"
            time.sleep(_STEP)
        return value

    def text(self, selector: str) -> str:
        """Return what an element shows, as soon as it is there."""
        self.wait_for(f"!!{_element(selector)}")
        return str(self.evaluate(f"{_element(selector)}.innerText"))

    def click(self, selector: str) -> None:
        """Click into the middle of an element with the mouse, as soon as it is there."""
        for event in ("mousePressed", "mouseReleased"):
            x, y = self._middle(selector)
            self.call("Input.dispatchMouseEvent", type=event, x=x, y=y, button="left", clickCount=1)

    def press(self, key: str) -> None:
        """Press and release one key: a character, or a name of `KeyboardEvent.key`."""
        # The numbers of keys are those of letters and figures; 46, a point, would be Delete.
        known = len(key) == 1 and key.isascii() and key.isalnum()
        number, text = _KEYS.get(key, (ord(key.upper()) if known else 0, key))
        told = {"key": key, "windowsVirtualKeyCode": number}
        self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **told)
        self.call("Input.dispatchKeyEvent", type="keyUp", **told)

    def type(self, text: str) -> None:
        """Type a text key by key."""
        for letter in text:
            self.press("Enter" if letter == "\n" else letter)

    def choose(self, selector: str, *files: Path) -> None:
        """Choose files in an input of the type `file`."""
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.call("DOM.setFileInputFiles", nodeId=node, files=[str(file) for file in files])

    def drop(self, selector: str, *files: Path) -> None:
        """Drag files onto an element and drop them."""
        x, y = self._middle(selector)
        data = {"items": [], "files": [str(file) for file in files], "dragOperationsMask": 1}
        for event in ("dragEnter", "dragOver", "drop"):
            self.call("Input.dispatchDragEvent", type=event, x=x, y=y, data=data)

    def screenshot(self, target: Path) -> None:
        """Save what is seen as PNG."""
        shot = self.call("Page.captureScreenshot", format="png")
        target.write_bytes(base64.b64decode(shot["data"]))

    def _middle(self, selector: str) -> tuple[float, float]:
        self.wait_for(f"!!{_element(selector)}")
        box = self.evaluate(
            f"(() => {{ const it = {_element(selector)}; it.scrollIntoView({{block: 'center'}});"
            " const box = it.getBoundingClientRect();"
            " return [box.x + box.width / 2, box.y + box.height / 2]; })()"
        )
        return box[0], box[1]


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One Chromium for all tests."""
    markers.require("browser")
    started = Browser(tmp_path_factory.mktemp("chromium"))
    yield started
    started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page for one test; at its end nothing has complained."""
    opened = browser.open_page()
    yield opened
    opened.evaluate("0")  # What was complained of until now has come.
    browser.close_page(opened)
    assert opened.errors == []


def _pipe() -> tuple[int, int]:
    """Open a pipe whose ends no other number of the child can hide."""
    ends = []
    for end in os.pipe():
        ends.append(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, _LEAST_DESCRIPTOR))
        os.close(end)
    return ends[0], ends[1]


def _element(selector: str) -> str:
    return f"document.querySelector({json.dumps(selector)})"
