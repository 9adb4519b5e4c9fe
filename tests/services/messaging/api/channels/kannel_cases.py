"""What Kannel, or somebody else, calls: labelled."""

from __future__ import annotations

from tests.services.messaging.api.channels.case import (
    ANSWERED,
    BIG,
    KEPT,
    RECORDED,
    Call,
    Case,
    Stored,
    wire,
)
from tests.services.world import ANIMAL

SECRET = "a secret of Kannel"
MO, DLR = "/gateway/kannel/mo", "/gateway/kannel/dlr"
ID, OTHER = "4549ced3-00d5-46b2-923a-1072292e6f50", "4549ced3-00d5-46b2-923a-1072292e6f51"
FIELDS = {
    "secret": SECRET,
    "from": "+67570000001",
    "to": "16345",
    "id": ID,
    "ts": "2026-11-25 01:02:00",
    "charset": "UTF-8",
    "coding": "0",
    "udh": "",
}
REG = f"REG {ANIMAL}"
FIRST, SECOND = b"\x05\x00\x03\x07\x02\x01", b"\x05\x00\x03\x07\x02\x02"
WAITING = Stored(text_part=1)
MALFORMED = "gateway.malformed_message"


def _query(base, changed):
    fields = base | {name.rstrip("_"): value for name, value in changed.items()}
    return wire({name: value for name, value in fields.items() if value is not None})


def get(text=REG, **changed):
    return Call("GET", MO, _query(FIELDS | {"text": text}, changed))


def post(body, **changed):
    return Call("POST", MO, _query(FIELDS, changed), body, "text/plain")


def part(raw, header, id_=ID, **changed):
    return post(raw, udh=header, id=id_, **changed)


