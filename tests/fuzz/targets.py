"""What is fuzzed: one list. A target raises nothing but what it documents, and ends in time.

To add one: a name, the strategy of its inputs, and a function of one input that calls what is
tested, with the errors that it documents. `make fuzz` runs all; a part of it is a normal test.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_from_bytes

from hypothesis import strategies as st

from gateway.argument_parsers import receipt
from gateway.channels import africastalking, kannel, twilio
from gateway.channels.senders import is_e164, is_phone
from gateway.dates import day, read_day
from gateway.errors import (
    BadSignature,
    MalformedMessage,
    NotASessionFile,
    ReadingError,
    ScanError,
)
from gateway.grammar import Understood
from gateway.multipart import Part, PartPosition, join, read_header
from gateway.readers.files import decode
from gateway.readers.frames import read_frame
from gateway.readers.lines import read_lines
from gateway.readers.presets import presets
from gateway.readers.sessions import read_session
from gateway.settings import GatewaySettings
from gateway.tags import from_hex, read_identifier
from services.health.conversation.answer_parser import read_answer
from services.health.conversation.member import ActiveProgramme
from services.health.format.parser import read_programme
from services.health.versions.store import shipped, shipped_text
from services.livestock.domain.movement_decision import Policy
from services.livestock.sms_commands.symptoms import signs_in
from services.runtime.command_catalogue import make_conversation
from tests.fuzz import screens
from tests.fuzz.inputs import any_octets, any_text, long_text, message, mutated
from tests.toy.water import Water

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.readers.scans import Readings

NOW = datetime(2026, 11, 25, 1, 2, 3, tzinfo=UTC)
_TODAY = date(2026, 11, 25)
_NUMBER = "+67570000001"
_ID = "4549ced3-00d5-46b2-923a-1072292e6f50"


@dataclass(frozen=True)
class Target:
    """One thing that reads what strangers send.

    Attributes:
        name: of letters, digits and dashes.
        inputs: what it is given.
        run: reads one input; what it asserts holds for all.
        documented: the errors that it may raise.
        bound: seconds of CPU for one input.
    """

    name: str
    inputs: st.SearchStrategy[Any]
    run: Callable[[Any], object]
    documented: tuple[type[Exception], ...] = ()
    bound: float = 0.05

    def __call__(self, given: Any) -> None:
        """Read one input; an error that is not documented is raised."""
        try:
            self.run(given)
        except self.documented:
            return


def parse(given: tuple[str, str | None]) -> None:
    """Understand a message as pigs, all shipped health programmes and water points together."""
    found = _conversation()._book.parse(*given)
    assert found.language in {"en", "tpi"}
    if isinstance(found, Understood):
        names = {argument.name for argument in found.phrase.arguments}
        assert set(found.arguments) == names


def answer(given: tuple[str, int]) -> None:
    """Read a message as the answer to one of the questions of the programmes."""
    text, number = given
    questions = _questions()
    read_answer(questions[number % len(questions)], text, _TODAY)


def days(text: str) -> None:
    """Read a day off the front, and as all of a text."""
    day(text)
    read_day(text, _TODAY)


def signs(text: str) -> None:
    """Read what people say of a sick pig."""
    signs_in(text.split())


def _is_sender(sender: str) -> bool:
    """Tell a phone with its country code, a name or a short code from anything else."""
    return is_e164(sender) or (not is_phone(sender) and bool(sender.strip()))


def kannel_mo(given: tuple[bytes, bytes | None]) -> None:
    """Read Kannel's call of an SMS."""
    query, body = given
    told = kannel.read_mo(query, body, NOW)
    assert _is_sender(told.sender)
    if isinstance(told, Part):
        assert join([told], NOW).complete is False


def twilio_sms(given: tuple[list[tuple[str, str]], str]) -> None:
    """Read Twilio's form, signed by nobody and then believed."""
    form, signature = given
    try:
        settings = GatewaySettings(twilio_auth_token="x")
        twilio.verify("http://localhost/gateway/twilio/sms", form, signature, settings)
    except BadSignature:
        assert _is_sender(twilio.read_sms(form, NOW).sender)
    else:
        message = "a signature that nobody made was believed"
        raise AssertionError(message)


