"""Actors: parties with their role and ties, and the strength of their road; pure."""

from enum import IntEnum, StrEnum
from typing import NamedTuple

from services.core.roles import Role


class Strength(IntEnum):
    """Strength of the proof that an act is its sender's.

    ANYBODY: none. NUMBER: a phone number, which can be forged. CODE: a code that went to the
    number, a PIN, or a token. SIGNED: a signed device, or an officer with a second factor.
    """

    ANYBODY = 0
    NUMBER = 1
    CODE = 2
    SIGNED = 3


class Tie(StrEnum):
    """Relation of a party to an animal, a place or a report.

    OWNER: it is the party's. HERE: it stands at the party's premises. AGREED: it stands there not
    only by the party's word, or the premises are the party's. CAME: it came there once.
    ANNOUNCED: its keeper reported that it is on its way there. DUTY: it stands in the officer's
    province, or nobody knows where. RECORDER: its keeper has no phone and lives in the village
    recorder's province. FAMILY: its keeper added the party's phone, or accepted the recorder.
    REPORTER: the party reported it. FREE: nobody registered it, and its tag was not issued to
    somebody else.
    """

    OWNER = "owner"
    HERE = "here"
    AGREED = "agreed"
    CAME = "came"
    ANNOUNCED = "announced"
    DUTY = "duty"
    RECORDER = "recorder"
    FAMILY = "family"
    REPORTER = "reporter"
    FREE = "free"


class Actor(NamedTuple):
    """Party that acts, and the strength of the road by which they do.

    `party_id` is a database key; `province` is the one of duty. None: of nobody, of no province.
    """

    role: Role
    party_id: int | None = None
    province: str | None = None
    strength: Strength = Strength.NUMBER
