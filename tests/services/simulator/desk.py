"""The page in a browser, with what a person does on it; and servers for it."""

from __future__ import annotations

import io
import json
import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from services.core.settings import draw_secrets
from services.runtime.app import create_app
from services.runtime.container import Runtime
from services.runtime.jobs import make_jobs
from services.runtime.wakeup import DISPATCH
from services.runtime.workers import make_carriers, make_dispatcher
from tests.support.ports import free_port
from tests.support.servers import serving

if TYPE_CHECKING:
    from tests.support.browser import Page

MARIA, PETER = ('[data-number="+67570000001"]', '[data-number="+67570000002"]')
PIG = "598000000000017"


class Desk:
    """The page, with what a person does on it."""

    def __init__(self, page: Page, url: str):
        self.page = page
        page.resize(1180, 900)
        page.open(f"{url}/simulator")
        page.wait_for("document.querySelectorAll('.handset').length === 2")

    def keys(self, phone, *keys):
        for key in keys:
            self.page.click(f'{phone} [data-key="{key}"]')

    def write(self, phone, text):
        """Write an SMS by keyboard, and send it."""
        self.page.click(f"{phone} .speaker")
        self.page.press("Escape")
        self.keys(phone, "left")
        self.page.type(text)
        self.page.press("Enter")

    def shown(self, phone):
        return " ".join(self.page.text(f"{phone} .body").split())

    def wait_for(self, phone, view):
        self.page.wait_for(f"document.querySelector({json.dumps(phone)}).dataset.view === '{view}'")

    def read(self, phone):
        """Wait for a new text, and open it."""
        self.wait_for(phone, "arrived")
        self.keys(phone, "left")
        return self.shown(phone)


@contextmanager
def served(settings, wrap=lambda app: app):
    """Serve the application in this process, wrapped, with a dispatcher at work."""
    alone = replace(settings, development=True, gateway=draw_secrets(settings.gateway))
    runtime = Runtime.open(alone)
    carriers, stop, port = make_carriers(runtime, io.StringIO()), threading.Event(), free_port()
    job = make_jobs(runtime, make_dispatcher(runtime, carriers, stop.is_set))[DISPATCH]
    worker = threading.Thread(target=job.repeat, args=(stop,))
    worker.start()
    try:
        with serving(wrap(create_app(runtime)), port):
            yield f"http://127.0.0.1:{port}", runtime
    finally:
        stop.set()
        worker.join()
        runtime.close()
