"""PERMIT: requested by a keeper, answered by an officer, read by anyone with its number."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any, cast

from gateway.argument_parsers import choice, count, either
from gateway.grammar import Argument
from services.livestock.confirmations.create import ConfirmationKind, event_id_of, open_confirmation
from services.livestock.control import decisions
from services.livestock.control.affected import officers_of
from services.livestock.control.decisions import Question
from services.livestock.control.permit_deciders import DECIDERS, require_decider
from services.livestock.control.permits import (
    PermitDecision,
    PermitDraft,
    ask_permit,
    can_tell,
    decide_permit,
    may_read,
    permit_text,
    require_open,
    state_text,
)
from services.livestock.domain.errors import OfficersOnly, UnknownNumber, WrongKind
from services.livestock.domain.model import Act, Key, Scheme, event_id
from services.livestock.domain.movement_decision import Policy
from services.livestock.domain.permits import PermitState
from services.livestock.recording.permit_subjects import find_permit
from services.livestock.recording.short_numbers import EXAMPLE_PIG, EXAMPLE_PLACE
from services.livestock.sms_commands.argument_kinds import DAY, NUMBER, PLACE
from services.livestock.sms_commands.common import (
    animals_of,
    coming_day,
    confirmed_actor,
    origin_of,
    place_of,
    today_at,
)
from services.livestock.sms_commands.phrases import command
from services.livestock.sms_commands.places import place_of_animals
from services.livestock.sms_commands.wording import Reader
from services.messaging.command_router import CommandContext, CommandHandler
from services.storage.models import Identifier, PendingConfirmation, Permit
from services.texts.catalogue import say
from sms.local_time import local_day

# A keeper names the day of departure; the road may be long, or the day wet.
_VALID = timedelta(days=6)
_MOST_PIGS = 999
_ANSWERS = {
    **dict.fromkeys(("yes", "orait", "ok"), PermitState.ISSUED),
    **dict.fromkeys(("no", "nogat"), PermitState.REFUSED),
    **dict.fromkeys(("back", "revoke", "rausim"), PermitState.REVOKED),
}


def ask(context: CommandContext) -> str:
    """PERMIT for pigs, or for so many, to go to a place: an officer is asked."""
    heads = _heads(context)
    animals = () if heads else animals_of(context, "tags")
    home = place_of_animals(context, animals)
    first = coming_day(context, home)
    draft = PermitDraft(
        animals=animals,
        origin=home.key,
        destination=place_of(context, context.arguments["place"]),
        first=first,
        last=first + _VALID,
        head_count=heads,
        asked_by=context.party.id,
        phone=context.number,
    )
    row, done = ask_permit(context.unit.session, draft, _act(context, today_at(context, home)))
    reached = officers_of(context.unit.session, home.row.province).holders
    code = "permit.asked" if reached else "permit.asked_nobody"
    return _text(context, row, code, receipt=done.receipt)


def read(policy: Policy, context: CommandContext) -> str:
    """PERMIT and its number: its content, and its validity under the orders of now."""
    session, (key,) = context.unit.session, animals_of(context, "tag")
    row = find_permit(session, key.value)
    if row is not None and not may_read(session, row, context.party.id, context.party.role):
        raise UnknownNumber(number=key)
    if row is not None:
        return _barred(policy, context, row) or state_text(
            session, row, context.language, local_day(context.now)
        )
    if key.scheme == Scheme.SHORT and session.get(Identifier, tuple(key)) is None:
        raise UnknownNumber(number=key)
    # The number of a pig or a place: a permit is wanted for it.
    return say("missing.place.permit", context.language, example=_EXAMPLES[context.language])


def _barred(policy: Policy, context: CommandContext, row: Permit) -> str | None:
    """Explain why an issued permit does not help: a later order, or a dead pig."""
    on = max(local_day(context.now), row.first_day)
    if row.state != PermitState.ISSUED or row.last_day < on:
        return None
    question = Question((animals_of(context, "tag")[0],), on)
    answers = decisions.decide(context.unit.session, question, policy)
    if all(answer.decision.allowed for answer in answers):
        return None
    reader = Reader(context.unit.session, context.party.id, context.party.role, context.language)
    return reader.decisions(question, answers)


def decide(context: CommandContext) -> str:
    """PERMIT, its number and YES or NO: an officer's answer, once their phone returns the code."""
    row, state = _require_decider(context), cast("PermitState", context.arguments["answer"])
    require_open(_permit_number(context), PermitState(row.state), state)
    command = {"animals": [], "number": _permit_number(context), "state": state.value}
    opened = open_confirmation(context, DECISION, context.party, command)
    whose = "pin" if context.by_pin else "code"
    return _text(context, row, f"permit.{whose}.{state.value}", digits=opened.code)


