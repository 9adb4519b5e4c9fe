"""Errors of reader sessions."""

from collections.abc import Mapping

from services.core.errors import Conflict, Invalid, NotFound


class NoSession(NotFound):
    """A session of which nothing has come."""

    detail = "This device has sent no scans of such a session: send them first"


class SessionConfirmed(Conflict):
    """A session that was confirmed before; it is confirmed once."""

    detail = "The session is confirmed already, as {kind}: begin another session"


class ReviewChanged(Conflict):
    """The plan has changed since the person's review."""

    detail = "Since the review something has changed: review it again, then confirm"


class TooManyScans(Invalid):
    """More lines than one session may hold."""

    detail = "A session holds at most {most} lines: confirm it, and begin another"


class NothingToRecord(Invalid):
    """A confirmation by which no animal would be recorded."""

    detail = "No animal of the session can be recorded so: the review tells why"


class WrongFields(Invalid):
    """Members of a body that say nothing about this session; `fields` names them.

    Another code than that of a body of a wrong shape, which uses no counter of the device.
    """

    def __init__(self, fields: Mapping[str, object]) -> None:
        super().__init__("Some fields are wrong: see errors", fields)
