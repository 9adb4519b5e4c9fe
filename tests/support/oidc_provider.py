"""A provider of OpenID Connect in this process, which tells whatever a test wants it to tell."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

from flask import Flask, redirect, request
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.support.web import on_socket

if TYPE_CHECKING:
    from collections.abc import Iterator

CLIENT, SECRET = "bilum", "a secret of the provider"


@dataclass
class Provider:
    """`claims` and `key` change the next identity token; `asked`: what came, newest last."""

    base: str = ""
    claims: dict[str, object] = field(default_factory=dict)
    now: float = 0
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1"}))
    signs_with: RSAKey | None = None
    asked: list[dict[str, str]] = field(default_factory=list)
    tokens: list[dict[str, str]] = field(default_factory=list)
    looked: int = 0

    def app(self) -> Flask:
        app = Flask("provider")
        app.add_url_rule("/.well-known/openid-configuration", view_func=self.configuration)
        app.add_url_rule("/keys", view_func=self.keys)
        app.add_url_rule("/authorize", view_func=self.authorize)
        app.add_url_rule("/token", view_func=self.token, methods=["POST"])
        return app

    def configuration(self):
        self.looked += 1
        return {
            "issuer": self.base,
            "authorization_endpoint": f"{self.base}/authorize",
            "token_endpoint": f"{self.base}/token",
            "jwks_uri": f"{self.base}/keys",
        }

    def keys(self):
        return {"keys": [self.key.as_dict(private=False)]}

    def authorize(self):
        """Send the browser back at once, as for somebody who is signed in there."""
        self.asked.append(request.args.to_dict())
        told = urlencode({"code": "a-code", "state": request.args["state"]})
        return redirect(f"{request.args['redirect_uri']}?{told}")

    def token(self):
        self.tokens.append(request.form.to_dict())
        return {"access_token": "x", "token_type": "Bearer", "id_token": self.identity()}

    def identity(self) -> str:
        claims = {
            "iss": self.base,
            "aud": CLIENT,
            "sub": "somebody",
            "nonce": self.asked[-1]["nonce"] if self.asked else "",
            "iat": int(self.now),
            "exp": int(self.now) + 300,
            **self.claims,
        }
        return jwt.encode({"alg": "RS256", "kid": "1"}, claims, self.signs_with or self.key)


@contextmanager
def provider(now: float) -> Iterator[Provider]:
    """Run one; `now`: seconds since 1970, as its tokens tell."""
    made = Provider(now=now)
    with on_socket(made.app()) as base:
        made.base = base
        yield made


def answered(provider: Provider, address: str) -> str:
    """Go to the provider as a browser does; return the path that it sends the browser back to."""
    told = {name: many[0] for name, many in parse_qs(urlsplit(address).query).items()}
    provider.asked.append(told)
    return f"{urlsplit(told['redirect_uri']).path}?" + urlencode(
        {"code": "a-code", "state": told["state"]}
    )
