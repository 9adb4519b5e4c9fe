"""What the routes of orders, notices and outbreaks share: who may, and whose act it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from flask import g

from services.api.context import context
from services.api.guards import Roles
from services.api.idempotency import Work
from services.core.roles import OFFICERS, Role
from services.livestock.api.common import act_of
from services.livestock.control.notices import Officer
from services.livestock.domain.model import local_day

WRITE = Roles(Role.VETERINARY_OFFICER, Role.ADMINISTRATOR)
READ = Roles(*OFFICERS, Role.AUDITOR)


def officer_of(work: Work) -> Officer:
    """Return who acts by a request."""
    return Officer(g.party_id, act_of(work))


def this_day(asked: Mapping[str, date | None]) -> date:
    """Return the local day that a query names, today where it names none."""
    return asked["on"] or local_day(context().clock())
