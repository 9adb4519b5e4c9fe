"""Consent, route and recent texts of a batch's receivers, updated while the batch is decided."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from services.messaging.consent import consents
from services.messaging.dispatch.spending import spent_on_programmes
from services.messaging.village_routing import served_of
from services.storage.models import Message
from services.storage.vault import Vault
from sms.admission import Facts
from sms.message import Kind, Outgoing
from sms.settings import SmsSettings
from sms.states import MAY_HAVE_COME

# No local day, wherever it is, began longer ago.
_LONGEST_DAY = timedelta(hours=26)
_SENT_LATELY = select(Message.recipient_index, Message.tried_at).where(
    Message.recipient_index.in_(bindparam("numbers", expanding=True)),
    Message.kind == Kind.PROGRAMME.value,
    Message.state.in_(MAY_HAVE_COME),
    Message.tried_at > bindparam("since"),
)


class Receivers:
    """Facts about the receivers of a batch, updated while the batch is decided."""

    def __init__(
        self, session: Session, vault: Vault, settings: SmsSettings, now: datetime
    ) -> None:
        self._session = session
        self._index = vault.index
        self._settings = settings
        self._now = now
        self._consents: dict[bytes, dict[str, bool]] = {}
        self._boxed: set[bytes] = set()
        self._sent: defaultdict[bytes, list[datetime]] = defaultdict(list)
        self._budget_left: int | None = None

    def read(self, messages: Sequence[Outgoing]) -> None:
        """Read what is known of the receivers of these messages."""
        indexes = {self._index(one.to) for one in messages}
        self._consents = consents(self._session, indexes)
        self._boxed = served_of(self._session, indexes, self._now)
        programme = {self._index(one.to) for one in messages if one.kind is Kind.PROGRAMME}
        if not programme:
            return
        for row in self._session.connection().execute(
            _SENT_LATELY, {"numbers": list(programme), "since": self._now - _LONGEST_DAY}
        ):
            self._sent[row.recipient_index].append(row.tried_at)
        if self._settings.budget_toea is not None:
            spent = spent_on_programmes(self._session, self._now)
            self._budget_left = self._settings.budget_toea - spent

    def facts(self, message: Outgoing) -> Facts:
        """Return the facts about the receiver of a message."""
        index = self._index(message.to)
        today = 0
        if sent := self._sent.get(index):
            where = ZoneInfo(message.zone)
            here = self._now.astimezone(where).date()
            today = sum(at.astimezone(where).date() == here for at in sent)
        return Facts(
            self._consents.get(index, {}), today, self._budget_left, boxed=index in self._boxed
        )

    def count(self, message: Outgoing, cost: int) -> None:
        """Take into account that a message goes, at a cost in toea."""
        if message.kind is Kind.PROGRAMME:
            self._sent[self._index(message.to)].append(self._now)
            if self._budget_left is not None:
                self._budget_left -= cost
