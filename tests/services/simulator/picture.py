"""Draws docs/simulator.png from a real run: `.venv/bin/python -m tests.services.simulator.picture`.

Two phones on a server in development mode: a keeper has registered a pig and gives it away.
"""

from __future__ import annotations

import base64
import struct
import tempfile
import zlib
from pathlib import Path

from services.core.settings import Settings
from services.storage.database import Database
from tests.services.simulator.desk import MARIA, PETER, PIG, Desk
from tests.support.browser import Browser
from tests.support.paths import ROOT
from tests.support.servers import running_bilum

TARGET = ROOT / "docs" / "simulator.png"
WIDTH, HEIGHT = 1130, 790
# Finer shades than these are not seen, and take twice the room.
_SHADES = bytes(min(255, round(one / 4) * 4) for one in range(256))
_PIXELS = """(async () => {
  const image = await createImageBitmap(await (await fetch("data:image/png;base64,%s")).blob());
  const canvas = new OffscreenCanvas(image.width, image.height), pen = canvas.getContext("2d");
  pen.drawImage(image, 0, 0);
  const seen = pen.getImageData(0, 0, image.width, image.height).data;
  const bytes = seen.filter((_, at) => at %% 4 !== 3);
  const parts = [];
  for (let at = 0; at < bytes.length; at += 32768)
    parts.push(String.fromCharCode(...bytes.subarray(at, at + 32768)));
  return btoa(parts.join(""));
})()"""


def draw(folder: Path) -> None:
    """Play it in `folder`, and take the picture."""
    database = Database.from_settings(Settings.from_env({"BILUM_DATA_DIR": str(folder)}))
    database.upgrade()
    database.close()
    browser = Browser(folder)
    try:
        with running_bilum(folder, BILUM_DEVELOPMENT="1") as url:
            desk = Desk(browser.open_page(), url)
            desk.page.resize(WIDTH, HEIGHT)
            for text in ("PLACE Kudjip, Jiwaka", f"REG {PIG}"):
                desk.write(MARIA, text)
                desk.read(MARIA)
            desk.write(MARIA, f"GIVE {PIG} 70000002")
            desk.read(PETER)
            desk.keys(MARIA, "end", "right", "down", "down", "left")
            desk.page.evaluate("new Promise(done => setTimeout(done, 1500))")
            desk.page.evaluate("scrollTo(0, 0)")
            desk.page.screenshot(folder / "seen.png")
        seen = base64.b64encode((folder / "seen.png").read_bytes()).decode()
        pixels = browser.open_page().evaluate(_PIXELS % seen)
        TARGET.write_bytes(_png(base64.b64decode(pixels).translate(_SHADES)))
    finally:
        browser.close()


def _png(pixels: bytes) -> bytes:
    """Write pixels, three bytes each, as PNG (ISO/IEC 15948), as small as it gets."""
    rows = (pixels[at : at + 3 * WIDTH] for at in range(0, len(pixels), 3 * WIDTH))
    data = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", data), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(told)) + kind + told + struct.pack(">I", zlib.crc32(kind + told))
        for kind, told in chunks
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        draw(Path(made))
