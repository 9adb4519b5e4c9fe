"""The passport as a page to print: HTML and a map in SVG, on one or two sheets of A4."""

from typing import NamedTuple
from urllib.parse import quote, urlencode

import segno
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from chain.disclosure import other_than
from services.core.look import style_policy, tokens
from services.passport import event_summaries
from services.passport.model import Event, Passport, Point
from services.passport.verdict import judge
from services.texts import event_labels

_PAGES = Environment(
    loader=PackageLoader("services.passport"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_STYLE = tokens() + _PAGES.get_template("passport.css").render()
_TREATMENTS = ("treatment", "vaccination")
_JUDGEMENTS = ("check", "decision")

POLICY = style_policy(f"<style>{_STYLE}</style>", forms="'self'")

# Twentieths of a degree: east of 140 E, south of the equator.
_UNIT, _WEST = 20, 140
_LEFT, _TOP, _WIDTH, _HEIGHT = 8, 14, 324, 232
_EVERY = 2 * _UNIT
_COAST = (
    "M20 182l0 -44 -3 -3 3 -8 0 -75 31 12 19 5 11 7 9 1 12 10 5 1 8 8 0 12 36 13 5 5 1 7 -15 1 -3 "
    "3 5 11 11 10 8 4 2 9 4 3 3 7 12 0 1 9 15 4 -5 2 2 4 10 4 10 1 -4 2 -4 -1 4 4 -7 3 -6 -1 -5 -5 "
    "-40 -6 -15 -13 -1 -3 0 -4 -6 -2 -12 -17 -21 -6 -3 -3 -7 -2 -1 3 -6 1 -10 -6 6 10 -2 0 0 2 -7 "
    "-1 2 4 -22 2 -3 -3 -3 1 3 0 2 3 7 0 6 2 6 6 -1 4 -14 8 -8 -4 -22 1z"
    "M238 86l4 -2 6 3 -1 9 -7 5 3 6 -1 2 -5 2 -7 0 -5 7 -16 7 -16 1 -5 -4 -6 0 -15 -9 2 -4 18 3 10 "
    "-2 2 -1 3 -9 1 1 -2 5 3 4 11 0 4 -2 8 -9 6 -1 -1 -14z"
    "M319 134l-1 2 -4 1 -7 -3 -3 -3 0 -5 -9 -7 0 -10 7 3 7 11 7 5z"
    "M263 87l-5 10 -3 -4 -2 -10 -7 -11 -25 -15 -6 -2 2 -1 0 -3 7 6 17 8 19 17z"
    "M133 39l16 2 -5 3 -13 0zM209 187l7 1 2 5 -9 -1 1 -1zM209 53l-6 0 -4 -4 6 -1 4 1z"
    "M222 200l4 -1 -1 5 -6 -2 -4 -8zM253 179l6 2 0 3 -5 -1 -4 -3zM264 226l11 6 -4 1 -5 -3z"
    "M160 117l-4 -4 0 -3 5 2zM207 190l-5 -3 2 -3 2 1zM293 109l-2 -7 2 -2 2 4z"
    "M143 109l-3 -3 3 -2 1 1zM195 31l-4 -2 1 -2 2 2z"
)


class Address(NamedTuple):
    """Address at which a passport is read; `base` is the server's, without a slash at its end."""

    base: str
    number: str
    code: str

    @property
    def page(self) -> str:
        """The page; what the QR code on the paper holds."""
        return f"{self.base}/passports/{self._path}?{self._query}"

    @property
    def typed(self) -> str:
        """The page as people type it: there it asks for number and code."""
        return f"{self.base}/passports".partition("://")[2]

    @property
    def proof(self) -> str:
        """The proof file."""
        return f"{self.base}/api/v1/passports/{self._path}/proof?{self._query}"

    @property
    def _path(self) -> str:
        return quote(self.number, safe="")

    @property
    def _query(self) -> str:
        return urlencode({"code": self.code})


def render(passport: Passport, address: Address) -> str:
    """Write the page of a passport: a whole HTML document, with no name and nothing to load."""
    events = [event for event in passport.events if event.corrected_by is None and not event.erased]
    return _PAGES.get_template("passport.html").render(
        **_shared(),
        passport=passport,
        verdict=judge(passport),
        address=address,
        proven_number=_proven_number(passport),
        qr=_qr(address.page),
        treatments=_of(events, _TREATMENTS),
        judgements=_of(events, _JUDGEMENTS),
        types={str(event.event_id): event.type for event in passport.events},
        locate=locate,
        point=written,
    )


def render_question(*, wrong: bool) -> str:
    """Write the page that asks for number and code; `wrong`: those that were given do not fit."""
    return _PAGES.get_template("question.html").render(**_shared(), wrong=wrong)


def _shared() -> dict[str, object]:
    style = Markup(_STYLE)  # noqa: S704 — a file of this package
    return {
        "style": style,
        "words": event_labels,
        "label": event_labels.label,
        "told": event_summaries,
        "day": event_summaries.written,
    }


def _proven_number(passport: Passport) -> str | None:
    """Return the number under which the ledger has the animal: one of all that it ever had."""
    proof = passport.proof
    if proof is None:
        return None
    return next((one for one in passport.numbers if other_than(proof, one) is None), None)


def _of(events: list[Event], types: tuple[str, ...]) -> list[Event]:
    return [event for event in events if event.type in types]


def _qr(address: str) -> Markup:
    # Level M (ISO/IEC 18004): a fold or a stain of 15 % is read over.
    drawn = segno.make_qr(address, error="m").svg_inline(
        border=0, omitsize=True, svgclass="qr", lineclass=None, title="QR"
    )
    return Markup(drawn)  # noqa: S704 — drawn here


# The coast is Natural Earth's at 1:50 million, version 4 (public domain), simplified to 0.06
# degrees, islands below 0.03 square degrees left out. It finds a province by eye, and measures
# nothing.


def locate(point: Point) -> Markup:
    """Draw the country and a mark at a point as an `svg`; one far outside lies at the edge."""
    x = _within((point.longitude - _WEST) * _UNIT, _LEFT, _WIDTH)
    y = _within(-point.latitude * _UNIT, _TOP, _HEIGHT)
    frame = f'x="{_LEFT}" y="{_TOP}" width="{_WIDTH}" height="{_HEIGHT}"'
    parts = [
        f'<svg class="map" viewBox="{_LEFT} {_TOP} {_WIDTH} {_HEIGHT}" role="img">',
        f"<title>{written(point)}</title>",
        f'<rect class="sea" {frame}/>',
        f'<path class="grid" d="{_grid()}"/>',
        f'<path class="land" d="{_COAST}"/>',
        f'<circle class="halo" cx="{x:.1f}" cy="{y:.1f}" r="11"/>',
        f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="4"/>',
        "</svg>",
    ]
    return Markup("".join(parts))  # noqa: S704 — figures and constants alone


def written(point: Point) -> str:
    """Write a point: 5.88 S 144.62 E."""
    north, east = "NS"[point.latitude < 0], "EW"[point.longitude < 0]
    return f"{abs(point.latitude):.2f}° {north} {abs(point.longitude):.2f}° {east}"


def _grid() -> str:
    meridians = range(_EVERY, _LEFT + _WIDTH, _EVERY)
    parallels = range(_EVERY, _TOP + _HEIGHT, _EVERY)
    down = "".join(f"M{x} {_TOP}v{_HEIGHT}" for x in meridians)
    return down + "".join(f"M{_LEFT} {y}h{_WIDTH}" for y in parallels)


def _within(at: float, first: int, length: int) -> float:
    return min(max(at, first), first + length)
