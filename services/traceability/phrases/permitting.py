"""PERMIT: asked for by a keeper, answered by an officer, read by who has its number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import or_, select

from gateway.grammar import Argument, Phrase
from gateway.kinds import choice, count, either
from services.conversation import Spoken
from services.storage.mailings import Letter, Mailing, queue_letters
from services.storage.models import Party, Permit
from services.storage.people import Role
from services.texts.catalogue import day_and_month, say
from services.traceability.claims.kinds import ClaimKind
from services.traceability.claims.opening import open_claim
from services.traceability.claims.recording import event_of
from services.traceability.control.permits import (
    PermitDraft,
    ask_permit,
    decide_permit,
    require_open,
)
from services.traceability.control.reach import language_of, numbers_of
from services.traceability.errors import UnknownNumber
from services.traceability.matters import find_permit
from services.traceability.model import Act, Key, Origin, Scheme, event_id
from services.traceability.numbers import EXAMPLE_PIG, EXAMPLE_PLACE
from services.traceability.phrases.common import (
    animals_of,
    coming_day,
    home_of,
    place_of,
    require_officer,
    today_at,
)
from services.traceability.phrases.reading import DAY, NUMBER, PLACE
from services.traceability.queries.places import number_of
from services.traceability.rules.permits import PermitState
from services.traceability.world import read_permits

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from services.conversation import Call
    from services.storage.models import Claim

# A keeper names the day on which he wants to leave; the road may be long, or the day wet.
_VALID = timedelta(days=6)
_LIFE = timedelta(days=3)
_MOST_PIGS = 999
_ANSWERS = {
    **dict.fromkeys(("yes", "orait", "ok"), PermitState.ISSUED),
    **dict.fromkeys(("no", "nogat"), PermitState.REFUSED),
    **dict.fromkeys(("back", "revoke", "rausim"), PermitState.REVOKED),
}


def ask(call: Call) -> str:
    """PERMIT for pigs, or for so many, to go to a place: an officer is asked."""
    home, told = home_of(call), cast("tuple[object, ...]", call.arguments["tags"])
    heads = next((one for one in told if isinstance(one, int)), None)
    animals = animals_of(call, "tags") if heads is None else ()
    first = coming_day(call, home)
    draft = PermitDraft(
        animals=animals,
        origin=home.key,
        destination=place_of(call, call.arguments["place"]),
        first=first,
        last=first + _VALID,
        head_count=heads,
        asked_by=call.party.id,
    )
    row, done = ask_permit(call.unit.session, draft, _act(call))
    view = _View(call, row)
    officers = call.unit.session.scalars(
        select(Party).where(
            Party.role == Role.VETERINARY_OFFICER.value,
            or_(Party.province.is_(None), Party.province == home.row.province),
        )
    ).all()
    _tell(call, row, "permit.to_officer", officers)
    return view.say("permit.asked", call.language, receipt=done.receipt)


def read(call: Call) -> str:
    """PERMIT and its number: what it is for, and whether it is good."""
    row = _permit(call)
    code = "permit.asked_for" if row.state == PermitState.ASKED.value else f"permit.{row.state}"
    return _View(call, row).say(code, call.language)


def decide(call: Call) -> str:
    """PERMIT, its number and YES or NO: an officer's answer, once his phone sends the code back."""
    require_officer(call)
    row, state = _permit(call), cast("PermitState", call.arguments["answer"])
    require_open(_permit_number(call), PermitState(row.state), state)
    command = {"animals": [], "number": _permit_number(call), "state": state.value}
    opened = open_claim(call, DECISION, call.party, command)
    return _View(call, row).say(
        "permit.code",
        call.language,
        state=say(f"word.{state.value}", call.language),
        digits=opened.code,
    )


def _decide(call: Call, claim: Claim, command: Mapping[str, Any], _choice: int) -> str:
    require_officer(call)
    number, state = command["number"], PermitState(command["state"])
    act = _act(call)._replace(event_id=event_of(claim))
    row, done = decide_permit(call.unit.session, number, state, act, officer=call.party.id)
    asker = call.unit.session.get(Party, row.asked_by_id) if row.asked_by_id else None
    _tell(call, row, f"permit.{state.value}", [asker] if asker else [])
    return say(
        "permit.decided",
        call.language,
        permit=number,
        state=say(f"word.{state.value}", call.language),
        receipt=done.receipt,
    )


DECISION = ClaimKind("permit", _decide)
CLAIMS = (DECISION,)


@dataclass(frozen=True, slots=True)
class _View:
    """A permit as sentences tell it."""

    call: Call
    row: Permit

    def say(self, code: str, language: str, **values: object) -> str:
        session = self.call.unit.session
        rule = read_permits(session, Permit.id == self.row.id)[0]
        first, last = (day_and_month(day, language) for day in (rule.first, rule.last))
        heads = len(rule.animals) or rule.head_count
        return say(
            code,
            language,
            permit=rule.number,
            pigs=say("word.pigs", language, count=heads),
            place=number_of(session, self.row.origin_id),
            other=number_of(session, self.row.destination_id),
            first=first,
            last=last,
            day=f"{first} - {last}",
            **values,
        )


def _tell(call: Call, row: Permit, code: str, parties: Sequence[Party]) -> None:
    numbers = numbers_of(call.unit.session, [party.id for party in parties])
    view = _View(call, row)
    letters = [
        Letter(
            *numbers[party.id],
            view.say(code, language_of(party.language)),
            f"{code}\0{row.public_id}\0{party.public_id}",
        )
        for party in parties
        if party.id in numbers
    ]
    queue_letters(call.unit.session, letters, Mailing("permit", call.now, call.now + _LIFE))


def _permit(call: Call) -> Permit:
    number = _permit_number(call)
    row = find_permit(call.unit.session, number)
    if row is None:
        raise UnknownNumber(Key(Scheme.SHORT, number))
    return row


def _permit_number(call: Call) -> str:
    return animals_of(call, "tag")[0].value


def _act(call: Call) -> Act:
    origin = Origin(call.channel, call.party.public_id, call.now)
    return Act(event_id(call.channel, call.key, 0), today_at(call, home_of(call)), origin)


_WORDS = {"en": ("PERMIT",), "tpi": ("PEMIT", "TOK ORAIT")}
_NUMBER = Argument("tag", NUMBER)

SPOKEN = (
    Spoken(
        Phrase(
            "permit_answer",
            _WORDS,
            (_NUMBER, Argument("answer", choice(_ANSWERS))),
            {"en": f"PERMIT {EXAMPLE_PIG} YES", "tpi": f"PEMIT {EXAMPLE_PIG} NOGAT"},
        ),
        decide,
    ),
    Spoken(
        Phrase(
            "permit",
            _WORDS,
            (Argument("tags", either(count(_MOST_PIGS), NUMBER), many=True), PLACE, DAY),
            {
                "en": f"PERMIT {EXAMPLE_PIG} {EXAMPLE_PLACE}",
                "tpi": f"PEMIT {EXAMPLE_PIG} {EXAMPLE_PLACE}",
            },
        ),
        ask,
    ),
    Spoken(
        Phrase(
            "permit_status",
            _WORDS,
            (_NUMBER,),
            {"en": f"PERMIT {EXAMPLE_PIG}", "tpi": f"PEMIT {EXAMPLE_PIG}"},
        ),
        read,
    ),
)
