"""Forms of settings, variables declared in them, and their reader, which collects every fault."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import time
from ipaddress import ip_address, ip_network
from math import inf
from pathlib import Path
from typing import Generic, TypeVar

from services.core.geography import PROVINCES
from services.core.keyring import read_ring
from sms.routing import Route

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

_LAST_PORT = 65_535
_ADDRESS_LENGTH = 42
_SHORTEST_SECRET = 16
_NONE = "none"
# Two letters of ISO 3166, all, or the start of special numbers.
_COUNTRY = re.compile(r"[A-Z]{2}|\*|\+[1-9][0-9]{2,14}")
_PHONE, _EVERYWHERE = re.compile(r"\+?[0-9](?: ?[0-9]){2,14}"), "*"
_PATTERN = re.compile(r"\+[1-9][0-9]{0,14}\*?")


@dataclass(frozen=True, slots=True)
class Form(Generic[T_co]):
    """Form of a setting's text.

    Attributes:
        name: ends the sentence "NAME must be …".
        parse: raises ValueError for text of another form.
    """

    name: str
    parse: Callable[[str], T_co]


def maybe(form: Form[T]) -> Form[T | None]:
    """Return the form of a setting that may be absent: it is None then."""
    return Form(form.name, lambda text: form.parse(text) if text else None)


def by_channel(form: Form[T], example: str) -> Form[dict[str, T]]:
    """Return the form of one value for each channel: `kannel 12, twilio 60`."""

    def parse(text: str) -> dict[str, T]:
        pairs = (row.split() for row in _names(text))
        return {channel: form.parse(value) for channel, value in pairs}

    return Form(f"such as: {example}", parse)


def _checked(name: str, parse: Callable[[str], T], holds: Callable[[T], bool]) -> Form[T]:
    """Return the form of a value for which something holds."""

    def parse_checked(text: str) -> T:
        value = parse(text)
        if not holds(value):
            raise ValueError
        return value

    return Form(name, parse_checked)


def _switch(text: str) -> bool:
    if text not in {"0", "1"}:
        raise ValueError
    return text == "1"


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _names_or_none(text: str) -> tuple[str, ...]:
    names = _names(text)
    return () if names == (_NONE,) else names


def _address(text: str) -> str:
    if len(text) != _ADDRESS_LENGTH or not text.startswith("0x"):
        raise ValueError
    bytes.fromhex(text[2:])
    return text


def _routes(text: str) -> tuple[Route, ...]:
    rows = [row.split() for row in _names(text)]
    if not all(len(row) > 1 and row[0].startswith("+") for row in rows):
        raise ValueError
    return tuple(Route(row[0], tuple(row[1:])) for row in rows)


def _countries(text: str) -> tuple[str, ...]:
    names = _names(text.upper())
    if not names or not all(map(_COUNTRY.fullmatch, names)):
        raise ValueError
    return names


def _numbers(text: str) -> tuple[str, ...]:
    numbers = _names(text.replace(" ", ""))
    if not all(map(_PATTERN.fullmatch, numbers)):
        raise ValueError
    return numbers


def _offices(text: str) -> dict[str, str]:
    offices = {}
    for row in _names(text):
        place, _, phone = row.partition(":")
        place, phone = " ".join(place.split()), " ".join(phone.split())
        if place not in {*PROVINCES, _EVERYWHERE} or not _PHONE.fullmatch(phone):
            raise ValueError
        offices[place] = phone
    return offices


def _hours(text: str) -> tuple[time, time]:
    start, end = text.split("-")
    return time.fromisoformat(start.strip()), time.fromisoformat(end.strip())


NAME = Form("a name", str)
TEXT = maybe(NAME)
FOLDER = Form("a folder", lambda text: Path(text).expanduser().absolute())
FILE = maybe(Form("a file", Path))
KEY = maybe(Form("64 hexadecimal digits", read_ring))
PORT = _checked("a port from 1 to 65535", int, lambda port: 1 <= port <= _LAST_PORT)
SWITCH = Form("1 or 0", _switch)
NATURAL = _checked("a whole number from 1", int, lambda number: number >= 1)
COUNT = _checked("a whole number from 0", int, lambda number: number >= 0)
SECONDS = _checked("a number of seconds", float, lambda number: 0 <= number < inf)
RATE = _checked("a number above 0", float, lambda number: 0 < number < inf)
NAMES = Form("names", _names)
NAMES_OR_NONE = Form(f"names, or {_NONE}", _names_or_none)
URL = _checked(
    "an http or https address",
    lambda text: text.rstrip("/"),
    lambda url: url.startswith(("http://", "https://")),
)
BROKER = maybe(
    _checked("an amqp address", str, lambda url: url.startswith(("amqp://", "amqps://")))
)
ADDRESS = maybe(Form("0x and 40 hexadecimal digits", _address))
SECRET = maybe(_checked("at least 16 characters", str, lambda text: len(text) >= _SHORTEST_SECRET))
IP_ADDRESS = Form("an address such as 127.0.0.1", lambda text: str(ip_address(text)))
NETWORKS = Form("addresses or networks", lambda text: tuple(map(ip_network, _names(text))))
ROUTES = Form("such as: +675 kannel twilio, + twilio", _routes)
COUNTRIES = Form("such as: PG, AU", _countries)
NUMBERS = Form("such as: +67570009999, +675321*", _numbers)
OFFICES = Form("such as: Jiwaka: +675 542 1000, *: 180 1332", _offices)
HOURS = Form("such as 21:00-07:00", _hours)


@dataclass(frozen=True, slots=True)
class Variable(Generic[T_co]):
    """Declaration of one environment variable, the only one.

    Attributes:
        name: with its prefix.
        form: of its text.
        help: one sentence for `.env.example`.
        default: the text that holds when the variable is absent; empty: nothing.
        secret: never shown; best given as `NAME_FILE`.
    """

    name: str
    form: Form[T_co]
    help: str
    default: str = ""
    secret: bool = False


def secret(name: str, form: Form[T], told: str) -> Variable[T]:
    """Declare a variable that is never shown."""
    return Variable(name, form, told, secret=True)


class SettingReader:
    """Reader of an environment; any variable may come as `NAME_FILE`, the path of its file.

    `faults` has a sentence for each setting that is wrong.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.faults: list[str] = []

    def __call__(self, variable: Variable[T]) -> T:
        """Read a variable; a wrong one is a fault, and reads as its default."""
        name, form = variable.name, variable.form
        given = self._environ.get(name) or self._from_file(name) or ""
        try:
            return form.parse(given.strip() or variable.default)
        except ValueError:
            self.faults.append(f"{name} must be {form.name}")
            return form.parse(variable.default)

    def refuse(self, names: Mapping[str, str]) -> None:
        """Name what is set and must not be, each with the reason and what to do."""
        self.faults += [f"{name} {why}" for name, why in names.items() if self._environ.get(name)]

    def _from_file(self, name: str) -> str | None:
        path = self._environ.get(f"{name}_FILE")
        if not path:
            return None
        try:
            return Path(path).read_text(encoding="utf-8")
        except OSError as error:
            self.faults.append(f"{name}_FILE cannot be read: {error.strerror}")
        except UnicodeDecodeError:
            self.faults.append(f"{name}_FILE cannot be read: it is not UTF-8 text")
        return None
