"""The texts of a campaign, in each language: the same for everybody but for the name; pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple

from services.health.errors import BadCampaign
from services.health.format.model import NAME_LETTERS, given_name
from services.storage.models import Campaign
from services.texts.catalogue import LANGUAGES
from sms.encoding import Encoding, count, plain, shorten, simplify, split

MOST_SEGMENTS = 3
NAME = "{name}"
NAMELESS = {"en": "friend", "tpi": "pren"}
"""Replace an unknown name, unless the programme has its own word."""

_KEPT = 65_536
_LONGEST_NAME = "M" * NAME_LETTERS


class Wording(NamedTuple):
    """The texts of a campaign.

    Attributes:
        say: by language; `{name}` is the person's name.
        nameless: by language: stands for an unknown name.
        versions: by language, of an invitation: database key of the version it comes from.
        revealing: languages whose text reveals what a discreet member hides.
    """

    say: Mapping[str, str]
    nameless: Mapping[str, str]
    versions: Mapping[str, int] = {}
    revealing: tuple[str, ...] = ()

    @property
    def personal(self) -> bool:
        """True where texts differ from person to person."""
        return any(NAME in text for text in self.say.values())

    def as_text(self) -> str:
        """Return it as stored in the table."""
        return json.dumps(self._asdict())


class TextSize(NamedTuple):
    """Size of a text; `parts`: number of texts on a channel without concatenation."""

    encoding: Encoding
    segments: int
    parts: int


def wording_of(campaign: Campaign) -> Wording:
    """Return the texts of a campaign."""
    return Wording(**json.loads(campaign.texts))


def render(wording: Wording, language: str, name: str | None) -> str:
    """Return the text for one person; a name never changes a GSM-7 text to UCS-2."""
    template = wording.say[language]
    if NAME not in template:
        return template
    word = shorten(given_name(name) or wording.nameless.get(language, ""), NAME_LETTERS)
    if count(word).encoding is Encoding.UCS2 and count(template).encoding is Encoding.GSM7:
        word = plain(word)
    return template.replace(NAME, word)


def size_of(text: str) -> TextSize:
    """Measure a text."""
    found = count(text)
    parts = len(split(text)) if found.segments > 1 else 1
    return TextSize(found.encoding, found.segments, parts)


def sizes(wording: Wording) -> Callable[[str, str | None], TextSize]:
    """Return a function that measures a person's text, cached by name."""

    @lru_cache(_KEPT)
    def measured(language: str, name: str | None) -> TextSize:
        return size_of(render(wording, language, name))

    return lambda language, name: measured(language, given_name(name))


def check_texts(texts: Mapping[str, str]) -> dict[str, str]:
    """Return the texts of a broadcast as they are sent.

    Raises:
        BadCampaign: one is empty, too long, in an unknown language, or has other placeholders.
    """
    ready = {language: simplify(text.strip()) for language, text in texts.items()}
    faults = {language: fault for language, text in ready.items() if (fault := _fault(text))}
    faults |= {one: f"must be in {' or '.join(LANGUAGES)}" for one in ready if one not in LANGUAGES}
    if faults or not ready:
        messages = {one: [fault] for one, fault in faults.items()} or ["there must be one"]
        raise BadCampaign("A text of the campaign cannot be sent", {"texts": messages})
    return ready


def _fault(text: str) -> str | None:
    bare = text.replace(NAME, "")
    if not bare:
        return "is empty"
    if "{" in bare or "}" in bare:
        return f"may hold no braces but those of {NAME}"
    if count(text.replace(NAME, _LONGEST_NAME)).segments > MOST_SEGMENTS:
        return f"takes more than {MOST_SEGMENTS} segments with the longest name"
    return None
