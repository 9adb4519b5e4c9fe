"""Whoever holds a phone with the page, and the server that the phone reaches or not."""

from __future__ import annotations

import base64
import json
import re
import time
import urllib.request
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID, uuid4

from sqlalchemy import select

from services.core.settings import Settings
from services.devices.registry import DeviceKind, add_device, find_device, revoke_device
from services.storage.database import Database
from services.storage.models import Journal, Party, ReaderScan, ReaderSession
from tests.services.scene import TODAY
from tests.services.world import Clock
from tests.support.ports import free_port
from tests.support.servers import running_bilum

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy.orm import Session

    from tests.services.scene import Scene
    from tests.support.browser import Page


T = TypeVar("T")


@dataclass
class Ground:
    """A server on the data of a scene, at one address whether it runs or not."""

    folder: Path
    scene: Scene
    stack: ExitStack
    port: int = field(default_factory=free_port)
    running: ExitStack | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.running = self.stack.enter_context(ExitStack())
        self.running.enter_context(running_bilum(self.folder, BILUM_PORT=str(self.port)))

    def stop(self) -> None:
        self.running.close()
        self.running = None

    def enrolment(self, who: str, name: str) -> str:
        """Register a device of somebody in the scene; return its code."""

        def add(session: Session) -> str:
            owner = session.scalars(
                select(Party).where(Party.public_id == UUID(self.scene.callers[who].party))
            ).one()
            return add_device(session, name, DeviceKind.PAGE, owner, Clock().now)[1]

        return self._write(add)

    def revoke(self, name: str) -> None:
        self._write(lambda session: revoke_device(find_device(session, name), Clock().now))

    def report(self, who: str, kind: str, animals: list[str], **told: object) -> None:
        """Report an event of TODAY as somebody of the scene."""
        events = [{"type": kind, "animals": animals, "occurred": {"at": TODAY}} | told]
        self._post(who, "/api/v1/events", {"events": events})

    def open_place(self, who: str, name: str) -> str:
        """Register a household of somebody; return its number."""
        told = {"kind": "household", "province": "Jiwaka", "name": name}
        keeper = {"keeper": self.scene.callers[who].party}
        return self._post("administrator", "/api/v1/premises", told | keeper)["numbers"][0]

    def _post(self, who: str, path: str, body: object) -> Any:
        headers = {**self.scene.callers[who].headers, "Content-Type": "application/json"}
        request = urllib.request.Request(  # noqa: S310 — our own
            self.url + path,
            json.dumps(body).encode(),
            headers | {"Idempotency-Key": str(uuid4())},
        )
        with urllib.request.urlopen(request) as answer:  # noqa: S310 — as above
            return json.load(answer)

    def read(self, look: Callable[[Session], T]) -> T:
        with self._database() as database, database.read() as session:
            return look(session)

    def _write(self, work: Callable[[Session], T]) -> T:
        with self._database() as database, database.write() as session:
            return work(session)

    @contextmanager
    def _database(self) -> Iterator[Database]:
        settings = Settings.from_env({"BILUM_DATA_DIR": str(self.folder)})
        with closing(Database.from_settings(settings)) as database:
            yield database


