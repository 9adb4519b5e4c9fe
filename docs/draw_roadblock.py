"""Draw docs/roadblock.svg from a real run: `.venv/bin/python docs/draw_roadblock.py`."""

from __future__ import annotations

import io
import re
import tempfile
import textwrap
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

from services.cli.demo_stage import Stage
from services.core.roles import Role

TARGET = Path(__file__).with_name("roadblock.svg")
NOON = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
MARIA, PETER, VET, INSPECTOR = (f"+6757000000{n}" for n in range(1, 5))
WIDTH, GAP, LINE, COLUMNS = 292, 24, 17, 31
HEAD = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"
  font-family="monospace" font-size="13" fill="#1f2933">
<title>A farmer asks, an officer issues a permit, an inspector lets the pig pass</title>"""


class Bubble(NamedTuple):
    """A text on a phone, and whether its owner sent it."""

    text: str
    sent: bool


class Phone:
    """The screen of one phone."""

    def __init__(self, stage: Stage, owner: str, number: str) -> None:
        self.owner, self._stage, self._number = owner, stage, number
        self.bubbles: list[Bubble] = []
        self._seen = len(stage.inbox(number))

    def send(self, text: str) -> str:
        """Show a text, send it, and show what comes back."""
        self.bubbles.append(Bubble(text, sent=True))
        self._stage.send(self._number, text)
        return self.look()

    def look(self) -> str:
        """Show what has come since; return the newest of it."""
        came = self._stage.inbox(self._number)[self._seen :]
        self._seen += len(came)
        self.bubbles += [Bubble(text, sent=False) for text in came]
        return came[-1]


def main() -> None:
    """Play a pig's way past a roadblock, and draw the phones."""
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(Path(folder), io.StringIO(), clock=lambda: NOON)
        try:
            TARGET.write_text(_draw(_play(stage)), encoding="utf-8")
        finally:
            stage.runtime.close()


def _play(stage: Stage) -> list[Phone]:
    stage.appoint(VET, Role.VETERINARY_OFFICER)
    stage.appoint(INSPECTOR, Role.INSPECTOR)
    for number in (MARIA, VET, INSPECTOR):
        stage.send(number, "INGLIS")
    stage.send(MARIA, "PLACE Kudjip, Jiwaka")
    stage.send(PETER, "PLES Goroka, Eastern Highlands")
    pig = _number(stage.send(MARIA, "REG 598000000000017"), "short number is")
    roadblock = stage.call(
        stage.token(VET, Role.VETERINARY_OFFICER),
        "POST",
        "/api/v1/premises",
        {"kind": "roadblock", "province": "Jiwaka", "beyond_province": "Eastern Highlands"},
    )["numbers"][0]
    farmer, officer, inspector = (
        Phone(stage, owner, number)
        for owner, number in (
            ("Maria, a farmer", MARIA),
            ("Veterinary officer", VET),
            ("Inspector, roadblock", INSPECTOR),
        )
    )
    farmer.send(f"OK {pig} 70000002")
    permit = _number(farmer.send(f"PERMIT {pig} 70000002"), "permit")
    officer.look()
    officer.send(_number(officer.send(f"PERMIT {permit} YES"), "code"))
    farmer.look()
    inspector.send(f"POST {roadblock}")
    inspector.send(f"CHECK {pig}")
    inspector.send("PASS")
    return [farmer, officer, inspector]


def _number(text: str, word: str) -> str:
    found = re.search(rf"{word} ([0-9]+)", text)
    if found is None:
        raise LookupError(f"no {word} in: {text}")
    return found[1]


def _draw(phones: list[Phone]) -> str:
    screens = [_screen(phone) for phone in phones]
    height = max(used for _, used in screens) + 20
    width = len(phones) * (WIDTH + GAP) + GAP
    drawn = [HEAD.format(width=width, height=height + 2 * GAP)]
    for place, (screen, _) in enumerate(screens):
        drawn += [
            f'<g transform="translate({GAP + place * (WIDTH + GAP)} {GAP})">',
            _box((0, 0, WIDTH, height), "#1f2933", radius=18),
            _box((8, 36, WIDTH - 16, height - 52), "#dfe8d8"),
            *screen,
            "</g>",
        ]
    return "\n".join([*drawn, "</svg>", ""])


def _box(at: tuple[float, float, float, float], fill: str, radius: int = 6) -> str:
    left, top, wide, tall = at
    return (
        f'<rect x="{left:g}" y="{top:g}" width="{wide:g}" height="{tall:g}" rx="{radius}" '
        f'fill="{fill}"/>'
    )


def _screen(phone: Phone) -> tuple[list[str], int]:
    """Return the elements of a phone's screen, and how far down they reach."""
    top = 46
    drawn = [
        f'<text x="{WIDTH // 2}" y="24" fill="#ffffff" text-anchor="middle">{phone.owner}</text>'
    ]
    for bubble in phone.bubbles:
        lines = textwrap.wrap(bubble.text, COLUMNS, break_on_hyphens=False)
        tall = len(lines) * LINE + 10
        wide = max(map(len, lines)) * 7.9 + 14
        left = WIDTH - 14 - wide if bubble.sent else 14
        fill = "#b9dfa6" if bubble.sent else "#ffffff"
        drawn.append(_box((left, top, wide, tall), fill))
        drawn += [
            f'<text x="{left + 7:g}" y="{top + 17 + at * LINE}">{escape(line)}</text>'
            for at, line in enumerate(lines)
        ]
        top += tall + 8
    return drawn, top


if __name__ == "__main__":
    main()
