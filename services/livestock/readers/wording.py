"""Sentences for the holder of a reader, in every language."""

from __future__ import annotations

from collections.abc import Mapping

from services.texts.catalogue import LANGUAGES, say

Texts = dict[str, str]


def texts(code: str, **values: object) -> Texts:
    """Return a sentence in each language; a value may itself be one in each language."""
    return {
        language: say(
            code,
            language,
            **{
                name: value[language] if isinstance(value, Mapping) else value
                for name, value in values.items()
            },
        )
        for language in LANGUAGES
    }