def joined(raws: list[tuple[int, bytes, str]]) -> None:
    """Join parts of any octets in any order, some of them missing."""
    parts = {
        number: Part("kannel-sms", _ID, _NUMBER, PartPosition(7, 9, number), raw, encoding, NOW)
        for number, raw, encoding in raws
    }
    whole = join(list(parts.values()), NOW)
    assert whole.complete == (len(parts) == 9)
    whole.text.encode()


def reader_lines(text: str) -> None:
    """Read what a stick reader sends over a cable."""
    _good(read_lines(text))


def reader_file(given: tuple[bytes, str]) -> None:
    """Read a session file of a reader in a layout."""
    raw, preset = given
    _good(read_session(decode(raw), presets()[preset]))


def _good(readings: Readings) -> None:
    for scan in readings.scans:
        assert len(scan.tag) == 15
        assert scan.tag.isascii()
        assert scan.tag.isdigit()
        "".join([scan.visual or "", scan.note or "", scan.written or ""]).encode()


@cache
def _conversation() -> Any:
    programmes = {}
    for code in shipped():
        programme = read_programme(shipped_text(code))
        languages = dict.fromkeys(("en", "tpi"), programme)
        programmes[code] = ActiveProgramme(code, dict.fromkeys(languages, 1), languages)
    return make_conversation(Policy(), programmes, more=Water().spoken)


@cache
def _questions() -> list[Any]:
    programmes = [read_programme(shipped_text(code)) for code in shipped()]
    entries = [one for each in programmes for one in each.entries()]
    return [one.ask for one in entries if one.ask]


def _fields(names: str, real: dict[str, str]) -> st.SearchStrategy[list[tuple[str, Any]]]:
    """Forms: the real fields, some of them wrong, twice, in another order, or not there."""
    values = st.binary(max_size=40) | st.sampled_from(list(real.values())).map(str.encode)
    wrong = st.tuples(st.sampled_from(names.split()), values)
    right = st.sampled_from([(name, value.encode()) for name, value in real.items()])
    whole = st.just([(name, value.encode()) for name, value in real.items()])
    pieces = st.lists(wrong | right, max_size=12)
    return pieces | st.tuples(pieces, whole).map(lambda two: [*two[0], *two[1]]).flatmap(
        st.permutations
    )


def _query(pairs: list[tuple[str, bytes]]) -> bytes:
    return "&".join(f"{name}={quote_from_bytes(value)}" for name, value in pairs).encode()


def _texts(pairs: list[tuple[str, bytes]]) -> list[tuple[str, str]]:
    return [(name, value.decode("utf-8", "replace")) for name, value in pairs]