MO_CASES = {
    # Good.
    "GET, a command": Case(get(), 200, stored=RECORDED),
    "POST, a command": Case(post(REG), 200, stored=RECORDED),
    "POST, the query's text comes first": Case(post("HELP", text=REG), 200, stored=RECORDED),
    "number without plus": Case(get(from_="67570000001"), 200, stored=RECORDED),
    "number that begins with 00": Case(get(from_="0067570000001"), 200, stored=RECORDED),
    "number with spaces": Case(get(from_="+675 7000 0001"), 200, stored=RECORDED),
    "id in capitals": Case(get(id=ID.upper()), 200, stored=RECORDED),
    "parameters that nobody knows": Case(get(smsc="operator", x=b"\xff\xfe"), 200, stored=RECORDED),
    "no time, no code, no charset": Case(
        get(ts=None, to=None, charset=None, coding=None, udh=None), 200, stored=RECORDED
    ),
    "time that is none": Case(get(ts="yesterday"), 200, stored=RECORDED),
    "text repeated, the first counts": Case(
        Call("GET", MO, _query(FIELDS | {"text": REG}, {}) + b"&text=HELP"), 200, stored=RECORDED
    ),
    "id repeated, the first counts": Case(
        Call("GET", MO, _query(FIELDS | {"text": REG}, {}) + b"&id=1"), 200, stored=RECORDED
    ),
    "pieces of parameters": Case(
        Call("GET", MO, b"&&=&x&=y&" + _query(FIELDS | {"text": REG}, {}) + b"&%&%4&%zz"),
        200,
        stored=RECORDED,
    ),
    "UCS-2": Case(post(REG.encode("utf-16-be"), charset="UTF-16BE"), 200, stored=RECORDED),
    "UCS-2 told by its coding": Case(
        post(REG.encode("utf-16-be"), charset=None, coding="2"), 200, stored=RECORDED
    ),
    "Latin 1": Case(post(b"REG\xa0" + ANIMAL.encode(), charset="ISO-8859-1"), 200, stored=RECORDED),
    "Windows-1252 with smart quotes": Case(
        post(b"REG \x91" + ANIMAL.encode() + b"\x92", charset="windows-1252"), 200, stored=RECORDED
    ),
    "octets that are no UTF-8": Case(post(b"\xff\xfe\x80 HELP"), 200, stored=ANSWERED),
    "UTF-8 said to be UCS-2": Case(post("HELP", charset="UTF-16BE"), 200, stored=ANSWERED),
    "half of a surrogate in UTF-8": Case(post(b"HELP \xed\xa0\x80"), 200, stored=ANSWERED),
    "half of a surrogate in UCS-2": Case(
        post(b"\0H\0E\0L\0P\xd8\x3d", charset="UTF-16BE"), 200, stored=ANSWERED
    ),
    "NUL in the body": Case(post(b"REG\0" + ANIMAL.encode()), 200, stored=RECORDED),
    "NUL in a name": Case(post(b"PLACE Kud\0jip, Jiwaka"), 200, stored=RECORDED),
    "Devanagari digits": Case(post("REG ५९८०००००००००००१७"), 200, stored=ANSWERED),
    "Arabic-Indic digits": Case(post("REG ٥٩٨٠٠٠٠٠٠٠٠٠٠١٧"), 200, stored=ANSWERED),
    "marks from right to left": Case(post(f"\u202eREG \u200f{ANIMAL}\u202c"), 200, stored=RECORDED),
    "nothing at all": Case(post(b""), 200, stored=ANSWERED),
    "10,000 characters": Case(post("REG " * 2500), 200, stored=ANSWERED),
    "the same id again": Case(get(), 200, stored=RECORDED, after=(get(),)),
    # Settled, so that Kannel does not send it again.
    "the same id with other words": Case(
        get("HELP"),
        200,
        stored=RECORDED._replace(envelope_conflict=1),
        after=(get(),),
        counted="gateway.key_conflict",
    ),
    "sender is a name": Case(get(from_="Digicel"), 200, stored=KEPT),
    "sender is a short code": Case(get(from_="16345"), 200, stored=KEPT),
    "sender is a toll-free number": Case(get(from_="1801332"), 200, stored=KEPT),
    "sender in Devanagari digits": Case(get(from_="६७५७०००००००१"), 200, stored=KEPT),
    "sender of line ends": Case(get(from_="Digi\r\ncel"), 400, MALFORMED),
    "sender of a page": Case(get(from_="D" * 65), 400, MALFORMED),
    # Parts of long texts.
    "a part": Case(part(REG[:8], FIRST), 200, stored=WAITING),
    "a part by GET": Case(get(REG[:8], udh=FIRST), 200, stored=WAITING),
    "a part whose header is in hexadecimal": Case(part(REG[:8], FIRST.hex()), 200, stored=WAITING),
    "both parts": Case(
        part(REG[8:], SECOND, OTHER),
        200,
        stored=RECORDED._replace(text_part=2),
        after=(part(REG[:8], FIRST),),
    ),
    "both parts, the last one first": Case(
        part(REG[:8], FIRST),
        200,
        stored=RECORDED._replace(text_part=2),
        after=(part(REG[8:], SECOND, OTHER),),
    ),
    "a part again": Case(part(REG[:8], FIRST), 200, stored=WAITING, after=(part(REG[:8], FIRST),)),
    "a header without parts": Case(get(udh=b"\x06\x05\x04\x0b\x84\x23\xf0"), 200, stored=RECORDED),
    "half a header": Case(part(REG, b"\x05\x00\x03\x07"), 400, MALFORMED),
    "a header that is none": Case(part(REG, "%u"), 400, MALFORMED),
    "a part without a text": Case(get(None, udh=FIRST), 400, MALFORMED),
    # Faults of the configuration: they come again until it is mended.
    "no sender": Case(get(from_=None), 400, MALFORMED),
    "no id": Case(get(id=None), 400, MALFORMED),
    "an id that is none": Case(get(id="1' OR '1'='1"), 400, MALFORMED),
    "no text": Case(get(None), 400, MALFORMED),
    "a charset that Kannel does not have": Case(get(charset="rot13"), 400, MALFORMED),
    "a charset that Python has": Case(get(charset="idna"), 400, MALFORMED),
    "a number without its country": Case(get(from_="70000001"), 400, MALFORMED),
    "a number that is too long": Case(get(from_="6757000000123456"), 400, MALFORMED),
    "NUL in the address": Case(get("REG\0"), 400, "bad_request"),
    "NUL in the sender": Case(get(from_="+67570000001\0"), 400, "bad_request"),
    # Somebody else.
    "no secret": Case(get(secret=None), 403, "gateway.bad_secret"),
    "an empty secret": Case(get(secret=""), 403, "gateway.bad_secret"),
    "another secret": Case(get(secret="a secret of Kannel "), 403, "gateway.bad_secret"),
    "a secret that is no text": Case(get(secret=b"\xff\xed\xa0\x80"), 403, "gateway.bad_secret"),
    "the secret as the second of two": Case(
        Call("GET", MO, b"secret=x&" + _query(FIELDS | {"text": REG}, {})),
        403,
        "gateway.bad_secret",
    ),
    "the secret in the body": Case(
        Call("POST", MO, _query(FIELDS, {"secret": None}), wire({"secret": SECRET})),
        403,
        "gateway.bad_secret",
    ),
    "a body of 64 KB": Case(post(b"x" * 65_537), 413, "request_entity_too_large"),
    "a body of 10 MB": Case(post(b"x" * BIG), 413, "request_entity_too_large"),
}


