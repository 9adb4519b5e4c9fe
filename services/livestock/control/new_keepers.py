"""Animals that a partner's document gives away: who had them is told, and who has them now."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from functools import partial

from sqlalchemy.orm import Session

from services.livestock.control.animal_keepers import keepers_of
from services.livestock.domain.model import EventType, Origin, Recorded, Report
from services.livestock.recording.identity import find_animals
from services.messaging.offices import OfficeHolder, messages_for, reachable_holders
from services.messaging.outbox import SendOptions, enqueue_messages
from services.storage.models import Party
from services.texts.catalogue import Listing, language_of, say
from sms.message import Kind

_LIFE = timedelta(days=3)
Keepers = Mapping[int, int]
"""The keeper of each animal that has one, by database keys of both."""


def keepers_before(session: Session, reports: Iterable[Report]) -> Keepers:
    """Return who keeps the animals that reports are about to give away."""
    animals = find_animals(session, [key for one in reports for key in one.animals]).values()
    return keepers_of(session, [one.id for one in animals])


def tell_new_keepers(
    session: Session, events: Sequence[Recorded], before: Keepers, origin: Origin
) -> None:
    """Tell of animals that events gave away, each by the last of them.

    Args:
        before: see `keepers_before`.
    """
    last = {
        animal.id: (one, str(key))
        for one in events
        if one.report.type is EventType.TRANSFER
        for key, animal in zip(one.report.animals, one.animals, strict=True)
    }
    after = keepers_of(session, last)
    told: dict[tuple[str, int, int], list[str]] = defaultdict(list)
    done = {one.journal_id: one for one, _ in last.values()}
    for animal, (one, number) in last.items():
        had, has = before.get(animal), after.get(animal)
        for code, keeper in (("transfer.gone", had), ("transfer.got", has)):
            if had != has and keeper is not None:
                told[code, keeper, one.journal_id].append(number)
    for (code, keeper, event), numbers in told.items():
        _tell(session, done[event], (code, keeper, numbers), origin)


def _tell(
    session: Session, done: Recorded, what: tuple[str, int, Sequence[str]], origin: Origin
) -> None:
    code, keeper, numbers = what
    words = {"pigs": Listing(tuple(numbers), tight=" "), "receipt": done.receipt}
    holders = reachable_holders(session, Party.id == keeper)
    others = [one for one in holders if one.public_id != origin.reporter]
    about = f"{code}\0{done.report.event_id}"
    options = SendOptions("transfer", origin.recorded_at, origin.recorded_at + _LIFE, Kind.URGENT)
    enqueue_messages(session, messages_for(others, about, partial(_say, code, words)), options)


def _say(code: str, words: Mapping[str, object], holder: OfficeHolder) -> str:
    return say(code, language_of(holder.language), **words)
