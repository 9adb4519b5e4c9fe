"""USSD operators: names of their form fields, and marks of an answer."""

import re
import tomllib
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, NamedTuple

Network = IPv4Network | IPv6Network

SHORTEST_SECRET = 16
_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
_PREFIX = ("CON ", "END ")


class Proof(NamedTuple):
    """Proof that requests of a channel without signatures must bring.

    Attributes:
        secret: what each carries; None: the channel is off.
        sources: networks that they come from; empty: any.
    """

    secret: str | None = None
    sources: tuple[Network, ...] = ()


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator, or the company between an operator and us.

    Attributes:
        name: in the address: `/gateway/ussd/<name>`.
        session, number, text: names of the fields that hold the session's id, the phone's number
            and what was typed.
        service: name of the field that holds the code that was dialled, if there is one.
        step: name of the field that numbers the requests of a session, where `text` holds only what
            was typed last; None: `text` holds all that was typed, with `*` between.
        header: name of the header that tells whether a session goes on; None: the answer's
            beginning tells.
        go_on, end: what is written there.
        proof: what its requests bring.
    """

    name: str
    session: str
    number: str
    text: str
    service: str | None = None
    step: str | None = None
    header: str | None = None
    go_on: str = _PREFIX[0]
    end: str = _PREFIX[1]
    proof: Proof = field(default=Proof(), repr=False)

    @property
    def channel(self) -> str:
        """The name of its channel."""
        return f"ussd-{self.name}"


# Africa's Talking, "USSD", "Handle USSD requests".
AFRICASTALKING = Operator("africastalking", "sessionId", "phoneNumber", "text", "serviceCode")

_FIELDS = ("session", "number", "text")
_MORE = ("name", *_FIELDS, "service", "step", "header", "go_on", "end", "secret", "sources")


def read_operators(
    text: str, secret: str | None = None, sources: tuple[Network, ...] = ()
) -> tuple[Operator, ...]:
    """Read operators from TOML, an `[[operator]]` each; Africa's Talking is always there.

    Args:
        text: the document; empty: none.
        secret: of those that have none of their own.
        sources: networks of Africa's Talking.

    Raises:
        ValueError: with a sentence that tells what is wrong.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"it is not TOML: {error}") from error
    told = document.pop("operator", [])
    if document or not isinstance(told, list):
        raise ValueError("it holds something besides [[operator]]")
    found = {AFRICASTALKING.name: replace(AFRICASTALKING, proof=Proof(secret, sources))}
    for number, one in enumerate(told, start=1):
        try:
            operator = _operator(one, secret)
        except ValueError as error:
            raise ValueError(f"operator {number}: {error}") from error
        if operator.name in found:
            raise ValueError(f"operator {number}: {operator.name} is there already")
        found[operator.name] = operator
    return tuple(found.values())


def _operator(told: Any, secret: str | None) -> Operator:  # noqa: ANN401 — of TOML
    if not isinstance(told, dict):
        raise ValueError("it is no table")  # noqa: TRY004 — as every fault of a setting
    unknown = sorted(told.keys() - {*_MORE})
    if unknown:
        raise ValueError(f"{unknown[0]} means nothing: there are {', '.join(_MORE)}")
    texts = {name: _text(told, name) for name in _MORE if name in told and name != "sources"}
    lacking = [name for name in ("name", *_FIELDS) if name not in texts]
    if lacking:
        raise ValueError(f"{lacking[0]} is missing")
    if not _NAME.fullmatch(texts["name"]):
        raise ValueError("its name is up to 32 small letters, digits and dashes")
    own = texts.pop("secret", secret)
    if own is not None and len(own) < SHORTEST_SECRET:
        raise ValueError(f"its secret is at least {SHORTEST_SECRET} characters")
    if "header" in texts and not {"go_on", "end"} <= texts.keys():
        raise ValueError("beside header, tell what go_on and end write into it")
    return Operator(**texts, proof=Proof(own, _networks(told.get("sources", []))))


def _text(told: dict[str, Any], name: str) -> str:
    value = told[name]
    if not isinstance(value, str) or not value or not value.isascii() or not value.isprintable():
        raise ValueError(f"{name} is a text of ASCII")
    return value


def _networks(told: Any) -> tuple[Network, ...]:  # noqa: ANN401 — of TOML
    wrong = "sources is a list of addresses or networks"
    if not isinstance(told, list) or not all(isinstance(one, str) for one in told):
        raise ValueError(wrong)
    try:
        return tuple(map(ip_network, told))
    except ValueError as error:
        raise ValueError(wrong) from error