_LANGUAGES = st.sampled_from([None, "en", "tpi"])
_LATIN = any_octets.map(lambda raw: raw.decode("latin-1"))
_MO = _fields(
    "from to id ts charset coding udh text secret x",
    {"from": _NUMBER, "id": _ID, "text": "REG", "charset": "UTF-16BE", "udh": "050003070201"},
)
_DLR = _fields("attempt state answer x", {"attempt": _ID, "state": "2", "answer": "stat:UNDELIV"})
_SMS = _fields("MessageSid From To Body x", {"MessageSid": "SM1", "From": _NUMBER, "Body": "REG"})
_STATUS = _fields(
    "MessageSid MessageStatus ErrorCode", {"MessageSid": "S", "MessageStatus": "sent"}
)
_AT = _fields("id from to text date x", {"id": _ID, "from": _NUMBER, "text": "REG", "date": "T"})
_DELIVERY = _fields("id status failureReason", {"id": _ID, "status": "Failed"})
_IDENTIFIERS = mutated(
    ["598000000000017", "LA 982 000001088420", "LR 0006 0000000123456789", "1262", "animal:0A"]
)
_DAYS = mutated(
    ["25/11", "25.11.2026", "25 Novemba 2026", "2026-11-25", "asde", "Fraide", "30 2 20"]
)
_RECEIPTS = mutated(["7KQ2-M9XA-P4TD-WZ3C", "7KQ2M9XAP4TDWZ3C", "7KQ2 M9XA P4TD WZ3C"])
_HEADERS = st.binary(max_size=40) | st.lists(
    st.tuples(st.sampled_from([0, 8, 5, 0x24, 0x70]), st.binary(max_size=5)), max_size=4
).map(lambda parts: b"".join(bytes([kind, len(told)]) + told for kind, told in parts)).map(
    lambda header: bytes([len(header)]) + header
)
_RAWS = st.lists(
    st.tuples(
        st.integers(1, 9),
        st.binary(max_size=20),
        st.sampled_from(["utf-8", "utf-16-be", "latin-1", "cp1252", "ascii"]),
    ),
    min_size=1,
    max_size=9,
)
_READER_LINES = mutated(
    [
        "LA 982 000001088420 25/11/2026 08:01:02 41.5 A12\r\n",
        "\x021000000982000001088420261125080102\r\n",
        "TAG: 01 06/05/2019 11:06:35.750 3D9.2098AB0380 30.0 C",
        "6DB0840800F800016BC5",
        "A 00000 0 982 000017383201, 890,LB,$,GR,8/27/03,10:15,_",
    ]
)
_READER_FILES = mutated(
    [
        "EID,VID,Date,Time,Weight\r\n982 000123456781,A1,25/11/2026,08:01,41.5\r\n",
        'sep=;\nEID;Note\n="982000123456781";"lame\n9.82E+14;x\n',
        "Session 12\n\nDate\tElectronic ID\n25 Nov 26\t982000123456781\n",
    ]
)
_ENCODINGS = st.sampled_from(["utf-8", "utf-16", "utf-16-be", "cp1252"])
_FILES = any_octets | st.tuples(_READER_FILES, _ENCODINGS).map(
    lambda two: two[0].encode(two[1], "ignore")
)

TARGETS: tuple[Target, ...] = (
    Target("phrases", st.tuples(message(), _LANGUAGES), parse),
    Target("phrases-of-octets", st.tuples(_LATIN, _LANGUAGES), parse),
    Target("answers-of-programmes", st.tuples(message(), st.integers(0, 999)), answer),
    Target("identifiers", _IDENTIFIERS | any_text | long_text(), read_identifier, (ReadingError,)),
    Target("hexadecimal-tags", st.text(max_size=20), from_hex, (ReadingError,)),
    Target("days", _DAYS | any_text | long_text(), days, (ReadingError,)),
    Target("receipts", _RECEIPTS | any_text | long_text(), receipt),
    Target("signs", message(), signs),
    Target("headers-of-parts", _HEADERS, read_header, (MalformedMessage,)),
    Target("joined-parts", _RAWS, joined),
    Target(
        "kannel-mo",
        st.tuples(any_octets | _MO.map(_query), st.none() | st.binary(max_size=80)),
        kannel_mo,
        (MalformedMessage,),
    ),
    Target("screens", screens.INPUTS, screens.dial),
    Target("kannel-dlr", any_octets | _DLR.map(_query), kannel.read_report, (MalformedMessage,)),
    Target(
        "twilio-sms",
        st.tuples(_SMS.map(_texts) | st.lists(st.tuples(any_text, any_text)), any_text),
        twilio_sms,
        (MalformedMessage,),
    ),
    Target(
        "twilio-status",
        _STATUS.map(_texts),
        lambda form: twilio.read_status(form, form),
        (MalformedMessage,),
    ),
    Target(
        "africastalking-sms",
        _AT.map(_texts),
        lambda form: africastalking.read_sms(form, NOW),
        (MalformedMessage,),
    ),
    Target(
        "africastalking-delivery",
        _DELIVERY.map(_texts),
        africastalking.read_delivery,
        (MalformedMessage,),
    ),
    Target(
        "reader-frames", st.text("0123456789ABCDEFabcdef", max_size=40), read_frame, (ScanError,)
    ),
    Target("reader-lines", _READER_LINES | any_text | long_text(), reader_lines),
    Target(
        "reader-files",
        st.tuples(_FILES, st.sampled_from(sorted(presets()))),
        reader_file,
        (NotASessionFile,),
    ),
)
