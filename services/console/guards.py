"""The guard of pages: a session in place of a token, and then the same decisions."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from flask import g, request

from services.api.context import Context
from services.api.guards import Roles
from services.api.tokens import Holder
from services.console.errors import SignInNeeded
from services.console.sessions import BY_ITSELF, COOKIE, find_session
from services.core.roles import Role


class SignedIn(Roles):
    """People who are signed in, with one of these roles."""

    security: ClassVar[Sequence[Mapping[str, Sequence[str]]]] = ()

    def holder(self, here: Context) -> Holder:
        """Return whose session the request's cookie names; a token of the API is none.

        Raises:
            SignInNeeded: nobody's, or it is over.
        """
        secret = request.cookies.get(COOKIE)
        alone = BY_ITSELF in request.headers
        person = find_session(here, secret, alone=alone) if secret else None
        if person is None:
            raise SignInNeeded
        g.person = person
        return person.holder


ANYBODY = SignedIn(*Role)
