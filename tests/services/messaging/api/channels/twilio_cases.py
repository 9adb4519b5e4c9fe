"""What Twilio, or somebody else, calls: labelled."""

from __future__ import annotations

from urllib.parse import parse_qsl

from gateway.channels.twilio import SIGNATURE_HEADER, sign
from tests.services.messaging.api.channels.case import (
    ANSWERED,
    BIG,
    FORM,
    KEPT,
    RECORDED,
    Call,
    Case,
    wire,
)
from tests.services.world import ANIMAL, SECRET

HOST, SMS, STATUS = "http://localhost", "/gateway/twilio/sms", "/gateway/twilio/status"
ATTEMPT = "4549ced3-00d5-46b2-923a-1072292e6f50"
REG = f"REG {ANIMAL}"
FIELDS = {
    "MessageSid": "SM00000000000000000000000000000001",
    "From": "+67570000001",
    "To": "+67570000009",
    "Body": REG,
    "NumSegments": "1",
    "MediaUrl": "",
}
REPORT = {"MessageSid": "SM00000000000000000000000000000009", "MessageStatus": "delivered"}
MALFORMED, BAD_SIGNATURE = "gateway.malformed_message", "gateway.bad_signature"


def pairs(base, changed):
    fields = base | changed
    return [(name, value) for name, value in fields.items() if value is not None]


def signed(path, fields, query="", *, url=None, token=SECRET):
    """A call with the signature that Twilio makes over what it sends, as it is read here."""
    address = url or f"{HOST}{path}" + (f"?{query}" if query else "")
    body = wire(fields)
    # As the web server reads it: what is no UTF-8 stays percent-encoded.
    shown = parse_qsl(body.decode(), keep_blank_values=True, errors="werkzeug.url_quote")
    header = {SIGNATURE_HEADER: sign(address, shown, token)}
    return Call("POST", path, query, body, FORM, header)


def sms(**changed):
    return signed(SMS, pairs(FIELDS, changed))


def unsigned(path, fields, header=None, kind=FORM):
    headers = {} if header is None else {SIGNATURE_HEADER: header}
    return Call("POST", path, "", wire(fields), kind, headers)


def altered(call, body):
    return Call(call.method, call.path, call.query, body, call.kind, call.headers)


_SMS = sms()
SMS_CASES = {
    # Good.
    "a command": Case(_SMS, 200, stored=RECORDED),
    "fields that nobody knows": Case(sms(Colour="red", Y="é\u202e"), 200, stored=RECORDED),
    "no number of ours": Case(sms(To=None), 200, stored=RECORDED),
    "fields in another order": Case(
        altered(_SMS, wire(list(reversed(pairs(FIELDS, {}))))), 200, stored=RECORDED
    ),
    "a field twice, signed once": Case(
        signed(SMS, [*pairs(FIELDS, {}), ("Body", REG)]), 200, stored=RECORDED
    ),
    "a field twice with other words, the first counts": Case(
        signed(SMS, [*pairs(FIELDS, {}), ("Body", "HELP")]), 200, stored=RECORDED
    ),
    "signed with the port": Case(
        signed(SMS, pairs(FIELDS, {}), url="http://localhost:80/gateway/twilio/sms"),
        200,
        stored=RECORDED,
    ),
    "a query that was signed": Case(
        signed(SMS, pairs(FIELDS, {}), "a=b&c=d"), 200, stored=RECORDED
    ),
    "line ends": Case(sms(Body=f"REG\r\n{ANIMAL}\r\n"), 200, stored=RECORDED),
    "smart quotes": Case(sms(Body=f"REG \u2018{ANIMAL}\u2019"), 200, stored=RECORDED),
    "marks from right to left": Case(sms(Body=f"\u202eREG {ANIMAL}"), 200, stored=RECORDED),
    "pictures and letters": Case(sms(Body="🐖 HELP Ŋ"), 200, stored=ANSWERED),
    "NUL in the text": Case(sms(Body=f"REG\0{ANIMAL}"), 200, stored=RECORDED),
    "NUL in a name": Case(sms(Body="PLACE Kud\0jip, Jiwaka"), 200, stored=RECORDED),
    "octets that are no UTF-8": Case(sms(Body=b"\xff\xfe HELP"), 200, stored=ANSWERED),
    "half of a surrogate": Case(sms(Body=b"HELP \xed\xa0\x80"), 200, stored=ANSWERED),
    "Devanagari digits": Case(sms(Body="REG ५९८०००००००००००१७"), 200, stored=ANSWERED),
    "nothing at all": Case(sms(Body=""), 200, stored=ANSWERED),
    "10,000 characters": Case(sms(Body="REG " * 2500), 200, stored=ANSWERED),
    "the same id again": Case(_SMS, 200, stored=RECORDED, after=(_SMS,)),
    # Bad.
    "the same id with other words": Case(
        sms(Body="HELP"),
        409,
        "gateway.key_conflict",
        RECORDED._replace(envelope_conflict=1),
        (_SMS,),
    ),
    "no id": Case(sms(MessageSid=None), 400, MALFORMED),
    "an empty id": Case(sms(MessageSid=""), 400, MALFORMED),
    "an id that is none": Case(sms(MessageSid="1' OR '1'='1"), 400, MALFORMED),
    "an id with NUL": Case(sms(MessageSid="SM1\0"), 400, MALFORMED),
    "no sender": Case(sms(From=None), 400, MALFORMED),
    "sender is a short code": Case(sms(From="1801"), 200, stored=KEPT),
    "sender of line ends": Case(sms(From="Digi\r\ncel"), 400, MALFORMED),
    "sender of a page": Case(sms(From="D" * 65), 400, MALFORMED),
    "sender is a name": Case(sms(From="Digicel"), 200, stored=KEPT),
    "sender of another channel": Case(sms(From="whatsapp:+67570000001"), 200, stored=KEPT),
    "sender in Devanagari digits": Case(sms(From="+६७५७०००००००१"), 200, stored=KEPT),
    "no text": Case(sms(Body=None), 400, MALFORMED),
    "no form, signed": Case(signed(SMS, []), 400, MALFORMED),
    "NUL in the address, signed": Case(signed(SMS, pairs(FIELDS, {}), "x=%00"), 400, "bad_request"),
    "no signature": Case(unsigned(SMS, FIELDS), 403, BAD_SIGNATURE),
    "an empty signature": Case(unsigned(SMS, FIELDS, ""), 403, BAD_SIGNATURE),
    "a signature that is none": Case(unsigned(SMS, FIELDS, "é" * 40), 403, BAD_SIGNATURE),
    "signed with another token": Case(
        signed(SMS, pairs(FIELDS, {}), token="x"), 403, BAD_SIGNATURE
    ),
    "signed for another address": Case(
        signed(SMS, pairs(FIELDS, {}), url=f"{HOST}{STATUS}"), 403, BAD_SIGNATURE
    ),
    "one field altered": Case(altered(_SMS, wire(FIELDS | {"Body": "HELP"})), 403, BAD_SIGNATURE),
    "one field more": Case(altered(_SMS, wire(FIELDS | {"X": "1"})), 403, BAD_SIGNATURE),
    "one field less": Case(
        altered(_SMS, wire(pairs(FIELDS, {"NumSegments": None}))), 403, BAD_SIGNATURE
    ),
    "a form that ends too soon": Case(altered(_SMS, wire(FIELDS)[:60]), 403, BAD_SIGNATURE),
    "JSON in place of a form": Case(
        Call("POST", SMS, "", b'{"Body": "HELP"}', "application/json", _SMS.headers),
        403,
        BAD_SIGNATURE,
    ),
    "a body of 64 KB": Case(sms(Body="x" * 65_536), 413, "request_entity_too_large"),
    "a body of 10 MB": Case(altered(_SMS, b"x" * BIG), 413, "request_entity_too_large"),
}


