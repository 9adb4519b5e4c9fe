"""Words of a report of sick pigs: whose they are, what people say, and that it is over; pure.

Also whether it is of pigs at all: `SICK` opens a report of a sick child, too.
"""

import re

from gateway.day_words import SPAN
from gateway.numerals import NUMERAL
from gateway.phrases import clean
from services.texts.spoken_words import lexicon

# Lemmas of the words that all services share.
_PIGS = (
    *("pig", "pigs", "pig_disease", "pig_abort", "bury_pigs", "pigs_gone", "hoof", "snout", "tail"),
    *("asf", "csf", "fmd"),
)
_OTHER_PEOPLE = ("person", "baby", "gatbel")
_BEFORE_PEOPLE = frozenset({"sick", "small", "little", "liklik", "many", "other"})
# Characters after a number that tell what it counts.
_NEXT = 60
_TAG, _MOB = re.compile(r"[0-9]{4}"), re.compile(r"\bmob\b", re.IGNORECASE)
_DATE = re.compile(
    r"(?<![0-9])(?:20[0-9]{2}-)?[0-9]{1,2}[/.-][0-9]{1,2}(?:[/.-](?:20)?[0-9]{2})?(?![0-9])"
)
# In English `I` and `my` are noise to the lexicon, and in Tok Pisin a place is `bilong mi`, too.
_OF_SELF = re.compile(
    r"\bi(?:\W?m| am| have| feel| cannot| can\W?t| can not)\b"
    r"|\bmy (?:whole )?(?:body|skin|head|belly|stomach|chest|heart|legs?|arms?|eyes?|neck|back)\b"
    r"|\b(?:bodi|skin|het|bel|bros|klok|lek|han|ai|nek|baksait) (?:bilong|blo|blong) mi\b",
    re.IGNORECASE,
)
_COUNT = re.compile(rf"(?<![^\W_])(?:[0-9]{{1,3}}|{NUMERAL})(?![^\W_])", re.IGNORECASE)
_NEIGHBOUR = r"(?:neighbou?r|neba|neiba|wantok|kandre)s?"
# `3, neighbour also has it` and `3 my wife saw them` count pigs.
_ASIDE = re.compile(
    r"\W*(?:(?:my|our|the|a)\W+)?"
    rf"(?:{_NEIGHBOUR}\W+(?:also|too|tu|has|had|have|got|gat|i\W+gat)"
    r"|[^\W_]+\W+(?:i\W+)?(?:says?|said|sees?|saw|seen|tells?|told|found|noticed|reports?|reported"
    r"|tok|tokim|lukim|painim|ripotim))\b",
    re.IGNORECASE,
)
# Whoever counts pigs and people counts in one text: `one man says that 3 pigs are sick`.
_PIGS_COUNTED = re.compile(
    _COUNT.pattern + r"(?!\W+(?:man|men|meri|people|persons?|woman|women|lain|friends?|pren|brata"
    rf"|brothers?|officers?|ofisa|{_NEIGHBOUR})(?![^\W_]))",
    re.IGNORECASE,
)
_MINE = re.compile(
    r"\b(?:my|our)(?: (?:own|big|small|little|young|black|white|other|two|three|[0-9]{1,3}))?"
    r" (?:pigs?|piglets?|sows?|boars?|herd|mob)\b"
    r"|\bpik(?:pik)?s? (?:bilong|blo|blong) (?:mi|mipela|yumi)\b",
    re.IGNORECASE,
)
_SAID = re.compile(
    r"\b(?:they|people|everybody|someone|somebody|man|he|she) (?:say|says|said)\b"
    r"|\b(?:i|we) (?:hear|heard)\b|\btold (?:me|us)\b(?! to\b)"
    r"|\b(?:rumou?rs?|tok win|ol i tok|man i tok)\b"
    r"|\b(?:mi|mipela)(?: bin)? harim\b",
    re.IGNORECASE,
)
_NEAR = re.compile(rf"\b{_NEIGHBOUR}\b", re.IGNORECASE)
_A_PIG = r"(?:pigs?|piglets?|piks?|pikpik|sows?|boars?)"
_KIN = rf"(?:brother|brata|bro|cousin|kasen|uncle|ankol|friend|pren|{_NEIGHBOUR})"
_HAS = (
    r"(?:has|have|had|got|i|gat|bilong|blo|blong|mi|some|many|planti|sampela|sick|sik|big|small"
    rf"|young|[0-9]{{1,3}}|{NUMERAL})"
)
# A `mama pik` is a sow, and a `papa pik` a boar.
_HOUSEHOLD = (
    r"(?:own|house|line|mob|herd|place|farm|yard|pen|fence|wife|husband|family|children|son"
    r"|daughter|mother|father|mama|papa)"
)
_OWNED = re.compile(
    rf"\b{_KIN}s?'?s? (?:{_HAS} ){{0,6}}(?:his|her|{_A_PIG})\b(?!\W+(?:too|also|tu|as well)\b)"
    r"|\b(?:at|of|long|owned by|belong(?:s|ing)? to|bilong|blo|blong|pigs? from)"
    r"(?: (?:the|my|our|a|place|house|farm|of|ples|haus|banis|bilong|blo|blong|ol|mi)){0,4}"
    rf" {_NEIGHBOUR}\b"
    rf"|\bpigs? of (?:my|our|a|the|his|her) (?!{_HOUSEHOLD}\b)\w+"
    rf"|\b(?:his|her|their|your|someone'?s|somebody'?s) {_A_PIG}\b"
    rf"|\bpik(?:pik)?s? (?:bilong|blo|blong) (?:em|ol|yu|narapela|arapela|{_KIN})\b",
    re.IGNORECASE,
)
# Whom a sickness came from has sick pigs, too; the reporter tells of their own.
_SOURCE = re.compile(
    r"(?<!pig )(?<!pigs )\b(?:from|like|as|near|(?:kam|kisim)(?: sik)? long|olsem)"
    rf"(?: (?:the|a|my|our|that|pik|bilong|ol))* {_NEIGHBOUR}(?:'?s?\W+{_A_PIG})?\b",
    re.IGNORECASE,
)
# Of a text that tells of anything else, such as of other pigs or of this morning, nobody knows.
_OVER = re.compile(
    r"(?:(?:my|the|our|pigs?|piks?|sow|boar|number|namba|bilong|mi|[0-9]+|i|is|was|were|are|bin|em"
    r"|it|they|ol|sick|sik|pinis|but|tasol|now|nau|ok|okay)[\W_]+)*"
    r"(?:better|recovered|cured|orait|olrait|healthy|(?:well|fine|good|ok|okay)"
    r"(?=[\W_]+(?:now|again|nau|gen)\b))"
    r"(?:[\W_]+(?:now|again|nau|gen|pinis|thanks|thank you|tenkyu))*[\W_]*",
    re.IGNORECASE,
)


