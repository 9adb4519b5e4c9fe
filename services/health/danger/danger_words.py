"""Danger to people in plain words, theirs or a relative's; pure.

Rules find it, and a second reader weighs what they found and what they did not. Sources of the
rules: WHO IMCI danger signs of children, WHO Pregnancy, childbirth, postpartum and newborn care,
WHO mhGAP for self-harm, FAST for stroke, WHO PEN for chest pain and sugar.
"""

from functools import lru_cache
from typing import NamedTuple

from services.health.danger.danger_lexicon import Limits, limits_of, main_language
from services.health.danger.rule_reading import RuleReading, read_by_rules
from services.health.danger.second_reader import SecondReader, second_reader
from services.health.danger.text_features import words_of

# One word or two may be a cry. Of few words the rules know all there is to know. Many tell of
# several things, and nothing in them takes a danger back.
_CRY, _FEW, _MANY = 2, 4, 45
# Score from which a few words in which the rules found a danger are told.
_CLEAR = 0.5


class DangerText(NamedTuple):
    """Danger in a text: its code, if any; else whether the text denies every danger it names.

    `asks`: whether the danger is only possible, so that its writer is asked.
    """

    code: str | None
    denied: bool = False
    asks: bool = False


@lru_cache(16)
def read_danger(text: str) -> DangerText | None:
    """Read the danger that a text tells of or denies; None: neither."""
    told, language = read_by_rules(text), main_language(text)
    reader = second_reader(language)
    if reader is None:
        return DangerText(told.code) if told.code else _denied(told)
    return weighed(text, told, reader, limits_of(language))


def weighed(
    text: str, told: RuleReading, reader: SecondReader, limits: Limits
) -> DangerText | None:
    """Return what counts once the second reader has weighed what the rules found."""
    words = words_of(text)
    length = len(words)
    if told.code and (told.measured or length > _MANY):
        return DangerText(told.code)
    if told.code and length <= _CRY:
        # The rules may have taken another word for a misspelt one.
        return DangerText(told.code, asks=not reader.speak_for_danger(words))
    if not told.code and (told.of_pigs or length <= _FEW):
        return _denied(told)
    score = reader.score(text, told)
    least = limits.found if told.code else limits.alone
    code = told.code or (reader.kind(text) if score > least.asks else None)
    if code is None or code in told.fine or (score <= least.asks and length > _FEW):
        return _denied(told)
    # Who cries in a few words has said all of it.
    tells = min(least.tells, _CLEAR) if told.code and length <= _FEW else least.tells
    return DangerText(code, asks=score <= tells)


def _denied(told: RuleReading) -> DangerText | None:
    return DangerText(None, denied=True) if told.denied or told.codes else None
