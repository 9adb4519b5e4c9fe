"""What a party or a token may do."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a party or a token may do."""

    KEEPER = "keeper"
    RECORDER = "recorder"
    INSPECTOR = "inspector"
    VETERINARY_OFFICER = "veterinary-officer"
    ABATTOIR = "abattoir"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    PLANNER = "planner"
    APPROVER = "approver"
    CLINICIAN = "clinician"
    HEALTH_ANALYST = "health-analyst"


OFFICERS = frozenset({Role.INSPECTOR, Role.VETERINARY_OFFICER, Role.ADMINISTRATOR})

HEALTH = frozenset({Role.PLANNER, Role.APPROVER, Role.CLINICIAN, Role.HEALTH_ANALYST})
"""Who work with health programmes. Of livestock they see what anybody sees."""
