"""The party behind a request's token."""

from __future__ import annotations

from flask import g, request
from sqlalchemy.orm import Session

from services.api.context import context
from services.core.errors import Forbidden
from services.storage.read_log import ReadSubject, RecordReader, note_access


def own_party() -> int:
    """Return the database key of the party that the token belongs to.

    Raises:
        Forbidden: it belongs to none.
    """
    party: int | None = g.party_id
    if party is None:
        raise Forbidden("This token belongs to no party: make one with --phone or --party")
    return party


def note_read(session: Session, *reads: ReadSubject) -> None:
    """Note that the holder of this request's token reads records, in the same transaction."""
    rule = request.url_rule
    # The rule, not the address: what stands in an address may be somebody's.
    what = f"{request.method} {rule.rule if rule else ''}"
    reader, now = RecordReader(g.party_id, g.token_id), context().clock()
    for read in reads:
        note_access(session, reader, read, what, now)
    session.flush()