def dlr(**changed):
    fields = {"secret": SECRET, "attempt": ID, "state": "1", "answer": ""}
    return Call("GET", DLR, _query(fields, changed))


DLR_CASES = {
    "delivered": Case(dlr(), 200),
    "not delivered": Case(dlr(state="2", answer="stat:UNDELIV err:001"), 200),
    "waits": Case(dlr(state="4"), 200),
    "taken by the operator": Case(dlr(state="8", answer="ACK/"), 200),
    "refused by the operator": Case(dlr(state="16", answer="NACK/0x0000000b/Invalid"), 200),
    "no answer": Case(dlr(answer=None), 200),
    "no attempt": Case(dlr(attempt=None), 200),
    "an attempt of nobody": Case(dlr(attempt=OTHER), 200),
    "an attempt in capitals": Case(dlr(attempt=ID.upper()), 200),
    "parameters that nobody knows": Case(dlr(smsc=b"\xff"), 200),
    "twice": Case(dlr(), 200, after=(dlr(),)),
    "state repeated, the first counts": Case(Call("GET", DLR, dlr().query + b"&state=x"), 200),
    "an answer that is no text": Case(dlr(state="2", answer=b"\xff\xfe\x80"), 200),
    "an answer with half of a surrogate": Case(dlr(answer=b"\xed\xa0\x80"), 200),
    "an answer of 10,000 characters": Case(dlr(state="2", answer="stat:" * 2000), 200),
    "an answer in Devanagari": Case(dlr(state="2", answer="stat:पहुँचा err:००१"), 200),
    "no state": Case(dlr(state=None), 400, MALFORMED),
    "an empty state": Case(dlr(state=""), 400, MALFORMED),
    "state as it stands in the configuration": Case(dlr(state="%d"), 400, MALFORMED),
    "state in Devanagari digits": Case(dlr(state="१"), 400, MALFORMED),
    "state below nothing": Case(dlr(state="-1"), 400, MALFORMED),
    "state with a plus": Case(dlr(state="+1"), 400, MALFORMED),
    "a state of two bits": Case(dlr(state="3"), 200, counted="sms.report"),
    "a state that there is not": Case(dlr(state="999"), 200, counted="sms.report"),
    "an attempt that is none": Case(dlr(attempt="1"), 400, MALFORMED),
    "an attempt in braces": Case(dlr(attempt=f"{{{ID}}}"), 400, MALFORMED),
    "NUL in the answer": Case(dlr(answer="\0"), 400, "bad_request"),
    "no secret": Case(dlr(secret=None), 403, "gateway.bad_secret"),
    "another secret": Case(dlr(secret="x"), 403, "gateway.bad_secret"),
    "a secret that is no text": Case(dlr(secret=b"\xff"), 403, "gateway.bad_secret"),
}
CHANNELS = {"kannel-mo": MO_CASES, "kannel-dlr": DLR_CASES}
