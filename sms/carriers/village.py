"""A village's box: it fetches what waits for its people, and tells later what became of it.

No worker calls it: what waits is handed over in the answer to the box's own sync, and counts as
sent from then on. A report comes with one of the syncs after it.
"""

from collections.abc import Mapping
from uuid import UUID

from sms.message import VILLAGE, AttemptState, DeliveryReport, FailureClass

_FAILURES: Mapping[AttemptState, FailureClass] = {
    AttemptState.UNCERTAIN: FailureClass.UNKNOWN,
    # Never begun, so it may be handed over again, until it expires.
    AttemptState.FAILED: FailureClass.TRANSIENT,
    AttemptState.UNDELIVERED: FailureClass.NEVER,
}
STATES = (AttemptState.SENT, AttemptState.DELIVERED, *_FAILURES)
"""What a box reports of a message."""


def report_from_box(attempt: UUID, state: str, code: str | None) -> DeliveryReport:
    """Return the report of a village box.

    Args:
        attempt: our id, under which the message was handed over.
        state: `sent`, `delivered`, `undelivered`; `failed`: sending never began; `uncertain`: it
            began, and nobody knows how it ended.
        code: of the box or its modem.
    """
    became = AttemptState(state)
    return DeliveryReport(VILLAGE, attempt, None, became, _FAILURES.get(became), code)
