"""Times of a message: when it was written, and what its sender can have read by then."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.envelope import Relayed

# A box reports whole seconds of a clock that it sets by the server; a carrier has its own clock.
_ROUNDED, _CLOCKS_DIFFER = timedelta(seconds=2), timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenMessage:
    """A message that may have reached us long after it was written.

    Attributes:
        now: UTC; when the message came.
        relayed: of what a village's box kept until now.
        sent_at: UTC; when the carrier took it, where it reached us later.
        asked_at: UTC; when the message came that the sender has now said yes to.
    """

    now: datetime
    relayed: Relayed | None = None
    sent_at: datetime | None = None
    asked_at: datetime | None = None

    @property
    def said_at(self) -> datetime:
        """Instant at which the sender wrote it, or what they now said yes to (UTC)."""
        return self.asked_at or self.written_at

    @property
    def written_at(self) -> datetime:
        """Instant at which this very message was written (UTC), as far as is known."""
        return self._earlier or self.now

    @property
    def read_by(self) -> datetime | None:
        """Time by which the sender had read the question (UTC); None: by now, for all we know."""
        early = self._earlier
        return early and early + (_CLOCKS_DIFFER if self.sent_at else _ROUNDED)

    @property
    def asked_by(self) -> datetime:
        """Time by which a question was asked that it may answer (UTC).

        Whoever writes to a box may answer in advance what their own texts will ask.
        """
        return min(self.now, self.sent_at + _CLOCKS_DIFFER) if self.sent_at else self.now

    @property
    def _earlier(self) -> datetime | None:
        return self.sent_at or (self.relayed.said_at if self.relayed else None)
