"""Notice texts in their languages, and the cost of sending them; pure."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from services.core.errors import Invalid
from services.livestock.control.affected import Keeper
from services.storage.models import ControlOrder, Notice
from services.texts.catalogue import LANGUAGES, day_and_month, say, sentences
from sms.encoding import count, simplify

MOST_SEGMENTS = 3


class Reach(NamedTuple):
    """Reach of a text: keepers and segments; `cost` in toea."""

    keepers: int
    segments: int
    cost: int


def reach_of(texts: Mapping[str, str], keepers: Sequence[Keeper], price_toea: int) -> Reach:
    """Return the reach of texts to keepers, each in their language."""
    languages = Counter(keeper.language for keeper in keepers)
    segments = sum(heads * count(texts[language]).segments for language, heads in languages.items())
    return Reach(len(keepers), segments, segments * price_toea)


def default_texts(order: ControlOrder) -> dict[str, str]:
    """Return the catalogue's texts of an order, by language."""
    return {
        language: say(
            _sentence(order),
            language,
            area=order.area_name,
            day=day_and_month(order.since, language),
            order=order.number,
            disease=say(f"disease.{order.disease or 'none'}", language),
        )
        for language in LANGUAGES
    }


def _sentence(order: ControlOrder) -> str:
    return f"notice.{order.status or order.kind}"


def texts_of(notice: Notice) -> dict[str, str]:
    """Return the texts of a notice by language."""
    texts: dict[str, str] = json.loads(notice.texts)
    return texts


def unreviewed(notice: Notice, order: ControlOrder) -> list[str]:
    """Return the languages whose text is the catalogue's draft, which no speaker has reviewed."""
    usual, worded = default_texts(order), texts_of(notice)
    drafts = [one for one in LANGUAGES if sentences(one)[_sentence(order)].draft]
    return [one for one in drafts if worded[one] == usual[one]]


def check_texts(texts: Mapping[str, str]) -> dict[str, str]:
    """Return texts by language as they are sent.

    Raises:
        Invalid: one is empty or too long, or its language is unknown.
    """
    plain = {language: simplify(text.strip()) for language, text in texts.items()}
    faults = {
        language: [f"must be in {' or '.join(LANGUAGES)}, up to {MOST_SEGMENTS} segments"]
        for language, text in plain.items()
        if language not in LANGUAGES or not text or count(text).segments > MOST_SEGMENTS
    }
    if faults:
        raise Invalid("A text of the notice cannot be sent", {"texts": faults})
    return plain
