"""The calls that devices make of reader sessions: docs/readers.md."""

from functools import partial
from http import HTTPStatus

from services.devices.calls import CallDescription, DeviceCall
from services.livestock.domain.movement_decision import Policy
from services.livestock.readers import examples
from services.livestock.readers.confirming import confirm_session, review_session
from services.livestock.readers.request_schemas import LONGEST_UPLOAD, ConfirmSchema, ScansSchema
from services.livestock.readers.response_schemas import (
    ConfirmedSessionSchema,
    ReaderSessionSchema,
    SessionReviewSchema,
)
from services.livestock.readers.upload import take_scans

_PATH = "/gateway/readers/<uuid:device>"
_SESSION = f"{_PATH}/sessions/<uuid:session>"
_REFUSALS = (HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)


def reader_calls(policy: Policy) -> tuple[DeviceCall, ...]:
    """Return the calls; `policy` holds for movements without any order."""
    scans = CallDescription(
        "Keep what a reader gave; the answer tells of the whole session.",
        examples.SCANS,
        ReaderSessionSchema,
        examples.SESSION,
        _REFUSALS,
    )
    review = CallDescription(
        "Tell what confirming a session would record; nothing is recorded.",
        examples.CONFIRM,
        SessionReviewSchema,
        examples.REVIEW,
        _REFUSALS,
    )
    confirm = CallDescription(
        "Record a session as a movement, a stocktake, an inspection or a slaughter: once.",
        examples.CONFIRM,
        ConfirmedSessionSchema,
        examples.CONFIRMED,
        _REFUSALS,
    )
    return (
        DeviceCall(
            "readers.scans",
            f"{_PATH}/scans",
            ScansSchema(),
            take_scans,
            longest=LONGEST_UPLOAD,
            description=scans,
            exclusive=lambda _: False,
        ),
        DeviceCall(
            "readers.review",
            f"{_SESSION}/review",
            ConfirmSchema(),
            partial(review_session, policy=policy),
            longest=LONGEST_UPLOAD,
            keeps_payload=False,
            description=review,
            exclusive=lambda _: False,
        ),
        DeviceCall(
            "readers.confirm",
            f"{_SESSION}/confirm",
            ConfirmSchema(),
            partial(confirm_session, policy=policy),
            longest=LONGEST_UPLOAD,
            description=confirm,
        ),
    )
