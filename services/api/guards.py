"""Guards of routes, one for each, run before anything else of it; the party behind a token."""

import hmac
from collections.abc import Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from typing import ClassVar, Protocol
from urllib.parse import urlsplit

from flask import g, request
from sqlalchemy.orm import Session

from gateway.channels.shared import SECRET_HEADER, SECRET_PARAMETER
from gateway.channels.twilio import SIGNATURE_HEADER
from gateway.devices import SIGNATURE_HEADER as DEVICE_SIGNATURE
from services.api.context import Context, context
from services.api.tokens import Holder, find_holder, note_use
from services.core.errors import Forbidden, NotFound, Unauthorized, Unavailable
from services.core.roles import Role, Scope
from services.core.settings import is_loopback
from services.storage.read_log import ReadSubject, RecordReader, note_access

_OR_BY = f"; by HTTP Basic, as its password, or as the parameter `{SECRET_PARAMETER}` as well."

# Names of security schemes (OpenAPI 3.1, "Security Scheme Object") and what they are.
SCHEMES: Mapping[str, Mapping[str, str]] = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "From `bilum token create --role ROLE`; the roles of a route, and the scope "
        "that it needs, are listed with it.",
    },
    "twilio": {
        "type": "apiKey",
        "in": "header",
        "name": SIGNATURE_HEADER,
        "description": "Base64 of HMAC-SHA1 over the public address and the sorted fields.",
    },
    "device": {
        "type": "apiKey",
        "in": "header",
        "name": DEVICE_SIGNATURE,
        "description": "Ed25519 over method, path, body, device, key, counter and time; see "
        "docs/devices.md. The headers Bilum-Device, Bilum-Key, Bilum-Counter and Bilum-Time tell "
        "those.",
    },
    "kannel": {
        "type": "apiKey",
        "in": "header",
        "name": SECRET_HEADER,
        "description": f"The value of BILUM_KANNEL_SECRET{_OR_BY}",
    },
    "africastalking": {
        "type": "apiKey",
        "in": "header",
        "name": SECRET_HEADER,
        "description": f"The value of BILUM_AFRICASTALKING_SECRET{_OR_BY} The request must also "
        "come from BILUM_AFRICASTALKING_SOURCES, where that is set.",
    },
    "ussd": {
        "type": "apiKey",
        "in": "header",
        "name": SECRET_HEADER,
        "description": "The operator's secret in BILUM_USSD, or else the value of "
        f"BILUM_USSD_SECRET{_OR_BY} The request must also come from the operator's networks, where "
        "those are set.",
    },
}


class Guard(Protocol):
    """The authentication decision of one route."""

    @property
    def security(self) -> Sequence[Mapping[str, Sequence[str]]]:
        """The decision as OpenAPI writes it: Security Requirement Objects."""
        ...

    @property
    def refusals(self) -> Sequence[HTTPStatus]:
        """Statuses that it answers with."""
        ...

    def admit(self, here: Context) -> None:
        """Return if the request of this thread may go on; raise if not."""
        ...


class Public:
    """Anyone may call it, for the reason that is given."""

    security: ClassVar[Sequence[Mapping[str, Sequence[str]]]] = ()
    refusals: ClassVar[Sequence[HTTPStatus]] = ()

    def __init__(self, reason: str) -> None:
        self.reason = reason

    def admit(self, here: Context) -> None:
        """Let the request go on."""


class Development(Public):
    """Anyone may call it who tries the program alone; elsewhere nothing is there."""

    refusals: ClassVar[Sequence[HTTPStatus]] = (HTTPStatus.NOT_FOUND,)

    def admit(self, here: Context) -> None:
        """Let the request go on in development mode, by this machine's own name.

        Raises:
            NotFound: this is not development mode, or the address has another name: a page of
                somebody else's may have its name lead to this machine, and ask in the browser.
        """
        if not here.development or not is_loopback(urlsplit(request.host_url).hostname or ""):
            raise NotFound("There is nothing at this address")


class Watchers(Public):
    """Programs of this machine may call it, and of others those that have the token for it."""

    refusals: ClassVar[Sequence[HTTPStatus]] = (HTTPStatus.UNAUTHORIZED,)

    def admit(self, here: Context) -> None:
        """Let the request go on.

        Raises:
            Unauthorized: it comes from elsewhere, or through a proxy, without the token.
        """
        passed_on = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
        if is_loopback(request.remote_addr or "") and not passed_on:
            return
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        wanted = here.settings.metrics_token
        if wanted is None or not hmac.compare_digest(given.encode(), wanted.encode()):
            raise Unauthorized("Only this machine may read it, or a caller with the token for it")


class Roles:
    """Holders of a token with one of these roles may call it."""

    refusals: ClassVar[Sequence[HTTPStatus]] = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)

    def __init__(self, *roles: Role, scope: Scope | None = None) -> None:
        self.roles, self.scope = frozenset(roles), scope

    def within(self, scope: Scope) -> "Roles":
        """Return the guard of a route that needs a scope."""
        return type(self)(*self.roles, scope=scope)

    def holder(self, here: Context) -> Holder:
        """Return whose token the request carries.

        Raises:
            Unauthorized: there is none, it is not known, or it expired.
        """
        return _holder(here)

    @property
    def security(self) -> Sequence[Mapping[str, Sequence[str]]]:
        """The roles and the scope, which OpenAPI 3.1 allows beside a bearer token."""
        needed = [f"scope:{self.scope}"] if self.scope else []
        return ({"token": [*sorted(role.value for role in self.roles), *needed]},)

    def admit(self, here: Context) -> None:
        """Look the token up; `g.holder` tells the views whose it is.

        Raises:
            Unauthorized: there is none, it is not known, or it expired.
            Forbidden: its role, its party's role or its scopes do not allow this.
        """
        holder = self.holder(here)
        g.holder, g.token_id = holder, holder.token_id
        g.party_id, g.party_public_id = holder.party_id, holder.party_public_id
        if holder.role not in self.roles:
            raise Forbidden(f"A token of the role {holder.role} may not do this")
        if self.scope not in holder.scopes:
            raise Forbidden(
                f"This token has no scope {self.scope}: it has {', '.join(sorted(holder.scopes))}"
            )


def _holder(here: Context) -> Holder:
    given = request.authorization
    if given is None or given.type != "bearer" or not given.token:
        raise Unauthorized("Send a token: Authorization: Bearer bilum_…")
    now = here.clock()
    with here.database.read() as session:
        holder = find_holder(session, given.token, now)
    if holder is None:
        raise Unauthorized("The token is not known, or was revoked")
    if holder.last_used_on != now.date():
        # Once a day a token. That nobody may write now is no reason to refuse a reader.
        with suppress(Unavailable), here.database.write(exclusive=False) as session:
            note_use(session, holder.token_id, now.date())
    return holder


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
    reader, now = RecordReader(g.party_id, g.token_id), g.get("acting_at") or context().clock()
    for read in reads:
        note_access(session, reader, read, what, now)
    session.flush()
    g.setdefault("reads", []).extend(reads)


def note_undone_reads() -> None:
    """Note what this request read again, in a transaction of its own: the first was undone."""
    # A unit of work that lost to another has read twice.
    if reads := dict.fromkeys(g.pop("reads", ())):
        with context().database.write(exclusive=False) as session:
            note_read(session, *reads)