def is_of_others(text: str, *, counted: bool) -> bool:
    """Tell whether a text is of somebody else's pigs, or tells what people say.

    Whoever has told how many are sick tells of their own, unless a word says whose they are: what
    people call it, and that a neighbour has it too, comes after that.

    Args:
        counted: whether it tells how many.
    """
    text = clean(text)
    if _MINE.search(text):
        return False
    if not counted:
        return any(one.search(text) for one in (_OWNED, _NEAR, _SAID))
    text = _SOURCE.sub(" ", SPAN.sub(" ", text))
    pigs = _PIGS_COUNTED.search(text)
    opening = text[: pigs.start()] if pigs else text
    return bool(_OWNED.search(text) or _NEAR.search(opening) or _SAID.search(opening))


def is_of_people(text: str) -> bool:
    """Tell whether a report of sickness is of people: it names somebody and no pig.

    Where something is counted it is they: `2 children`, but not `3 fever, my wife saw it`.
    """
    text = _without_days(text)
    if _names_pigs(text):
        return False
    counts = list(_COUNT.finditer(text))
    if not counts:
        return lexicon().read(text).has("self", *_OTHER_PEOPLE) or _OF_SELF.search(text) is not None
    if lexicon().read(text[: counts[0].start()]).has(*_OTHER_PEOPLE):
        return True
    return any(_counts_people(text[one.end() :]) for one in counts)


def _counts_people(after: str) -> bool:
    """Tell whether people stand after a number, of whom it does not say what they saw or said."""
    words = (one.word for one in lexicon().read(after[:_NEXT]).tokens)
    first = next((word for word in words if word not in _BEFORE_PEOPLE), None)
    return first in _OTHER_PEOPLE and _ASIDE.match(after) is None


def names_people(text: str) -> bool:
    """Tell whether a text names somebody besides its sender, such as a child."""
    return lexicon().read(text).has(*_OTHER_PEOPLE)


def names_somebody_alone(text: str) -> bool:
    """Tell whether a text names somebody besides its sender, and no pig."""
    return names_people(text) and not _names_pigs(_without_days(text))


def _names_pigs(text: str) -> bool:
    return bool(_TAG.search(text) or _MOB.search(text)) or speaks_of_pigs(text)


def _without_days(text: str) -> str:
    return SPAN.sub(" ", _DATE.sub(" ", clean(text)))


def speaks_of_pigs(text: str) -> bool:
    """Tell whether a text names pigs, or diseases of theirs."""
    return lexicon().read(text).has(*_PIGS)


def tells_of_a_death(text: str) -> bool:
    """Tell whether a text names a death, and no animal."""
    reading = lexicon().read(text)
    return reading.has("die") and not reading.has(*_PIGS, "other_animal")


def is_over(text: str) -> bool:
    """Tell whether all that a text says of sickness is that it is over."""
    return _OVER.fullmatch(text.strip()) is not None
