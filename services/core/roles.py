"""Roles and scopes: the permissions of a party or a token."""

from enum import StrEnum


class Role(StrEnum):
    """Roles: the permissions of a party or a token."""

    KEEPER = "keeper"
    RECORDER = "recorder"
    INSPECTOR = "inspector"
    VETERINARY_OFFICER = "veterinary-officer"
    ABATTOIR = "abattoir"
    AUDITOR = "auditor"
    POLICE = "police"
    ADMINISTRATOR = "administrator"
    PLANNER = "planner"
    APPROVER = "approver"
    CLINICIAN = "clinician"
    HEALTH_ANALYST = "health-analyst"
    HEALTH_OFFICER = "health-officer"


OFFICERS = frozenset({Role.INSPECTOR, Role.VETERINARY_OFFICER, Role.ADMINISTRATOR})

HEALTH = frozenset(
    {Role.PLANNER, Role.APPROVER, Role.CLINICIAN, Role.HEALTH_ANALYST, Role.HEALTH_OFFICER}
)
"""Staff of health programmes. Of livestock they see only what everybody sees."""

DECIDES_SECOND = frozenset(
    {Role.VETERINARY_OFFICER, Role.ADMINISTRATOR, Role.PLANNER, Role.APPROVER}
)
"""Offices of which two people decide: nobody sees the whole invitation of another's."""


class Scope(StrEnum):
    """Parts of what a role may do; a token has all of them, or some."""

    READ = "read"
    """Look animals, places, events, permits, orders, programmes and figures up."""
    REPORT = "report"
    """Report events, places and groups; ask for permits; take documents in; give passports."""
    DECIDE = "decide"
    """Decide on permits, orders, outbreaks and notices; approve programmes and campaigns."""
    SEND = "send"
    """Draft notices, programmes and campaigns; stop campaigns; cancel messages."""
    CARE = "care"
    """See and help people in programmes, their concerns and their messages."""
    PEOPLE = "people"
    """See and change parties, search messages by number, erase events."""


# The roles that may do all that a role may. Everybody may do what a keeper may: with their own.
_BEYOND = {
    Role.RECORDER: {Role.INSPECTOR, Role.VETERINARY_OFFICER, Role.ADMINISTRATOR},
    Role.ABATTOIR: {Role.ADMINISTRATOR},
    Role.INSPECTOR: {Role.VETERINARY_OFFICER, Role.ADMINISTRATOR},
    Role.VETERINARY_OFFICER: {Role.ADMINISTRATOR},
    Role.AUDITOR: {Role.ADMINISTRATOR},
}


def least(one: Role, other: Role) -> Role | None:
    """Return the lesser of two roles; None: neither may do all that the other may."""
    if one is other or Role.KEEPER in (one, other):
        return one if one is other else Role.KEEPER
    if other in _BEYOND.get(one, ()):
        return one
    return other if one in _BEYOND.get(other, ()) else None
