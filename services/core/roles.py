"""Roles: the permissions of a party or a token."""

from enum import StrEnum


class Role(StrEnum):
    """Roles: the permissions of a party or a token."""

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
"""Staff of health programmes. Of livestock they see only what everybody sees."""
