"""Every call that field devices make, of every service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.traceability.readers.calls import handled as of_readers
from services.village.sync import sync_call

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.envelope import Answer, Envelope
    from services.field import Handled
    from services.storage.unit import Unit
    from services.traceability.rules.decision import Policy
    from sms.settings import SmsSettings


def handled(
    answer: Callable[[Unit, Envelope], Answer], settings: SmsSettings, policy: Policy
) -> tuple[Handled, ...]:
    """Return them.

    Args:
        answer: acts on one message of a person.
        settings: of messages.
        policy: what holds for movements without any order.
    """
    alone = of_readers(policy)
    return (*alone, sync_call(alone, answer, settings, policy))
