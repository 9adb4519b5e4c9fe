"""Whose the token of a request is."""

from __future__ import annotations

from flask import g

from services.errors import Forbidden


def own_party() -> int:
    """Return the database key of the party that the token belongs to.

    Raises:
        Forbidden: it belongs to none.
    """
    party: int | None = g.party_id
    if party is None:
        raise Forbidden("This token belongs to no party: make one with --phone or --party")
    return party
