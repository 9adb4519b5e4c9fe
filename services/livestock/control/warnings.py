"""Warnings in words: what the sender of a report that breaks a rule must do now."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from services.livestock.domain.consequences import gravest
from services.livestock.domain.model import Recorded, Warned
from services.texts.catalogue import Listing, day_and_month, has_sentence, say


def warnings_of(done: Sequence[Recorded]) -> list[Warned]:
    """Return the gravest warnings of some events, all of one kind."""
    return gravest(warned for one in done for part in one.parts for warned in part.warnings)


def warning_text(warned: Sequence[Warned], receipt: str, language: str) -> str:
    """Write warnings of one kind as one sentence."""
    pigs = Listing(tuple(dict.fromkeys(map(named_in, warned))), tight=" ")
    values = {**in_words(warned[0].values, language), "pigs": pigs, "receipt": receipt}
    return say(f"warn.{warned[0].code}", language, **values)


def named_in(warned: Warned) -> str:
    """Return the number that a warning is about: that of the animal, or a tag or a parent."""
    return str(warned.values.get("tag", warned.animal))


def in_words(values: Mapping[str, Any], language: str) -> dict[str, object]:
    """Write days and codes of a sentence's values as people say them; a disease always."""
    written = {
        name: day_and_month(value, language) if isinstance(value, date) else value
        for name, value in values.items()
    }
    disease = f"disease.{written.get('disease')}"
    code = disease if has_sentence(disease) else "word.disease"
    return {**written, "disease": say(code, language)}
