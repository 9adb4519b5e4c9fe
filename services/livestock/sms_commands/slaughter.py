"""KILL: an animal is slaughtered at home or for a feast, once its owner's phone has confirmed it.

Anybody can send a message in the name of any phone. The code goes to the true one, and until it
comes back nothing has happened.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import func, select

from gateway.grammar import Argument
from services.core.roles import Role
from services.livestock.confirmations.create import (
    CODE,
    ConfirmationKind,
    OpenedConfirmation,
    event_id_of,
    known_animals,
    open_confirmation,
    read_animals,
    record_once,
    text_party,
    write_animals,
)
from services.livestock.confirmations.owners import may_report, other_owner, require_owner
from services.livestock.control.abattoir_feedback import condemned_text
from services.livestock.domain.acts import CommandAct
from services.livestock.domain.condemnations import post_mortem
from services.livestock.domain.details import read_details
from services.livestock.domain.model import (
    EventType,
    Key,
    Occurred,
    Report,
    event_id,
    read_key,
    write_key,
)
from services.livestock.recording.short_numbers import EXAMPLE_PIG
from services.livestock.sms_commands.argument_kinds import DAY, TAGS, one_of
from services.livestock.sms_commands.common import (
    EventReport,
    animals_of,
    claimed_day,
    confirmed_actor,
    confirmed_origin,
    home_of,
    premises_at,
    record_event,
)
from services.livestock.sms_commands.evidence_replies import evidence_text
from services.livestock.sms_commands.phrases import command
from services.livestock.sms_commands.places import place_of_animals
from services.livestock.sms_commands.wording import list_numbers
from services.messaging.command_router import CommandContext, FromAnybody, Reply
from services.storage.models import Animal, Party, PendingConfirmation
from services.texts.catalogue import day_and_month, language_of, say

_FEAST, _HOME, _ABATTOIR = "feast", "home", "abattoir"
_OCCASIONS = {
    **dict.fromkeys(
        (
            "feast",
            "party",
            "pati",
            "singsing",
            "bung",
            "haus krai",
            "funeral",
            "wedding",
            "bride price",
            "braid prais",
            "moka",
            "marit",
            "mumu",
            "compensation",
            "kompensesen",
        ),
        _FEAST,
    ),
    **dict.fromkeys(("home", "house", "haus", "kaikai", "food"), _HOME),
}


class CarcassReport(NamedTuple):
    """Carcass as an abattoir reports it: its weight, and what of it was condemned."""

    kilograms: float | None = None
    condemned: tuple[str, ...] = ()


class _Slaughter(NamedTuple):
    """A claimed slaughter: animals, premises and local day; at an abattoir its carcass."""

    animals: tuple[Key, ...]
    at: Key
    on: date
    place: str
    carcass: CarcassReport = CarcassReport()

    def command(self) -> dict[str, object]:
        """Write it as a claim keeps it."""
        return {
            "animals": write_animals(self.animals),
            "at": write_key(self.at),
            "on": self.on.isoformat(),
            "place": self.place,
            "carcass": self.carcass,
        }

    @classmethod
    def read(cls, command: Mapping[str, Any]) -> "_Slaughter":
        """Read it from a claim."""
        weight, condemned = command.get("carcass", CarcassReport())
        return cls(
            read_animals(command),
            read_key(command["at"]),
            date.fromisoformat(command["on"]),
            command["place"],
            CarcassReport(weight, tuple(condemned)),
        )


def kill(context: CommandContext) -> Reply:
    """KILL: send a code to the owner's phone, so that a forged sender never sees it.

    What anybody may have said is evidence at once: no code goes out for it.
    """
    animals = animals_of(context, "tags")
    if context.party.role == Role.ABATTOIR and not context.is_anybodys:
        return kill_at_abattoir(context, animals, CarcassReport())
    home = place_of_animals(context, animals)
    occasion = str(context.arguments["occasion"] or _HOME)
    if context.is_anybodys:
        evidence = EventReport(home, animals, details={"place": occasion})
        return evidence_text(context, [record_event(context, EventType.SLAUGHTER, evidence)])
    return _ask(context, _Slaughter(animals, home.key, claimed_day(context, home), occasion))


def kill_at_abattoir(
    context: CommandContext, animals: tuple[Key, ...], carcass: CarcassReport
) -> Reply:
    """Ask an abattoir for the code of what came to it; the owner for that of what did not."""
    home = home_of(context)
    if context.is_anybodys:
        evidence = EventReport(home, animals, details={"place": _ABATTOIR})
        return evidence_text(context, [record_event(context, EventType.SLAUGHTER, evidence)])
    told = _Slaughter(animals, home.key, claimed_day(context, home), _ABATTOIR, carcass)
    return _ask(context, told)


def _ask(context: CommandContext, told: _Slaughter) -> str:
    owner = None if _is_ours(context, told) else _owner(context, told)
    opened = open_confirmation(context, KILL, owner or context.party, told.command())
    if owner is None:
        whose = "pin" if context.by_pin else "code"
        return _code_text(context, told, opened, context.language, whose=whose)
    text = _code_text(context, told, opened, language_of(owner.language), whose="owner")
    text_party(context, owner, text, (opened.confirmation, CODE))
    return say("kill.asked", context.language, pigs=list_numbers(told.animals))


def _code_text(
    context: CommandContext,
    told: _Slaughter,
    opened: OpenedConfirmation,
    language: str,
    *,
    whose: str = "code",
) -> str:
    until = _withdrawal(context, told)
    if told.carcass.kilograms is not None and whose == "code" and not until:
        whose = "code_weighed"
    return say(
        f"kill.{whose}_withdrawal" if until else f"kill.{whose}",
        language,
        kilograms=f"{told.carcass.kilograms or 0:g}",
        what=condemned_text([told.carcass.condemned], language) or "-",
        pigs=list_numbers(told.animals),
        other=told.at,
        day=day_and_month(told.on, language),
        until=day_and_month(until, language) if until else "",
        digits=opened.code,
    )


def _withdrawal(context: CommandContext, told: _Slaughter) -> date | None:
    """Return the last day on which a treatment keeps one of the animals from slaughter."""
    session = context.unit.session
    animals = {ref.id for ref in known_animals(session, told.animals).values()}
    return session.scalar(
        select(func.max(Animal.withdrawal_until)).where(
            Animal.id.in_(animals), Animal.withdrawal_until >= told.on
        )
    )


def _slaughter(
    context: CommandContext, claim: PendingConfirmation, command: Mapping[str, Any], _choice: int
) -> str:
    told = _Slaughter.read(command)
    if not _is_ours(context, told):
        require_owner(context.unit.session, told.animals, context.party, CommandAct.KILL)
    report = Report(
        event_id_of(claim),
        EventType.SLAUGHTER,
        told.animals,
        told.at,
        None,
        Occurred.on(told.on, premises_at(context, told.at).zone),
        _details(told),
    )
    origin = confirmed_origin(context)
    done = record_once(context.unit.session, report, origin)
    if told.carcass.condemned:
        found = read_details(EventType.CHECK, post_mortem(told.carcass.condemned))
        seen = event_id("condemned", str(report.event_id), 0)
        check = replace(report, event_id=seen, type=EventType.CHECK, details=found)
        record_once(context.unit.session, check, origin)
    claimant = context.unit.session.get_one(Party, claim.claimant_id)
    if claimant.id != context.party.id:
        text = _done_text(told, done.receipt, language_of(claimant.language))
        text_party(context, claimant, text, (claim, "done"))
    return _done_text(told, done.receipt, context.language)


def _is_ours(context: CommandContext, told: _Slaughter) -> bool:
    """Tell whether the sender is the abattoir that the animals came to, or are on the way to."""
    at_abattoir = told.place == _ABATTOIR and context.party.role == Role.ABATTOIR
    return at_abattoir and may_report(
        context.unit.session, confirmed_actor(context), EventType.SLAUGHTER, told.animals
    )


def _owner(context: CommandContext, told: _Slaughter) -> Party | None:
    return other_owner(context.unit.session, told.animals, context.party, CommandAct.KILL)


def _details(told: _Slaughter) -> dict[str, object]:
    weight = told.carcass.kilograms
    return {"place": told.place} | ({"kilograms": weight} if weight is not None else {})


def _done_text(told: _Slaughter, receipt: str, language: str) -> str:
    return say(
        "slaughtered",
        language,
        pigs=list_numbers(told.animals),
        place=told.at,
        day=day_and_month(told.on, language),
        receipt=receipt,
    )


KILL = ConfirmationKind("kill", _slaughter)
CLAIMS = (KILL,)

HANDLERS = (
    command(
        "kill",
        kill,
        {"en": ("KILL", "KILLED", "SLAUGHTER", "SLAUGHTERED"), "tpi": ("KILIM",)},
        (TAGS, Argument("occasion", one_of(_OCCASIONS), required=False), DAY),
        EXAMPLE_PIG,
        fillers=("pinis",),
        subject=1,
        anybody=FromAnybody.EVIDENCE,
    ),
)
