"""Words of the printed passport: English, and Tok Pisin beside it.

Tok Pisin is a draft until a named speaker has reviewed it, as in `services.texts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from services.texts.catalogue import SENTENCES


class Words(NamedTuple):
    """The same in English and in Tok Pisin; "" where there is no word of its own."""

    en: str
    tpi: str = ""


_LABELS: Mapping[str, tuple[str, str]] = {
    "title": ("Passport", "Pasport"),
    "animal": ("Pig", "Pik"),
    "mob": ("Mob of pigs", "Lain pik"),
    "consignment": ("Pork consignment", "Mit pik"),
    "alive": ("Alive", "I stap laip"),
    "in_trade": ("In trade", "I stap yet"),
    "ended": ("Dead", "I dai pinis"),
    "used_up": ("Nothing left", "I pinis"),
    "unregistered": ("Not registered", "I no stap long buk"),
    "withdrawal": ("Do not slaughter before the end of", "no ken kilim yet"),
    "numbers": ("All numbers", "Olgeta namba"),
    "sex": ("Sex", "Man o meri"),
    "breed": ("Breed", "Kain pik"),
    "colour": ("Colour", "Kala"),
    "born": ("Born", "Mama i karim"),
    "registered": ("Registered", "Raitim long buk"),
    "head_count": ("Number of pigs", "Hamas pik"),
    "kilograms": ("Weight", "Hevi"),
    "life": ("Where it has been", "Em i bin stap we"),
    "now": ("still there", "i stap yet"),
    "unknown_place": ("Not known", "Mipela no save"),
    "map": ("On the map", "Long mep"),
    "map_note": ("Rounded to about 1 km", "Klostu tasol, 1 km samting"),
    "map_none": ("No point is known", "Mipela no save long mep"),
    "treatments": ("Medicine", "Marasin"),
    "treatments_none": ("None reported", "I no gat ripot"),
    "waited": ("waiting time ended", "taim bilong wet i pinis"),
    "no_withdrawal": ("no waiting time", "i no gat taim bilong wet"),
    "checks": ("Checks and decisions", "Sekim na tok bilong ofisa"),
    "checks_none": ("None", "I no gat"),
    "orders": ("Orders where it is today", "Oda bilong gavman long ples bilong em nau"),
    "orders_none": ("None today", "I no gat oda nau"),
    "flags": ("A person should look at this", "Wanpela man i mas lukim dispela"),
    "events": ("Every event, and its proof", "Olgeta samting i kamap, na mak bilong en"),
    "day": ("Day", "De"),
    "event": ("Event", "Samting i kamap"),
    "place": ("Place", "Ples"),
    "receipt": ("Receipt", "Risit"),
    "ledger": ("Record", "Rekot"),
    "waiting": ("waiting", "i wet yet"),
    "void": ("wrong, see its correction", "i no stret"),
    "erased": ("erased", "rausim pinis"),
    "code": ("Code", "Kod"),
    "made_on": ("As known on", "Olsem mipela save long"),
    "proof": ("Download the proof", "Kisim mak bilong tru"),
    "proof_none": ("No event is on the ledger yet", "I no gat wanpela i stap long buk yet"),
    "premises": ("place", "ples"),
    "ask": ("Open a passport", "Opim pasport"),
    "ask_how": (
        "Type the number in its ear and the code on the paper.",
        "Raitim namba long yau bilong pik na kod long pepa.",
    ),
    "ask_wrong": (
        "Number and code do not fit: type both as they stand on the paper.",
        "Namba na kod i no wankain: raitim gen olsem i stap long pepa.",
    ),
    "number": ("Number", "Namba"),
    "open": ("Open", "Opim"),
}

_EVENTS: Mapping[str, tuple[str, str]] = {
    "register": ("Registered", "Raitim"),
    "birth": ("Born", "Mama i karim"),
    "retag": ("New tag", "Nupela namba"),
    "tag_lost": ("Tag lost", "Namba i lus"),
    "count": ("Counted", "Kaunim"),
    "depart": ("Left", "Lusim ples"),
    "arrive": ("Arrived", "Kamap"),
    "transfer": ("New owner", "Nupela papa"),
    "treatment": ("Treated", "Kisim marasin"),
    "vaccination": ("Vaccinated", "Kisim sut"),
    "weight": ("Weighed", "Skelim"),
    "feed": ("Fed", "Givim kaikai"),
    "condition": ("Condition", "Bodi"),
    "check": ("Checked", "Sekim"),
    "decision": ("Decision", "Tok orait o nogat"),
    "sickness": ("Sick", "Sik"),
    "sample": ("Sample taken", "Kisim blut o hap"),
    "result": ("Laboratory result", "Tok bilong laboratori"),
    "death": ("Died", "I dai"),
    "slaughter": ("Slaughtered", "Kilim"),
    "permit": ("Permit", "Pemit"),
    "void": ("Correction", "Stretim"),
}

_VALUES: Mapping[str, tuple[str, str]] = {
    "female": ("female", "meri"),
    "male": ("male", "man"),
    "castrated": ("castrated", "ol i rausim bol"),
    "passed": ("passed", "larim i go"),
    "turned_back": ("turned back", "salim i go bek"),
    "seized": ("seized", "holim pas"),
    "may_move": ("may move", "em i ken go"),
    "may_not_move": ("may not move", "em i no ken go"),
    "may_slaughter": ("may be slaughtered", "yu ken kilim"),
    "may_not_slaughter": ("may not be slaughtered", "no ken kilim"),
    "roadblock": ("roadblock", "rotblok"),
    "sold": ("sold", "salim long mani"),
    "given": ("given", "givim nating"),
    "household": ("household", "haus"),
    "village_herd": ("village herd", "ol pik bilong ples"),
    "market": ("market", "maket"),
    "abattoir": ("abattoir", "haus kilim pik"),
    "quarantine": ("quarantine", "kwarantin"),
    "zone": ("zone", "tambu eria"),
    "asked": ("asked for", "askim"),
    "issued": ("issued", "tok orait"),
    "refused": ("refused", "tok nogat"),
    "revoked": ("taken back", "rausim"),
    "closed": ("used", "wok pinis"),
    "did_not_occur": ("did not happen", "i no bin kamap"),
    "incorrect_data": ("wrong details", "tok i no stret"),
}

_FLAGS: Mapping[str, tuple[str, str]] = {
    "registered_twice": ("Registered twice", "Ol i raitim tupela taim"),
    "departure_elsewhere": (
        "Left from where it was not known to be",
        "I lusim narapela ples, i no ples bilong em",
    ),
    "event_after_death": ("Something is reported after its death", "Ripot i kamap bihain long dai"),
    "two_places": ("In two places at once", "I stap long tupela ples wantaim"),
    "negative_count": ("More left than there were", "Planti moa i go, winim namba bilong ol"),
    "birth_after_event": (
        "Something is reported before its birth",
        "Ripot i kamap paslain long mama i karim",
    ),
    "moved_while_barred": ("Moved while an order forbade it", "I go taim oda i tambuim"),
    "reported_late": ("Reported late", "Ripot i kam leit"),
}


def label(code: str) -> Words:
    """Return a label of the page.

    Raises:
        KeyError: there is no such label.
    """
    return Words(*_LABELS[code])


def event(kind: str) -> Words:
    """Name a type of event."""
    return _word(_EVENTS, kind)


def value(code: str) -> Words:
    """Name a value of an event's details."""
    return _word(_VALUES, code)


def flag(code: str) -> Words:
    """Tell what a flag means."""
    return _word(_FLAGS, code)


def reason(code: str) -> Words:
    """Tell a reason of a decision in a few words, as the replies to phones do."""
    told = SENTENCES.get(f"short.{code}")
    return Words(told["en"], told["tpi"]) if told else _word({}, code)


def _word(words: Mapping[str, tuple[str, str]], code: str) -> Words:
    return Words(*words[code]) if code in words else Words(code.replace("_", " "))
