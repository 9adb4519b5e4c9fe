"""What both verifiers say of a file, in the same words."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict
from typing import Any, NamedTuple

from chain.errors import VerificationError
from chain.verification import Expected, verify_file


class Verdict(NamedTuple):
    """The step that failed, by number and name; both None: nothing failed."""

    step: int | None = None
    error: str | None = None


RIGHT = Verdict()


def first_says(raw: bytes, known: Expected) -> Verdict:
    """What Python says."""
    try:
        verify_file(raw.decode("utf-8"), known)
    except UnicodeDecodeError:
        return Verdict(1, "parse")
    except VerificationError as error:
        return Verdict(error.step, error.name)
    return RIGHT


def told(known: Expected) -> dict[str, Any]:
    """What is known, as the page is told it."""
    values = asdict(known).items()
    return {
        name: value.hex() if isinstance(value, bytes) else value
        for name, value in values
        if value is not None
    }


class Second:
    """`BilumVerifier` of a page."""

    def __init__(self, page):
        self.page = page

    def report(self, raw: bytes, known: dict[str, Any]) -> dict[str, Any]:
        coded = base64.b64encode(raw).decode()
        bytes_ = f"Uint8Array.from(atob('{coded}'), (one) => one.charCodeAt(0))"
        return self.page.evaluate(f"BilumVerifier.verify({bytes_}, {json.dumps(known)})")

    def says(self, raw: bytes, known: Expected) -> Verdict:
        report = self.report(raw, told(known))
        assert report["node"] is None
        failed = report["failed"]
        last = len(report["steps"]) if failed is None else failed["step"] - 1
        assert report["passed"] == list(range(1, last + 1))
        return Verdict(failed["step"], failed["error"]) if failed else RIGHT

    def call(self, name: str, argument: str) -> Any:
        """Call a function of one text."""
        return self.page.evaluate(f"BilumVerifier.{name}({json.dumps(argument)})")


def agreed(second: Second, raw: bytes, known: Expected) -> Verdict:
    """What both say."""
    one, other = first_says(raw, known), second.says(raw, known)
    assert one == other, raw
    return one
