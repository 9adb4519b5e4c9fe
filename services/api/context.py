"""Per-application dependencies of the routes, stored in `app.extensions`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Event
from typing import Protocol, cast

from flask import current_app

from chain.ports import RecorderStore
from gateway.channels.ussd import Dialled
from gateway.envelope import Answer, Envelope
from gateway.intake import Prepared
from gateway.settings import GatewaySettings
from services.api.limits import RateLimits
from services.api.metrics import Metrics
from services.core.clock import Clock
from services.core.settings import Settings
from services.ledger.probe import LedgerProbe
from services.storage.database import Database
from services.storage.unit_of_work import Unit, Units
from sms.ports import DispatchStore
from sms.settings import SmsSettings

EXTENSION = "bilum"


class UssdHandler(Protocol):
    """One request for USSD: see `gateway.intake.receive_prepared`."""

    def foresee(self, database: Database) -> Callable[[Unit], Prepared[Unit]]:
        """Do what takes long, before any unit of work; return what prepares the request in it."""
        ...


@dataclass(frozen=True, slots=True)
class Context:
    """One application's parts.

    Attributes:
        gateway: settings of the channels.
        database: for reading.
        clock: UTC.
        units: opens units of work.
        answer: acts on one message of a person.
        turn: acts on one request of an operator for USSD.
        recorder: the ledger's outbox.
        dispatch: takes delivery reports.
        ledger: looks at the chain.
        metrics: counters.
        sms: routes, prices, quiet hours.
        standstill_days, permit_provinces: rules for movements without any order.
        keywords: words that livestock's commands begin with, in lower case, and what they mean.
        limits: of requests by token and address.
        development: one person tries it alone.
        settings: all of them; a web process holds no signing key.
        ending: set once the process was told to end: no more requests should come.
    """

    gateway: GatewaySettings
    database: Database
    clock: Clock
    units: Units
    answer: Callable[[Unit, Envelope], Answer]
    turn: Callable[[Dialled], UssdHandler]
    recorder: RecorderStore
    dispatch: DispatchStore
    ledger: LedgerProbe
    metrics: Metrics
    sms: SmsSettings
    standstill_days: int
    permit_provinces: tuple[str, ...]
    keywords: Mapping[str, str]
    limits: RateLimits
    development: bool
    settings: Settings
    ending: Event


def context() -> Context:
    """Return the parts of the application that handles this request."""
    return cast("Context", current_app.extensions[EXTENSION])