@dataclass
class Scanner:
    """A person with the page and a reader that types."""

    page: Page
    ground: Ground
    name: str = field(default_factory=lambda: f"phone {uuid4()}")

    def open(self) -> Scanner:
        self.page.open(f"{self.ground.url}/scan")
        return self

    def enrol(self, who: str = "keeper", *, again: bool = False) -> Scanner:
        """Give the phone a key; `again`: as a device that nobody knew before."""
        if again:
            self.name = f"phone {uuid4()}"
        code = self.ground.enrolment(who, self.name)
        self.page.click("#code")
        self.page.type(code)
        self.page.press("Enter")
        self.page.wait_for("!!document.querySelector('#wedge')")
        return self

    def scan(self, *lines: str) -> Scanner:
        """Let the reader type lines, each with Enter after it; return when they are kept."""
        for line in lines:
            self.page.type(line)
            self.page.press("Enter")
        self.page.wait_for(
            "!document.querySelector('#wedge').value && !document.querySelector('[aria-busy]')"
        )
        return self

    def last(self) -> tuple[str, str]:
        """Look and word of the newest reading."""
        return (
            self.page.evaluate("document.querySelector('#last').className").split()[1],
            self.page.text("#last .judged"),
        )

    def all_sent(self) -> None:
        """Return when nothing waits any more, in this page or for it."""
        self.page.wait_for(
            "!document.querySelector('#scans .unsent')"
            " && document.querySelector('#net').innerText.startsWith('✓')"
        )

    def become(self, kind: str, *, wait: bool = True, **fields: str) -> None:
        """Finish scanning, tell what it was, and look at what would be recorded."""
        self.page.click("#finish")
        self.page.click(f"#kind-{kind}")
        for name, value in fields.items():
            self.fill(f"#f-{name}", value)
        self.page.click("#review")
        if wait:
            self.page.wait_for("!!document.querySelector('#confirm')")

    def fill(self, selector: str, value: str) -> None:
        """Give a field a value, as a person who types or chooses does."""
        self.page.wait_for(f"!!document.querySelector({selector!r})")
        self.page.evaluate(
            f"(() => {{ const it = document.querySelector({selector!r}); it.value = {value!r};"
            " for (const one of ['input', 'change'])"
            " it.dispatchEvent(new Event(one, { bubbles: true })); })()"
        )

    def look_again(self) -> None:
        """Ask what would be recorded now that something of it was changed."""
        self.page.click("#again")
        self.page.wait_for("document.querySelector('#confirm')?.hidden === false")

    def confirm(self) -> None:
        self.page.click("#confirm")
        self.page.wait_for("!!document.querySelector('#receipts')")

    def verdicts(self) -> dict[str, str]:
        """Verdict by tag, as the review shows it."""
        return self.page.evaluate(
            "Object.fromEntries([...document.querySelectorAll('.animals li')].map((one) =>"
            " [one.dataset.tag, one.closest('details.animals').id.slice('verdict-'.length)]))"
        )

    def stored(self, store: str, key: str) -> dict[str, Any]:
        """The device's key as the page keeps it, without what nobody can take out of it."""
        return self.page.evaluate(
            f"import('/scan/store.js').then(({{ read, got }}) => read([{store!r}], (all) =>"
            f" got(all[{store!r}].get({key!r})))).then(({{ pair }}) =>"
            " ({ private: pair.privateKey.type, extractable: pair.privateKey.extractable }))"
        )

    def set_counter(self, counter: int) -> None:
        """Set the counter of the next request."""
        self.page.evaluate(
            "import('/scan/store.js').then(({ change, got }) => change(['kept'],"
            " async ({ kept }) => { const device = await got(kept.get('device'));"
            f" await got(kept.put({{ ...device, next: {counter} }}, 'device')); }}))"
        )

    def reopen(self) -> None:
        """Close the page and open it again."""
        self.page.wait_for(
            "navigator.serviceWorker.ready.then(() => !!navigator.serviceWorker.controller)"
        )
        self.page.open("about:blank")
        self.page.open(f"{self.ground.url}/scan")
        self.page.wait_for("!!document.querySelector('#net')")

    def worker_registration(self) -> str:
        """The browser's id of the page's service worker."""
        found: list[str] = []
        hear = self.page.hear

        def listen(event: str, told: dict[str, Any]) -> None:
            found.extend(one["registrationId"] for one in told.get("registrations", ()))
            hear(event, told)

        self.page.hear = listen
        self.page.call("ServiceWorker.enable")
        self.wait_until(lambda: self.page.evaluate("true") and found)
        return found[-1]

    def wait_until(self, true: Callable[[], object], seconds: float = 60) -> None:
        """Return when something is true."""
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, "it does not become true"
            time.sleep(0.1)

    def age(self, moment: str) -> None:
        """Let the session that is shown have begun at another moment."""
        self.page.evaluate(
            "import('/scan/sessions.js').then(async ({ alter, snapshot }) =>"
            f" alter((await snapshot()).session.id, {{ startedAt: {moment!r} }}))"
        )

    def lose_answers(self) -> None:
        """Requests arrive from now on, but their answers do not."""
        # The service worker has its own network, and would send at once.
        self.page.evaluate(
            "SyncManager.prototype.register = async () => {};"
            "window.truly = window.fetch; window.fetch = async (...told) =>"
            " { await window.truly(...told); throw new TypeError('lost'); }"
        )

    def get_answers(self) -> None:
        self.page.evaluate("window.fetch = window.truly")

    def uploaded(self) -> list[str]:
        """Tags that the server keeps of this device, sorted; each as often as it was taken."""
        return self.ground.read(
            lambda session: sorted(
                session.scalars(
                    select(ReaderScan.tag)
                    .join(ReaderSession)
                    .where(
                        ReaderSession.device_id == find_device(session, self.name).id,
                        ReaderScan.tag.is_not(None),
                    )
                )
            )
        )

    def journal(self) -> list[str]:
        """Types of all events, in their order."""
        return self.ground.read(
            lambda session: list(session.scalars(select(Journal.type).order_by(Journal.id)))
        )

    def receipts(self) -> list[str]:
        """What was recorded, each with its receipt."""
        return self.page.evaluate(
            "[...document.querySelectorAll('#receipts li span')].map((one) => one.innerText)"
        )

    def open_single(self, tag: str) -> None:
        """Open what may be told of one animal of a review."""
        self.page.evaluate(
            f"(() => {{ const it = document.querySelector(`li[data-tag='{tag}']`);"
            " it.closest('details').open = true; it.querySelector('details').open = true; })()"
        )

    def sheet(self) -> list[list[str]]:
        """The cells of the kill sheet."""
        return self.page.evaluate(
            "[...document.querySelectorAll('#sheet tbody tr')].map((row) =>"
            " [...row.cells].map((one) => one.innerText.trim()))"
        )

    def printed_pages(self) -> int:
        """How many pages of A4 the browser prints."""
        printed = self.page.call("Page.printToPDF", preferCSSPageSize=True)["data"]
        return len(re.findall(rb"/Type\s*/Page\b", base64.b64decode(printed)))

    def reach(self, element: str) -> None:
        """Go to a button with the Tab key, and press it."""
        for _ in range(60):
            if self.page.evaluate("document.activeElement.id") == element:
                self.page.press("Enter")
                return
            self.page.press("Tab")
        raise AssertionError(f"the Tab key does not reach {element}")

    def faint_texts(self) -> list[str]:
        """Texts on the screen whose contrast is below that of WCAG 2.2, criterion 1.4.3 (AA)."""
        return self.page.evaluate(_FAINT_TEXTS)


# https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
_FAINT_TEXTS = """(() => {
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const linear = (value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const luminance = ([r, g, b]) => 0.2126 * linear(r / 255) + 0.7152 * linear(g / 255)
    + 0.0722 * linear(b / 255);
  const behind = (one) => {
    for (let it = one; it; it = it.parentElement) {
      const [r, g, b, alpha = 1] = parts(getComputedStyle(it).backgroundColor);
      if (alpha > 0) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const ratio = (one) => {
    const both = [luminance(parts(getComputedStyle(one).color)), luminance(behind(one))];
    return (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const faint = [];
  while (texts.nextNode()) {
    const one = texts.currentNode.parentElement;
    const shown = texts.currentNode.data.trim() && one.checkVisibility();
    if (shown && !one.closest(':disabled') && ratio(one) < 4.5) faint.push(texts.currentNode.data);
  }
  return faint;
})()"""
