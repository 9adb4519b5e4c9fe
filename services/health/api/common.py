"""Roles, path parameters and helpers shared by the routes of health programmes."""

from __future__ import annotations

from uuid import uuid4

from flask import g

from services.api.context import context
from services.api.guards import Roles, own_party
from services.api.idempotency import CHANNEL, Work
from services.core.roles import HEALTH, Role
from services.health.linting.findings import LintSettings
from services.health.versions.ledger_events import ApprovalAct

READERS = Roles(*HEALTH, Role.AUDITOR)
PLANNERS = Roles(Role.PLANNER)
APPROVERS = Roles(Role.APPROVER)
CLINICIANS = Roles(Role.CLINICIAN)
"""Only they see the record of a person."""

PREFIX = "/api/v1"
CODE_PATTERN = "^[a-z0-9-]{1,32}$"
CODE = {
    "in": "path",
    "name": "code",
    "schema": {"type": "string", "pattern": CODE_PATTERN},
    "description": "Code of a programme.",
    "example": "tobacco",
}


def lint_settings() -> LintSettings:
    """Return the linter's settings of this installation."""
    here = context()
    return LintSettings(here.sms.price_toea, here.sms.daily_cap, here.keywords)


def approval_act(work: Work, reference: str) -> ApprovalAct:
    """Return the act of approving or withdrawing by this request.

    Raises:
        Forbidden: the token belongs to nobody.
    """
    party = own_party()
    return ApprovalAct(reference, party, uuid4(), CHANNEL, g.party_public_id, work.now)
