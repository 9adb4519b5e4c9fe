"""The look of pages: colours, font and band as properties of CSS, days, and their policy."""

import re
from base64 import b64encode
from datetime import date
from functools import cache
from hashlib import sha256
from importlib.resources import files

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


@cache
def tokens() -> str:
    """Return the properties, which stand before a page's own style."""
    return (files("services.core") / "tokens.css").read_text("utf-8")


def written_day(value: date) -> str:
    """Write a day as people read it in every country: 25 Nov 2026."""
    return f"{value.day} {value:%b %Y}"


def style_policy(page: str, *, forms: str = "'none'") -> str:
    """Return the policy of a page that loads nothing.

    A style is known by its digest (CSP 3, section 6.7.2.3), so no other has an effect. `forms`: the
    sources that its forms may go to.
    """
    styles = (sha256(one.encode()).digest() for one in _STYLE.findall(page))
    allowed = " ".join(f"'sha256-{b64encode(one).decode()}'" for one in styles)
    return (
        f"default-src 'none'; style-src {allowed}; base-uri 'none'; form-action {forms}; "
        "frame-ancestors 'none'"
    )
