"""Words of the page: its own, and those of the printed passport for the codes of the API.

Tok Pisin is a draft until a named speaker has reviewed it, as in `services.texts`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib.resources import files

from services.livestock.domain.details import NOTIFIABLE, OUTCOMES
from services.livestock.domain.model import EventType, FlagCode
from services.texts import event_labels
from services.texts.catalogue import has_sentence, templates
from services.texts.event_labels import Words

_ORDERS = ("quarantine", "zone")


def page_words() -> Mapping[str, Mapping[str, str]]:
    """Return every word of the page by code and language."""
    own = (files("services.scan") / "files" / "words.json").read_text("utf-8")
    return {**dict(_shared()), **json.loads(own)}


def _shared() -> Iterator[tuple[str, dict[str, str]]]:
    for kind in EventType:
        yield f"event.{kind}", _both(event_labels.event(kind))
    for flag in FlagCode:
        yield f"flag.{flag}", _both(event_labels.flag(flag))
    for code in _ORDERS:
        yield f"order.{code}", _both(event_labels.value(code))
    for code in OUTCOMES:
        yield f"choice.outcome.{code}", _both(event_labels.value(code))
    for code in NOTIFIABLE:
        if has_sentence(f"disease.{code}"):
            yield f"disease.{code}", templates(f"disease.{code}")


def _both(told: Words) -> dict[str, str]:
    return {"en": told.en, "tpi": told.tpi or told.en}
