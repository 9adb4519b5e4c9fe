"""Replies to evidence, and the questions to those who decide on it."""

from collections.abc import Sequence

from services.livestock.control.evidence_questions import Teller, ask_each, numbers_text
from services.livestock.domain.authority import Decider
from services.livestock.domain.model import EventType, FlagCode, Recorded
from services.messaging.command_router import CommandContext, Reply
from services.messaging.outbox import ReplyText
from services.messaging.village_bindings import take_question
from services.texts.catalogue import further_texts, say


def ask_of(context: CommandContext, done: Recorded) -> Recorded:
    """Ask the keepers, or officers, about what a message said of animals that are not its sender's.

    The answer to the sender tells the weakest: who of them is asked.
    """
    if not done.evidence:
        return done
    box = context.relayed if context.is_anybodys else None
    if box is not None and not take_question(context.unit.session, box.box, box.asks):
        return done
    teller = Teller(context.party, context.number, f"{context.channel}:{context.key}")
    return ask_each(context.unit, done, teller, context.now)


def evidence_text(context: CommandContext, done: Sequence[Recorded]) -> Reply:
    """Tell what of a message is not in force, and what happens next."""
    parts = [one for part in done for one in part.evidence]
    asked = next((part.asked for part in done if part.evidence), None) or "nobody"
    arrival = parts[0].report.type is EventType.ARRIVE and asked == Decider.KEEPER
    recorded = sum(
        len(one.report.animals) for part in done for one in part.parts if not one.report.evidence
    )
    code = f"evidence.noted_{'arrival' if arrival else asked}"
    code = f"evidence.tag_{asked}" if all(map(_is_of_others, parts)) else code
    pigs = numbers_text(parts)
    text = say(
        code if not recorded else "evidence.noted_some",
        context.language,
        pigs=pigs,
        heads=recorded,
        receipt=done[0].receipt,
    )
    return [ReplyText(one) for one in (text, *further_texts(text, [pigs], context.language))]


def _is_of_others(done: Recorded) -> bool:
    """Tell whether all tags of a report were issued to another place."""
    flagged = {key for key, code in done.flags if code is FlagCode.TAG_ISSUED_ELSEWHERE}
    return flagged >= set(done.report.animals)
