"""Words of a report of sick pigs: whose they are, what people say, and that it is over; pure."""

import re

_MINE = re.compile(
    r"\b(?:my|our)(?: (?:own|big|small|little|young|black|white|other|two|three|[0-9]{1,3}))?"
    r" (?:pigs?|piglets?|sows?|boars?|herd|mob)\b"
    r"|\bpik(?:pik)?s? (?:bilong|blo|blong) (?:mi|mipela|yumi)\b",
    re.IGNORECASE,
)
_SAID = re.compile(
    r"\b(?:they|people|everybody|someone|somebody|man|he|she) (?:say|says|said)\b"
    r"|\b(?:i|we) (?:hear|heard)\b|\b(?:told me|told us|rumou?rs?|tok win|ol i tok|man i tok)\b"
    r"|\b(?:mi|mipela)(?: bin)? harim\b",
    re.IGNORECASE,
)
# A `mama pik` is a sow, and a `papa pik` a boar.
_KIN = r"(?:brother|brata|bro|cousin|kasen|uncle|ankol|friend|pren)"
_HOUSEHOLD = (
    r"(?:own|house|line|mob|herd|place|farm|yard|pen|fence|wife|husband|family|children|son"
    r"|daughter|mother|father|mama|papa)"
)
_NEIGHBOURS = re.compile(
    rf"\bneighbou?rs?\b|\b(?:neba|wantok|kandre)s?\b|\b{_KIN}'?s? (?:his|her|pigs?|piks?)\b"
    rf"|\bpigs? of (?:my|our|a|the|his|her) (?!{_HOUSEHOLD}\b)\w+"
    r"|\b(?:his|her|their|your|someone'?s|somebody'?s) (?:pigs?|piglets?|sows?|boars?)\b"
    rf"|\bpik(?:pik)?s? (?:bilong|blo|blong) (?:em|ol|yu|narapela|arapela|{_KIN})\b",
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


def is_of_others(text: str) -> bool:
    """Tell whether a text is of somebody else's pigs, or tells what people say."""
    others = _NEIGHBOURS.search(text) or _SAID.search(text)
    return others is not None and _MINE.search(text) is None


def is_over(text: str) -> bool:
    """Tell whether all that a text says of sickness is that it is over."""
    return _OVER.fullmatch(text.strip()) is not None
