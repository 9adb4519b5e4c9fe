"""Answers of keepers and officers to what others said of animals."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from services.livestock.confirmations.create import ConfirmationKind, text_party
from services.livestock.control.evidence_questions import CODED, KIND, LIFE
from services.livestock.control.theft_ends import tell_recovered
from services.livestock.control.thefts import tell_theft
from services.livestock.domain.errors import AlreadySettled
from services.livestock.domain.model import EventType
from services.livestock.recording.evidence_settling import settle
from services.livestock.sms_commands.common import caller_by_text, confirmed_origin, origin_of
from services.livestock.sms_commands.wording import list_numbers
from services.messaging.command_router import CommandContext
from services.storage.models import Party, PendingConfirmation
from services.texts.catalogue import language_of, say

_AGREED = 1


def _decide(
    context: CommandContext, claim: PendingConfirmation, command: Mapping[str, Any], choice: int
) -> str:
    agrees = choice == _AGREED
    act = EventType.AGREE if agrees else EventType.OBJECT
    first, *rest = command["events"]
    origin = confirmed_origin(context) if claim.kind == CODED and agrees else origin_of(context)
    done = settle(context.unit.session, UUID(first), act, origin)
    # The others are of the same message, such as the part of a mob that is said to have left.
    beside = replace(origin, actor=None)
    # A repetition of others is objected to as well; agreed, one report of it is enough.
    for event in rest if agrees else (*rest, *command["also"]):
        try:
            settle(context.unit.session, UUID(event), act, beside)
        except AlreadySettled:
            continue
    pigs = list_numbers(done.report.animals)
    if not agrees:
        return say("evidence.objected", context.language, pigs=pigs, receipt=done.receipt)
    if command["act"] == EventType.STOLEN:
        tell_theft(context.unit.session, done, caller_by_text(context), context.now)
    if command["act"] == EventType.RECOVERED:
        tell_recovered(context.unit.session, done, origin)
    sender = context.unit.session.get_one(Party, claim.claimant_id)
    if sender.id != context.party.id:
        text = say("evidence.in_force", language_of(sender.language), pigs=pigs)
        text_party(context, sender, text, (claim, "done"))
    return say("evidence.agreed", context.language, pigs=pigs, receipt=done.receipt)


CLAIMS = (
    ConfirmationKind(KIND, _decide, options=2, life=LIFE),
    ConfirmationKind(CODED, _decide, life=LIFE, objects=True),
)
