"""A ministry's own sign-in: OpenID Connect Core 1.0, code flow with PKCE (RFC 7636)."""

import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple, cast

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization
from requests import RequestException

from services.console.errors import ProviderDown
from services.core.settings import OidcSettings

_DISCOVERY = "/.well-known/openid-configuration"
_SECONDS = 10
# OpenID Connect Core, 3.1.3.7: never `none`, and never one that our own secret could sign.
_ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
_LEEWAY = 120
_BYTES = 32


class Flight(NamedTuple):
    """A way to the provider and back, kept by the browser in between.

    Attributes:
        state, nonce, verifier: drawn by chance; they tie an answer to its question.
        next: the path to go on to.
        invitation: code of the invitation that is taken up; empty: none.
    """

    state: str
    nonce: str
    verifier: str
    next: str
    invitation: str


class Provider(NamedTuple):
    """A provider: our settings, what it tells of itself, and the address of our way back."""

    settings: OidcSettings
    told: Mapping[str, Any]
    back: str


def begin_flight(path: str, invitation: str = "") -> Flight:
    """Draw what ties an answer to its question."""
    state, nonce, verifier = (secrets.token_urlsafe(_BYTES) for _ in range(3))
    return Flight(state, nonce, verifier, path, invitation)


def discover(settings: OidcSettings) -> Mapping[str, Any]:
    """Return what a provider tells of itself (OpenID Connect Discovery 1.0).

    Raises:
        ProviderDown: it does not answer, or another does in its place (section 4.3).
    """
    with OAuth2Session() as client:
        found = _get(client, settings.issuer.rstrip("/") + _DISCOVERY)
    if found.get("issuer") != settings.issuer:
        raise ProviderDown
    return found


def provider_address(provider: Provider, flight: Flight) -> str:
    """Return the provider's address to send the browser to."""
    with _client(provider) as client:
        address, _ = client.create_authorization_url(
            provider.told["authorization_endpoint"],
            state=flight.state,
            nonce=flight.nonce,
            code_verifier=flight.verifier,
        )
    return cast("str", address)


def read_identity(provider: Provider, flight: Flight, code: str, now: datetime) -> bytes | None:
    """Return the digest of whom a code stands for; None: of nobody, or not for us.

    Raises:
        ProviderDown: it does not answer.
    """
    settings, found = provider.settings, provider.told
    with _client(provider) as client:
        try:
            told = client.fetch_token(
                found["token_endpoint"], code=code, code_verifier=flight.verifier, timeout=_SECONDS
            )
            keys = KeySet.import_key_set(
                cast("KeySetSerialization", _get(client, found["jwks_uri"]))
            )
            claims = jwt.decode(told["id_token"], keys, algorithms=list(_ALGORITHMS)).claims
            _rules(settings, flight, now).validate(claims)
        except RequestException as error:
            raise ProviderDown from error
        except (AuthlibBaseError, JoseError, LookupError, TypeError, ValueError):
            return None
    return digest_of(settings.issuer, str(claims["sub"]))


def digest_of(issuer: str, subject: str) -> bytes:
    """Return what is kept of a person at a provider."""
    return sha256(json.dumps([issuer, subject]).encode()).digest()


def _rules(settings: OidcSettings, flight: Flight, now: datetime) -> jwt.JWTClaimsRegistry:
    return jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=_LEEWAY,
        iss={"essential": True, "value": settings.issuer},
        aud={"essential": True, "value": settings.client_id},
        nonce={"essential": True, "value": flight.nonce},
        exp={"essential": True},
        sub={"essential": True},
    )


def _client(provider: Provider) -> OAuth2Session:
    return OAuth2Session(
        provider.settings.client_id,
        provider.settings.client_secret,
        scope="openid",
        redirect_uri=provider.back,
        code_challenge_method="S256",
    )


def _get(client: OAuth2Session, address: str) -> dict[str, Any]:
    try:
        answer = client.request("GET", address, withhold_token=True, timeout=_SECONDS)
        answer.raise_for_status()
        return cast("dict[str, Any]", answer.json())
    except RequestException as error:
        raise ProviderDown from error
