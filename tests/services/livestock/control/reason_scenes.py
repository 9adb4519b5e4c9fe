"""One scene for each reason of `may_move`: what happened before, and which numbers are asked about.

Each returns the numbers of a message; where more than one stands there, the last is the place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.livestock.domain.model import EventType
from services.livestock.domain.movement_questions import Reason
from tests.factories import STRANGER
from tests.services.livestock.country import DISEASE, days_ago, official

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.services.livestock.country import Country

PIG, SECOND, UNSEEN, MADANG_PIG = (official(number) for number in (1, 2, 99, 4))


def dead(land: Country) -> str:
    land.report(EventType.DEATH, 1, at=land.kudjip, on=days_ago(1))
    return f"{PIG} {land.goroka}"


def gone(land: Country) -> str:
    mob = land.mob(6)
    land.phones.say(f"DEAD {mob}")
    return f"{mob} {land.goroka}"


def unknown(land: Country) -> str:
    return f"{UNSEEN} {land.goroka}"


def stolen(land: Country) -> str:
    land.report(EventType.STOLEN, 1, on=days_ago(1))
    return f"{PIG} {land.goroka}"


def record_lost(land: Country) -> str:
    land.lose_record(1)
    return f"{PIG} {land.goroka}"


def infected(land: Country) -> str:
    land.report(EventType.SAMPLE, 1, at=land.kudjip, specimen="blood", sample="S-1")
    told = {"sample": "S-1", "disease": DISEASE, "outcome": "positive"}
    land.report(EventType.RESULT, 1, at=land.kudjip, **told)
    return f"{PIG} {land.goroka}"


def suspect(land: Country) -> str:
    land.report(EventType.SICKNESS, 1, at=land.kudjip, signs=[], suspicion=DISEASE)
    return f"{SECOND} {land.goroka}"


def contact(land: Country) -> str:
    land.report(EventType.STATUS, 1, action="begun", status="contact", disease=DISEASE)
    return f"{PIG} {land.goroka}"


def quarantine(land: Country) -> str:
    land.quarantine(land.madang)
    return f"{MADANG_PIG} {land.lae}"


def zone_leaving(land: Country) -> str:
    land.zone("Madang")
    return f"{MADANG_PIG} {land.lae}"


def zone_entering(land: Country) -> str:
    land.zone("Morobe")
    return f"{MADANG_PIG} {land.lae}"


def unknown_origin(land: Country) -> str:
    land.zone("Morobe")
    land.phones.say(f"REG {official(9)}", STRANGER)
    return f"{official(9)} {land.lae}"


def unknown_destination(land: Country) -> str:
    land.zone("Morobe")
    return MADANG_PIG


def withdrawal(land: Country) -> str:
    land.report(
        EventType.TREATMENT, 4, at=land.madang, on=days_ago(7), product="IVOMEC", withdrawal_days=14
    )
    return f"{MADANG_PIG} {land.lae}"


def standstill(land: Country) -> str:
    land.report(EventType.ARRIVE, 4, at=land.madang, on=days_ago(5))
    return f"{MADANG_PIG} {land.lae}"


def permit_too_many(land: Country) -> str:
    land.permit(heads=4)
    return f"{land.mob(6)} {land.goroka}"


def uncounted(land: Country) -> str:
    land.permit(heads=4)
    return f"{land.mob(None)} {land.goroka}"


def permit_not_yet(land: Country) -> str:
    land.permit(1, days=(2, 3))
    return f"{PIG} {land.goroka}"


def permit_waiting(land: Country) -> str:
    land.permit(1, state=None)
    return f"{PIG} {land.goroka}"


def permit_expired(land: Country) -> str:
    land.permit(1, days=(-5, -1))
    return f"{PIG} {land.goroka}"


def permit_revoked(land: Country) -> str:
    land.permit(1, state="revoked")
    return f"{PIG} {land.goroka}"


def permit_refused(land: Country) -> str:
    land.permit(1, state="refused")
    return f"{PIG} {land.goroka}"


def permit_used(land: Country) -> str:
    number = land.permit(heads=1)
    land.report(EventType.ARRIVE, 1, at=land.goroka, other=land.kudjip)
    return number


def permit_other_route(land: Country) -> str:
    land.permit(1, to=land.madang)
    return f"{PIG} {land.goroka}"


def permit_other_animal(land: Country) -> str:
    return f"{PIG} {land.permit(2)}"


def no_permit(land: Country) -> str:
    return f"{PIG} {land.goroka}"


SCENES: Mapping[Reason, Callable[[Country], str]] = {
    reason: globals()[reason.value] for reason in Reason
}
