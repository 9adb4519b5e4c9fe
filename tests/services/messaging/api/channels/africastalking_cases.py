"""What Africa's Talking, or somebody else, calls: labelled."""

from __future__ import annotations

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
from tests.services.world import ANIMAL

SECRET = "a secret for their callbacks"
SMS, DELIVERY = "/gateway/africastalking/sms", "/gateway/africastalking/delivery"
REG = f"REG {ANIMAL}"
FIELDS = {
    "id": "ec9adc86-51d5-4bc8-8eb0-d8ab0bb53dc3",
    "from": "+67570000001",
    "to": "21512",
    "text": REG,
    "date": "2026-11-25 01:02:00",
    "linkId": "03090445075804249226",
    "networkCode": "53701",
    "cost": "None",
}
REPORT = {
    "id": "ATXid_0123456789abcdef0123456789abcdef",
    "status": "Success",
    "phoneNumber": "+67570000001",
    "networkCode": "53701",
    "retryCount": "0",
}
MALFORMED, BAD_SECRET = "gateway.malformed_message", "gateway.bad_secret"


def _form(base, changed):
    fields = base | {name.rstrip("_"): value for name, value in changed.items()}
    return wire({name: value for name, value in fields.items() if value is not None})


def _post(path, body, secret=SECRET, kind=FORM):
    return Call("POST", path, wire({} if secret is None else {"secret": secret}), body, kind)


def sms(secret=SECRET, **changed):
    return _post(SMS, _form(FIELDS, changed), secret)


def raw(body, kind=FORM):
    return _post(SMS, body, kind=kind)


SMS_CASES = {
    # Good.
    "a command": Case(sms(), 200, stored=RECORDED),
    "no date, no code": Case(sms(date=None, to=None, linkId=None, cost=None), 200, stored=RECORDED),
    "date that is none": Case(sms(date="yesterday"), 200, stored=RECORDED),
    "date in Devanagari digits": Case(sms(date="२०२६"), 200, stored=RECORDED),
    "fields that nobody knows": Case(sms(colour="red", y=b"\xff\xfe"), 200, stored=RECORDED),
    "id repeated, the first counts": Case(raw(_form(FIELDS, {}) + b"&id=2"), 200, stored=RECORDED),
    "text repeated, the first counts": Case(
        raw(_form(FIELDS, {}) + b"&text=HELP"), 200, stored=RECORDED
    ),
    "pieces of fields": Case(raw(b"&&=&x&" + _form(FIELDS, {}) + b"&%&%z"), 200, stored=RECORDED),
    "line ends": Case(sms(text=f"REG\r\n{ANIMAL}\r\n"), 200, stored=RECORDED),
    "smart quotes": Case(sms(text=f"REG \u2018{ANIMAL}\u2019"), 200, stored=RECORDED),
    "marks from right to left": Case(sms(text=f"\u202eREG {ANIMAL}"), 200, stored=RECORDED),
    "NUL in the text": Case(sms(text=f"REG\0{ANIMAL}"), 200, stored=RECORDED),
    "NUL in a name": Case(sms(text="PLACE Kud\0jip, Jiwaka"), 200, stored=RECORDED),
    "octets that are no UTF-8": Case(sms(text=b"\xff\xfe HELP"), 200, stored=ANSWERED),
    "half of a surrogate": Case(sms(text=b"HELP \xed\xa0\x80"), 200, stored=ANSWERED),
    "UCS-2 in place of UTF-8": Case(sms(text="HELP".encode("utf-16-be")), 200, stored=ANSWERED),
    "Devanagari digits": Case(sms(text="REG ५९८०००००००००००१७"), 200, stored=ANSWERED),
    "nothing at all": Case(sms(text=""), 200, stored=ANSWERED),
    "10,000 characters": Case(sms(text="REG " * 2500), 200, stored=ANSWERED),
    "the same id again": Case(sms(), 200, stored=RECORDED, after=(sms(),)),
    # Bad.
    "the same id with other words": Case(
        sms(text="HELP"),
        409,
        "gateway.key_conflict",
        RECORDED._replace(envelope_conflict=1),
        (sms(),),
    ),
    "no id": Case(sms(id=None), 400, MALFORMED),
    "an empty id": Case(sms(id=""), 400, MALFORMED),
    "an id that is none": Case(sms(id="1' OR '1'='1"), 400, MALFORMED),
    "an id with NUL": Case(sms(id="1\0"), 400, MALFORMED),
    "no sender": Case(sms(from_=None), 400, MALFORMED),
    "sender is a short code": Case(sms(from_="1801"), 200, stored=KEPT),
    "sender of line ends": Case(sms(from_="Digi\r\ncel"), 400, MALFORMED),
    "sender of a page": Case(sms(from_="D" * 65), 400, MALFORMED),
    "sender is a name": Case(sms(from_="Digicel"), 200, stored=KEPT),
    "sender without plus": Case(sms(from_="67570000001"), 200, stored=RECORDED),
    "sender without a country": Case(sms(from_="70000001"), 400, MALFORMED),
    "sender in Devanagari digits": Case(sms(from_="+६७५७०००००००१"), 200, stored=KEPT),
    "no text": Case(sms(text=None), 400, MALFORMED),
    "no form": Case(raw(b""), 400, MALFORMED),
    "a form that ends too soon": Case(raw(_form(FIELDS, {})[:60]), 400, MALFORMED),
    "JSON in place of a form": Case(raw(b'{"id": "1"}', "application/json"), 400, MALFORMED),
    "a form without its type": Case(raw(_form(FIELDS, {}), None), 400, MALFORMED),
    "half a form of several parts": Case(
        raw(
            b'--b\r\nContent-Disposition: form-data; name="id"\r\n',
            "multipart/form-data; boundary=b",
        ),
        400,
        MALFORMED,
    ),
    "a form of several parts without a boundary": Case(
        raw(b"--b", "multipart/form-data"), 400, MALFORMED
    ),
    "no secret": Case(sms(None), 403, BAD_SECRET),
    "an empty secret": Case(sms(""), 403, BAD_SECRET),
    "another secret": Case(sms(f"{SECRET} "), 403, BAD_SECRET),
    "a secret that is no text": Case(sms(b"\xff\xed\xa0\x80"), 403, BAD_SECRET),
    "the secret in the form": Case(
        _post(SMS, _form(FIELDS, {"secret": SECRET}), None), 403, BAD_SECRET
    ),
    "NUL in the address": Case(
        Call("POST", SMS, wire({"secret": SECRET, "x": "\0"}), _form(FIELDS, {}), FORM),
        400,
        "bad_request",
    ),
    "a body of 64 KB": Case(sms(text="x" * 65_536), 413, "request_entity_too_large"),
    "a body of 10 MB": Case(raw(b"x" * BIG), 413, "request_entity_too_large"),
}