def report(query="", **changed):
    return signed(STATUS, pairs(REPORT, changed), query)


_REPORT = report()
STATUS_CASES = {
    **{
        word: Case(report(MessageStatus=word), 204)
        for word in ("queued", "sending", "sent", "delivered", "undelivered", "failed")
    },
    "of an attempt of nobody": Case(report(f"attempt={ATTEMPT}"), 204),
    "failed, with its code": Case(report(MessageStatus="failed", ErrorCode="30003"), 204),
    "a code that is new": Case(report(MessageStatus="failed", ErrorCode="99999"), 204),
    "an empty code": Case(report(MessageStatus="failed", ErrorCode=""), 204),
    "fields that nobody knows": Case(report(RawDlrDoneDate="2611250102", X="é"), 204),
    "twice": Case(_REPORT, 204, after=(_REPORT,)),
    "status twice, the first counts": Case(
        signed(STATUS, [*pairs(REPORT, {}), ("MessageStatus", "failed")]), 204
    ),
    "no id": Case(report(MessageSid=None), 400, MALFORMED),
    "an id with NUL": Case(report(MessageSid="SM\0"), 400, MALFORMED),
    "no status": Case(report(MessageStatus=None), 400, MALFORMED),
    "status in capitals": Case(report(MessageStatus="DELIVERED"), 400, MALFORMED),
    "status with half of a surrogate": Case(report(MessageStatus=b"\xed\xa0\x80"), 400, MALFORMED),
    "status that there is not": Case(report(MessageStatus="teleported"), 400, "sms.report"),
    "a code that is no number": Case(report(ErrorCode="E30003"), 400, MALFORMED),
    "a code in Devanagari digits": Case(report(ErrorCode="३०००३"), 400, MALFORMED),
    "a code of 40 digits": Case(report(ErrorCode="3" * 40), 400, MALFORMED),
    "an attempt that is none": Case(report("attempt=1"), 400, MALFORMED),
    "NUL in the attempt": Case(report("attempt=%00"), 400, "bad_request"),
    "no form, signed": Case(signed(STATUS, []), 400, MALFORMED),
    "no signature": Case(unsigned(STATUS, REPORT), 403, BAD_SIGNATURE),
    "signed without the attempt": Case(
        Call("POST", STATUS, f"attempt={ATTEMPT}", _REPORT.body, FORM, _REPORT.headers),
        403,
        BAD_SIGNATURE,
    ),
    "a form that ends too soon": Case(altered(_REPORT, wire(REPORT)[:20]), 403, BAD_SIGNATURE),
    "a body of 10 MB": Case(altered(_REPORT, b"x" * BIG), 413, "request_entity_too_large"),
}
CHANNELS = {"twilio-sms": SMS_CASES, "twilio-status": STATUS_CASES}
