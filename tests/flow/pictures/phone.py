"""Draws feature phones: what their small screens show, in two languages beside each other; SVG."""

from __future__ import annotations

import textwrap
from typing import NamedTuple
from xml.sax.saxutils import escape

COLUMNS = 22
_FONT, _LETTER, _LINE = 13, 7.83, 16
_PAD, _FRAME, _GAP, _BETWEEN = 9, 11, 14, 34
_STATUS, _KEYS, _EAR, _CHIN = 19, 20, 24, 24
_SCREEN = round(COLUMNS * _LETTER) + 2 * _PAD
_PHONE = _SCREEN + 2 * _FRAME
_PAIR = 2 * _PHONE + _GAP
_ACROSS = 2
_TITLE, _HEAD, _CAPTION = 62, 26, 24
_SHORTEST = 8
_INK, _GLASS, _BAR, _BODY, _METAL = "#1d2b1a", "#cfdcb8", "#b4c49a", "#2b3640", "#57646f"
_PAPER, _QUIET = "#fbfaf6", "#5b6770"
WIDTH = _ACROSS * _PAIR + (_ACROSS + 1) * _BETWEEN


class Screen(NamedTuple):
    """What one screen shows, and how many septets it takes."""

    text: str
    units: int


class Pair(NamedTuple):
    """The same thing in English and Tok Pisin; `name` says what it is."""

    name: str
    english: Screen
    tok_pisin: Screen

    @property
    def both(self) -> tuple[Screen, Screen]:
        """The screens, English first."""
        return self.english, self.tok_pisin


def sheet(title: str, top: str, pairs: list[Pair], limit: int) -> str:
    """Draw a sheet of phones.

    Args:
        title: of the sheet.
        top: what each phone shows in its top line: who sent it, or what was dialled.
        pairs: in order.
        limit: septets that each screen may take.
    """
    tall = max(_SHORTEST, *(len(wrapped(one.text)) for pair in pairs for one in pair.both))
    phone = _EAR + _STATUS + tall * _LINE + 2 * _PAD + _KEYS + _CHIN
    row = _HEAD + phone + _CAPTION + _BETWEEN
    rows = -(-len(pairs) // _ACROSS)
    size = f'width="{WIDTH}" height="{_TITLE + rows * row}"'
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="monospace"',
        f' font-size="{_FONT}" fill="{_INK}">',
        f"<title>{escape(title)}</title>",
        f'<rect width="100%" height="100%" fill="{_PAPER}"/>',
        _defined(top, phone),
        f'<text x="{_BETWEEN}" y="38" font-size="19" font-weight="bold">{escape(title)}</text>',
    ]
    for place, pair in enumerate(pairs):
        left = _BETWEEN + place % _ACROSS * (_PAIR + _BETWEEN)
        drawn += _pair(pair, left, _TITLE + place // _ACROSS * row, phone, limit)
    return "\n".join([*drawn, "</svg>", ""])


def wrapped(text: str) -> list[str]:
    """Return a text as the lines of a small screen."""
    return [
        part
        for line in text.split("\n")
        for part in textwrap.wrap(line, COLUMNS, break_on_hyphens=False) or [""]
    ]


def _pair(pair: Pair, left: int, top: int, phone: int, limit: int) -> list[str]:
    drawn = [f'<text x="{left}" y="{top + 15}" font-weight="bold">{escape(pair.name)}</text>']
    for place, (language, screen) in enumerate(zip(("en", "tpi"), pair.both, strict=True)):
        x, y = left + place * (_PHONE + _GAP), top + _HEAD
        at = f'x="{x + _PHONE / 2:g}" y="{y + phone + 17}" text-anchor="middle"'
        told = f"{language} · {screen.units} of {limit}"
        drawn += [
            f'<use href="#p" x="{x}" y="{y}"/>',
            _text(screen.text, x + _FRAME + _PAD, y + _EAR + _STATUS + _PAD + 11),
            f'<text {at} font-size="12" fill="{_QUIET}">{told}</text>',
        ]
    return drawn


def _text(text: str, x: int, y: int) -> str:
    lines = (
        f'<tspan x="{x}" y="{y + place * _LINE}">{escape(line)}</tspan>'
        for place, line in enumerate(wrapped(text))
    )
    return f"<text>{''.join(lines)}</text>"


def _defined(top: str, phone: int) -> str:
    """Define what all phones of a sheet have: body, signal, battery, soft keys."""
    glass = phone - _EAR - _CHIN
    bars = "".join(
        f'<rect x="{_FRAME + 6 + 5 * place}" y="{_EAR + 13 - 2 * place}" width="3" '
        f'height="{2 + 2 * place}"/>'
        for place in range(4)
    )
    right, middle, keys = _FRAME + _SCREEN, _PHONE / 2, _EAR + glass - _KEYS
    return f"""<defs><g id="p">
<rect width="{_PHONE}" height="{phone}" rx="20" fill="{_BODY}"/>
<rect x="{middle - 22:g}" y="10" width="44" height="5" rx="2.5" fill="{_METAL}"/>
<rect x="{_FRAME}" y="{_EAR}" width="{_SCREEN}" height="{glass}" rx="5" fill="{_GLASS}"/>
<path d="M{_FRAME} {keys}h{_SCREEN}v{_KEYS - 5}q0 5-5 5h-{_SCREEN - 10}q-5 0-5-5z" fill="{_BAR}"/>
<path d="M{_FRAME} {_EAR + _STATUS}h{_SCREEN}" stroke="{_BAR}"/>
{bars}
<path d="M{right - 26} {_EAR + 6}h18v8h-18z" fill="none" stroke="{_INK}"/>
<path d="M{right - 24} {_EAR + 8}h11v4h-11zM{right - 8} {_EAR + 8}h2v4h-2z"/>
<text x="{middle:g}" y="{_EAR + 14}" font-size="11" text-anchor="middle">{escape(top)}</text>
<g font-size="12" font-weight="bold"><text x="{_FRAME + 7}" y="{keys + 14}">Options</text>
<text x="{right - 7}" y="{keys + 14}" text-anchor="end">Back</text></g>
<rect x="{middle - 15:g}" y="{phone - 17}" width="30" height="10" rx="5" fill="{_METAL}"/>
</g></defs>"""
