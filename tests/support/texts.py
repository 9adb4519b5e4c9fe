"""What holds for every text that goes to a phone."""

from __future__ import annotations

import re

from sms.encoding import Encoding, count

RECEIPT = re.compile("(?:[0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}")
EXAMPLE = "7KQ2-M9XA-P4TD-WZ3C"
CODE = re.compile(r"\b(code|send|kod|bekim|FORGET|RAUSIM MI) ([0-9]{6}(?:[0-9]{4})?)\b")


def assert_one_segment(text: str) -> None:
    """It costs one SMS, on every phone."""
    size = count(text)
    assert (size.encoding, size.segments) == (Encoding.GSM7, 1), (size, text)


def without_secrets(text: str) -> str:
    """The text with {R} for receipts and {C} for codes, which differ each time.

    The receipt of the examples stays as it is.
    """
    plain = CODE.sub(r"\1 {C}", text)
    return RECEIPT.sub(lambda found: found[0] if found[0] == EXAMPLE else "{R}", plain)


def codes_in(text: str) -> list[str]:
    """The codes of six digits, or of ten, in a text, receipts left out."""
    return [found[2] for found in CODE.finditer(RECEIPT.sub("", text))]
