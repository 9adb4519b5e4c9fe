"""Doubts that the sender of a report settles first: it takes effect once they say yes.

The text is kept as it was sent, and handled anew on a yes, on the day on which it was sent.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from services.core.errors import AskFirst
from services.livestock.confirmations.create import ConfirmationKind, open_confirmation
from services.messaging.command_router import CommandContext, Reply
from services.messaging.confirmations import ConfirmationState
from services.storage.models import PendingConfirmation
from services.texts.catalogue import has_sentence, say

_YES = 1
_LIFE = timedelta(days=1)


def require_yes(context: CommandContext, doubt: str, question: str) -> None:
    """Go on if the sender has said yes to a doubt.

    Args:
        context: of the message.
        doubt: in a word; the sender is asked once about each of a message.
        question: that 1 answers with yes and 2 with no.

    Raises:
        AskFirst: they have not.
    """
    if doubt not in context.confirmed:
        raise AskFirst(partial(_ask, doubt, question))


def _ask(doubt: str, question: str, context: CommandContext) -> str:
    command = {
        "animals": [],
        "doubt": doubt,
        "text": context.text,
        "language": context.language,
        "confirmed": sorted({*context.confirmed, doubt}),
        "said_at": context.said_at.isoformat(),
    }
    opened = open_confirmation(context, DOUBT, context.party, command)
    opened.confirmation.question = question
    return question


def _settle(
    context: CommandContext, pending: PendingConfirmation, command: Mapping[str, Any], choice: int
) -> Reply:
    if choice != _YES or context.again is None:
        pending.state = ConfirmationState.REFUSED.value
        about = f"doubt.no.{command.get('doubt')}"
        return say(about if has_sentence(about) else "doubt.no", context.language)
    told = replace(
        context,
        text=command["text"],
        language=command["language"],
        confirmed=frozenset(command["confirmed"]),
        asked_at=datetime.fromisoformat(command["said_at"]),
        # A report is recorded once, however often the answer comes.
        key=str(pending.public_id),
    )
    return context.again(told)


DOUBT = ConfirmationKind("doubt", _settle, options=2, life=_LIFE)
CLAIMS = (DOUBT,)