def report(secret=SECRET, **changed):
    return _post(DELIVERY, _form(REPORT, changed), secret)


DELIVERY_CASES = {
    "delivered": Case(report(), 200),
    "sent": Case(report(status="Sent"), 200),
    "submitted": Case(report(status="Submitted"), 200),
    "waits": Case(report(status="Buffered"), 200),
    "refused": Case(report(status="Rejected", failureReason="DeliveryFailure"), 200),
    "failed": Case(report(status="Failed", failureReason="UserDoesNotExist"), 200),
    "failed for a reason that is new": Case(report(status="Failed", failureReason="New"), 200),
    "failed for a reason that is no text": Case(
        report(status="Failed", failureReason=b"\xff\xed\xa0\x80"), 200
    ),
    "failed for a reason with NUL": Case(report(status="Failed", failureReason="a\0"), 200),
    "failed for a reason in Devanagari": Case(report(status="Failed", failureReason="१"), 200),
    "failed for no reason": Case(report(status="Failed"), 200),
    "nothing but what is needed": Case(
        report(phoneNumber=None, networkCode=None, retryCount=None), 200
    ),
    "fields that nobody knows": Case(report(colour=b"\xff"), 200),
    "twice": Case(report(), 200, after=(report(),)),
    "status repeated, the first counts": Case(
        _post(DELIVERY, _form(REPORT, {}) + b"&status=!"), 200
    ),
    "no id": Case(report(id=None), 400, MALFORMED),
    "an empty id": Case(report(id=""), 400, MALFORMED),
    "an id with a space": Case(report(id="ATXid 1"), 400, MALFORMED),
    "no status": Case(report(status=None), 400, MALFORMED),
    "status in another script": Case(report(status="सफल"), 400, MALFORMED),
    "status with NUL": Case(report(status="Success\0"), 400, MALFORMED),
    "status that there is not": Case(report(status="Teleported"), 200, counted="sms.report"),
    "status in small letters": Case(report(status="success"), 200, counted="sms.report"),
    "no form": Case(_post(DELIVERY, b""), 400, MALFORMED),
    "a form that ends too soon": Case(_post(DELIVERY, _form(REPORT, {})[:20]), 400, MALFORMED),
    "no secret": Case(report(None), 403, BAD_SECRET),
    "another secret": Case(report("x"), 403, BAD_SECRET),
    "a secret that is no text": Case(report(b"\xff"), 403, BAD_SECRET),
    "a body of 10 MB": Case(_post(DELIVERY, b"x" * BIG), 413, "request_entity_too_large"),
}
CHANNELS = {"africastalking-sms": SMS_CASES, "africastalking-delivery": DELIVERY_CASES}