def _decide(
    context: CommandContext, claim: PendingConfirmation, command: Mapping[str, Any], _choice: int
) -> str:
    number, state = command["number"], PermitState(command["state"])
    act = _act(context, local_day(context.now))._replace(event_id=event_id_of(claim))
    decision = PermitDecision(state, confirmed_actor(context))
    row, done = decide_permit(context.unit.session, number, decision, act)
    told = can_tell(context.unit.session, row)
    return say(
        "permit.decided" if told else "permit.decided_untold",
        context.language,
        permit=number,
        state=say(f"word.{state.value}", context.language),
        receipt=done.receipt,
    )


DECISION = ConfirmationKind("permit", _decide)
CLAIMS = (DECISION,)


def _heads(context: CommandContext) -> int | None:
    """Return for how many pigs a permit is asked, None where it names them.

    Raises:
        WrongKind: it names pigs and counts them, or counts none.
    """
    told = cast("tuple[object, ...]", context.arguments["tags"])
    counts = [one for one in told if isinstance(one, int)]
    if not counts:
        return None
    if len(told) > 1 or counts == [0]:
        raise WrongKind(Key(Scheme.SHORT, str(counts[0])), "an animal")
    return counts[0]


def _require_decider(context: CommandContext) -> Permit:
    """Return the permit that a message names, of senders who may decide on it.

    Raises:
        OfficersOnly, NotYourProvince: of others; see `require_decider`.
    """
    if context.party.role not in DECIDERS:
        # Nobody learns from it which numbers are of permits.
        raise OfficersOnly
    row = _permit(context)
    require_decider(context.unit.session, row, confirmed_actor(context))
    return row


def _text(context: CommandContext, row: Permit, code: str, **values: object) -> str:
    return permit_text(context.unit.session, row, code, context.language, **values)


def _permit(context: CommandContext) -> Permit:
    number = _permit_number(context)
    row = find_permit(context.unit.session, number)
    if row is None:
        raise UnknownNumber(number=Key(Scheme.SHORT, number))
    return row


def _permit_number(context: CommandContext) -> str:
    return animals_of(context, "tag")[0].value


def _act(context: CommandContext, day: date) -> Act:
    return Act(event_id(context.channel, context.key, 0), day, origin_of(context))


# Refused, not denied.
_NO = re.compile(r"[0-9][\W_]*(?:no|nogat)[\s.!]*\Z", re.IGNORECASE)
# `PERMIT NO 1941` names its number.
_ANSWERS_FIRST = {word: state for word, state in _ANSWERS.items() if word != "no"}
_NO_FIRST = re.compile(r"nogat(?=[\W_]*[0-9])", re.IGNORECASE)
_WORDS = {"en": ("PERMIT",), "tpi": ("PEMIT", "TOK ORAIT")}
_NUMBER = Argument("tag", NUMBER)
_EXAMPLES = {
    "en": f"PERMIT {EXAMPLE_PIG} {EXAMPLE_PLACE}",
    "tpi": f"PEMIT {EXAMPLE_PIG} {EXAMPLE_PLACE}",
}


def handlers(policy: Policy) -> tuple[CommandHandler, ...]:
    """Return the commands, with the country's policy."""
    return (
        command(
            "permit",
            ask,
            _WORDS,
            (Argument("tags", either(count(_MOST_PIGS), NUMBER), many=True), PLACE, DAY),
            f"{EXAMPLE_PIG} {EXAMPLE_PLACE}",
        ),
        command(
            "permit_answer",
            decide,
            _WORDS,
            (_NUMBER, Argument("answer", choice(_ANSWERS))),
            {"en": f"PERMIT {EXAMPLE_PIG} YES", "tpi": f"PEMIT {EXAMPLE_PIG} NOGAT"},
            own=_NO,
        ),
        command(
            "permit_answer_first",
            decide,
            _WORDS,
            (Argument("answer", choice(_ANSWERS_FIRST)), _NUMBER),
            {"en": f"PERMIT YES {EXAMPLE_PIG}", "tpi": f"PEMIT NOGAT {EXAMPLE_PIG}"},
            own=_NO_FIRST,
        ),
        command(
            "permit_status",
            partial(read, policy),
            _WORDS,
            (_NUMBER,),
            EXAMPLE_PIG,
            fillers=("no", "nr", "number", "namba"),
        ),
    )
