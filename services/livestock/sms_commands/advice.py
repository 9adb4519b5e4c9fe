"""Advice on texts that no report fits: a pig was bought, is gone, or is well again; or a person.

Who asks what to do with a pig that was sick or died is told what keeps sickness from spreading.

Nothing is recorded, and the message waits for a person. `my pigs`, without a word more, asks for
their numbers.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from gateway.grammar import FaultCode, Mood, NotUnderstood, Understood
from gateway.phrases import clean
from services.livestock.domain.disease_words import person_died
from services.livestock.domain.model import Key
from services.livestock.domain.whose_pigs import (
    is_of_people,
    names_people,
    names_somebody_alone,
    tells_of_a_death,
)
from services.livestock.recording.short_numbers import EXAMPLE_PIG
from services.livestock.sms_commands.herd_lists import LIST, list_pigs
from services.livestock.sms_commands.named_pigs import (
    MAY_IT_GO,
    PIG,
    in_the_book,
    names_number,
    numbers_in,
    warned,
)
from services.messaging.command_router import (
    NOT_UNDERSTOOD,
    CommandContext,
    InterceptResult,
    Reply,
    texts_of,
)
from services.texts.catalogue import help_words, say

# Medicine for a pig is bought, too.
_BOUGHT = re.compile(
    r"\b(?:bought|buyed|baim)\b(?: (?:a|an|the|this|that|these|my|new|some|one|two|three|[0-9]{1,2}"
    r"|pinis|wanpela|tupela|tripela|dispela|niupela|number|namba|tag))*"
    r" (?:(?:pig|piglet|sow|boar|pik|pikpik|pikinini pik)s?\b|[0-9]{3})",
    re.IGNORECASE,
)
_GONE = re.compile(
    r"\b(?:ran away|run away|ranaway|missing|escaped|disappeared|went away|is gone|are gone"
    r"|(?:can ?not|can't|cant) find|ronowe|ranawe|ronawe|go lus|lus long bus)\b",
    re.IGNORECASE,
)
_BETTER = re.compile(
    r"\b(?:better|recovered|cured|(?:healthy|well|fine|okay) (?:now|again)"
    r"|(?:orait|gutpela|strong) (?:nau|gen)|kamap (?:orait|gut|strong)|sik i pinis)\b",
    re.IGNORECASE,
)
_HARMED = re.compile(
    r"\b(?:dead|died|dies|dying|carcass(?:es)?|sick|ill|asf|swine fever|i dai|dai pinis|sik)\b",
    re.IGNORECASE,
)
_USED = re.compile(
    r"\b(?:eat|eaten|eating|cook|butcher|bury|burn|throw|do (?:i|we) do|do with|kaikai|kukim|planim"
    r"|tromoi|mekim wanem|wokim wanem)\b",
    re.IGNORECASE,
)
_MEAT = re.compile(r"\b(?:pork|meat|mit|abus)\b", re.IGNORECASE)
_SICKNESS = "sickness"
_OF_DEATH = frozenset({"death", "deaths", "deaths_alone", "kill"})
# What a text is near to that begins with a number or with `my pig`.
_NO_REPORT = frozenset({"ok", "me", "list"})
# As a keyword it would be the beginning of `my pigs are sick`.
_MY_PIGS = re.compile(
    r"(?:all )?(?:my |our |ol )?(?:pigs|pik)(?: bilong (?:mi|mipela))?", re.IGNORECASE
)
_DEAD = {"en": "DEAD 3 pigs", "tpi": "DAI 3 pik"}
_ARRIVE = {"en": "ARRIVE", "tpi": "KAMAP"}
_STOLEN = {"en": "STOLEN", "tpi": "STILIM"}


def ask_who(
    context: CommandContext, text: str, found: Understood | NotUnderstood
) -> InterceptResult | None:
    """Ask whether a pig is meant or a person; None: see `who_is_meant`."""
    asked = who_is_meant(text, found, context.party.province)
    return InterceptResult(NOT_UNDERSTOOD, texts_of(asked)) if asked else None


def who_is_meant(
    text: str, found: Understood | NotUnderstood, province: str | None = None
) -> str | None:
    """Return the question whether a pig is sick or died, or a person, in whom no danger was heard.

    None: it is neither, or a pig is named.
    """
    if isinstance(found, Understood):
        return None
    language, nearest = found.language, found.nearest
    help_there = help_words(language, province)
    if nearest is not None and nearest.code == _SICKNESS and is_of_people(text):
        example = nearest.examples[language]
        return say("sickness.who", language, **help_there, example=example)
    if not _may_mourn(text, found):
        return None
    helpline = help_there["helpline"]
    return say("death.who", language, helpline=helpline, example=_DEAD[language])


def _may_mourn(text: str, found: NotUnderstood) -> bool:
    """Tell whether a text that nothing understood may tell of somebody's death."""
    if names_number(text):
        return False
    code = found.nearest.code if found.nearest else None
    alone = names_somebody_alone(text)
    if code in _OF_DEATH and (alone or person_died(text)):
        return True
    # Of a command that lacks something, or is written wrong, its sender is told what.
    meant = found.fault.code is FaultCode.MISSING or found.fault.cause is not None
    of_death = code in {None, _SICKNESS, *_OF_DEATH} and not meant
    return (alone or of_death) and tells_of_a_death(text)


