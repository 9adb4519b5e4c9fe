"""The passport as a page to print: HTML that needs nothing else, on one or two sheets of A4."""

from __future__ import annotations

import base64
import hashlib
from typing import NamedTuple
from urllib.parse import quote, urlencode

import segno
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from services.passport import event_summaries, outline
from services.passport.model import Event, Passport
from services.texts import event_labels

_PAGES = Environment(
    loader=PackageLoader("services.passport"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_STYLE = _PAGES.get_template("passport.css").render()
_TREATMENTS = ("treatment", "vaccination")
_JUDGEMENTS = ("check", "decision")

# CSP 3, section 6.7.2.3: a style is known by its digest, so no other has an effect.
POLICY = (
    "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'; "
    f"style-src 'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'"
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
        address=address,
        qr=_qr(address.page),
        treatments=_of(events, _TREATMENTS),
        judgements=_of(events, _JUDGEMENTS),
        types={str(event.event_id): event.type for event in passport.events},
        locate=outline.locate,
        point=outline.written,
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


def _of(events: list[Event], types: tuple[str, ...]) -> list[Event]:
    return [event for event in events if event.type in types]


def _qr(address: str) -> Markup:
    # Level M (ISO/IEC 18004): a fold or a stain of 15 % is read over.
    drawn = segno.make_qr(address, error="m").svg_inline(
        border=0, omitsize=True, svgclass="qr", lineclass=None, title="QR"
    )
    return Markup(drawn)  # noqa: S704 — drawn here
