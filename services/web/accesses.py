"""Readings of people's records through the API: each is noted with the token that read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import g, request

from services.storage.access import Reader, note_access
from services.web.context import context

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from services.storage.access import Read


def note_read(session: Session, *reads: Read) -> None:
    """Note that the holder of this request's token reads records, in the same transaction."""
    rule = request.url_rule
    # The rule, not the address: what stands in an address may be somebody's.
    what = f"{request.method} {rule.rule if rule else ''}"
    reader, now = Reader(g.party_id, g.token_id), context().clock()
    for read in reads:
        note_access(session, reader, read, what, now)
    session.flush()