def asks_of_carcass(text: str, found: Understood | NotUnderstood) -> bool:
    """Tell whether a text asks what to do with pigs that were sick or died.

    Neither of a pig by its number, which the book answers, nor of somebody who ate of it.
    """
    said = clean(text)
    if found.mood is not Mood.QUESTION or names_number(said) or names_people(said):
        return False
    about = PIG.search(said) or _MEAT.search(said)
    return bool(about and _HARMED.search(said) and _USED.search(said))


def advised(
    context: CommandContext, text: str, found: Understood | NotUnderstood
) -> InterceptResult | None:
    """Tell what to send, or that nothing need be sent; None: it is no such text."""
    if isinstance(found, Understood):
        return None
    if found.nearest and found.nearest.code not in _NO_REPORT:
        return None
    said = clean(text)
    if _MY_PIGS.fullmatch(said.strip()):
        return InterceptResult(LIST, texts_of(list_pigs(replace(context, language=found.language))))
    if not (PIG.search(said) or names_number(said)):
        return None
    tell = next((tell for pattern, tell in _ADVICE if pattern.search(said)), None)
    if tell is None:
        return None
    return InterceptResult(NOT_UNDERSTOOD, texts_of(tell(context, said, found.language)))


def _bought(context: CommandContext, text: str, language: str) -> Reply:
    """Warn of what is against the pig: who buys a stolen one has its thief before them."""
    if against := warned(in_the_book(context, text, language), language):
        return against
    example = f"{_ARRIVE[language]} {_pig(text)}"
    return say("asked.bought", language, example=example)


def _gone(_context: CommandContext, text: str, language: str) -> str:
    return say("asked.gone", language, example=f"{_STOLEN[language]} {_pig(text)}")


def recovered(context: CommandContext, text: str, language: str) -> Reply:
    """Tell what our book holds against pigs that are well again: a sick one stays for its time."""
    if against := warned(in_the_book(context, text, language), language):
        return against
    return say("asked.better", language, example=f"{MAY_IT_GO[language]} {_pig(text)}")


def _pig(text: str) -> Key | str:
    """Return the number that a text names; of none or several, an example."""
    told = list(dict.fromkeys(numbers_in(text)))
    return told[0] if len(told) == 1 else EXAMPLE_PIG


_ADVICE: tuple[tuple[re.Pattern[str], Callable[[CommandContext, str, str], Reply]], ...] = (
    (_GONE, _gone),
    (_BOUGHT, _bought),
    (_BETTER, recovered),
)
