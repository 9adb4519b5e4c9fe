"""Browser state before anybody is signed in: language, form token, who signed in here.

Flask's own signed cookie, for paths of the console alone. Its key follows from the data key, so it
outlives a restart and every web process knows it.
"""

from flask import Flask, Request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer

from services.api.context import EXTENSION, Context

PREFIX = "/console"
_FIRST, _API, _REFERENCE = "/", "/api", "/api/reference/"
COOKIE = "__Host-bilum-form"
_KEY = b"console/browser-session/1"
_KNOWN, _LANGUAGE, _MOST_KNOWN = "known", "language", 20


class BrowserSessions(SecureCookieSessionInterface):
    """Sessions of browsers at our pages; elsewhere there are none."""

    def get_cookie_name(self, app: Flask) -> str:  # noqa: ARG002 — the base class's signature
        """Return a name that no other host of the domain can set (RFC 6265bis, 4.1.3.2)."""
        return COOKIE

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002 — as above
        """Send it by HTTPS alone."""
        return True

    def get_cookie_samesite(self, app: Flask) -> str:  # noqa: ARG002 — as above
        """Send it with requests of our own pages alone."""
        return "Strict"

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer:
        """Return what signs the cookie."""
        return URLSafeTimedSerializer(
            signing_key(app.extensions[EXTENSION]),
            salt=self.salt,
            serializer=self.serializer,
            signer_kwargs={
                "key_derivation": self.key_derivation,
                "digest_method": self.digest_method,
            },
        )

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Read the cookie of a page; of other paths there is no session."""
        if not is_page(request.path):
            return None
        return super().open_session(app, request)


def is_page(path: str) -> bool:
    """Tell whether a path is that of a page with a frame, on which one may choose a language."""
    return path in {PREFIX, _FIRST, _API} or path.startswith((f"{PREFIX}/", _REFERENCE))


def signing_key(here: Context) -> str:
    """Return the key that signs cookies and form tokens."""
    return here.database.vault.digest(_KEY).hex()


def begin_anew(party: str) -> None:
    """Forget the form token of before the sign-in, and note who signed in here."""
    kept = {_LANGUAGE: session[_LANGUAGE]} if _LANGUAGE in session else {}
    others = [one for one in session.get(_KNOWN, []) if one != party]
    session.clear()
    session.update(kept)
    session[_KNOWN] = [*others, party][-_MOST_KNOWN:]
    session.permanent = True


def is_known(party: str) -> bool:
    """Tell whether a party signed in from this browser before."""
    return party in session.get(_KNOWN, [])


def chosen_language() -> str | None:
    """Return the language that was chosen in this browser."""
    found: str | None = session.get(_LANGUAGE)
    return found


def choose_language(language: str) -> None:
    """Keep a language for this browser."""
    session[_LANGUAGE] = language
    session.permanent = True
