"""Words of a report of sick pigs that tell of somebody else's, or of what people say; pure."""

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
_KIN = r"(?:brother|brata|bro|cousin|kasen|uncle|ankol|friend|pren|father|papa|susa|mama)"
_NEIGHBOURS = re.compile(
    rf"\bneighbou?rs?\b|\b(?:neba|wantok|kandre)s?\b|\b{_KIN}'?s? (?:his|her|pigs?|piks?)\b"
    r"|\bpigs? of (?:my|our|a|the|his|her) (?!own|house|line|mob|herd)\w+"
    r"|\b(?:his|her|their|your|someone'?s|somebody'?s) (?:pigs?|piglets?|sows?|boars?)\b"
    rf"|\bpik(?:pik)?s? (?:bilong|blo|blong) (?:em|ol|yu|narapela|arapela|man|{_KIN})\b",
    re.IGNORECASE,
)


def is_of_others(text: str) -> bool:
    """Tell whether a text is of somebody else's pigs, or tells what people say."""
    others = _NEIGHBOURS.search(text) or _SAID.search(text)
    return others is not None and _MINE.search(text) is None
