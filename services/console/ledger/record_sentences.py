"""Records of the journal in words: what, of which animal, where, by whom; no name of a person."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from chain.canonical import receipt_code
from services.audit.records import LedgerPlace, numbers_of_acts, places_of
from services.console.words import day, language, language_name, shared, t, t_if, way_in_words
from services.health.versions.programme_log import PROGRAMME
from services.health.versions.trials import TRIAL
from services.ledger.content_erasure import ERASURE
from services.ledger.journal import read_content
from services.ledger.party_log import PARTY, TOKEN
from services.ledger.task_log import TASK
from services.livestock.domain.access import Viewer
from services.livestock.domain.model import EventType
from services.livestock.queries.events import event_views
from services.passport.event_summaries import tell_details
from services.storage.models import Journal
from services.texts.catalogue import has_sentence

KINDS = (*(kind.value for kind in EventType), PARTY, TOKEN, TASK, PROGRAMME, TRIAL, ERASURE)
"""Types of records, in the order in which a list shows them."""

_LIVESTOCK = frozenset(kind.value for kind in EventType)
_NUMBERED = frozenset(
    kind.value
    for kind in (EventType.ORDER, EventType.NOTICE, EventType.OUTBREAK, EventType.NOTIFICATION)
)
_NAMED_ANIMALS, _ID = 3, 8


class TellingRecord(NamedTuple):
    """A record in words.

    Attributes:
        day: on which it happened, as claimed.
        what: what happened, in a few words.
        facts: of whom, where, and what it told.
        reporter: first letters of the party's id; None: nobody's, or erased.
        way: how it came, in words; empty: nobody noted it.
        place: its first place on the ledger; None: it waits.
        erased: what it told is gone.
        altered: it is not what was recorded, so nothing of it is told.
        void: a later record says that it was wrong.
    """

    event_id: UUID
    day: date
    recorded_at: datetime
    what: str
    facts: Sequence[str]
    reporter: str | None
    way: str
    receipt: str
    place: int | None
    erased: bool
    altered: bool
    void: bool


def tell_records(session: Session, viewer: Viewer, rows: Sequence[Journal]) -> list[TellingRecord]:
    """Put records into words, with the numbers that `viewer` may see and no more."""
    places = places_of(session, rows)
    altered = {row.id for row in rows if _is_altered(row, places.get(row.id))}
    ours = [row for row in rows if row.type in _LIVESTOCK and row.id not in altered]
    numbers = numbers_of_acts(session, [row for row in ours if row.type in _NUMBERED])
    views = {view["event_id"]: view for view in event_views(session, viewer, ours)}
    told = []
    for row in rows:
        record = read_content(None if row.id in altered else row.content)
        view, place = views.get(row.event_id), places.get(row.id)
        told.append(
            TellingRecord(
                *(row.event_id, row.occurred_on, row.recorded_at, kind_in_words(row.type)),
                event_facts(view, numbers.get(row.id)) if view else tell_act(row.type, record),
                short_id(record.get("reporter")),
                way_in_words(record.get("channel")),
                receipt_code(place.commitment) if place else "",
                place.place if place else None,
                row.content is None,
                row.id in altered,
                bool(view and view["corrected_by"]),
            )
        )
    return told


def _is_altered(row: Journal, place: LedgerPlace | None) -> bool:
    """Tell whether somebody changed an event in the database: an auditor must see it, and go on."""
    return row.content is not None and not (place and place.commits_to(row.content))


def kind_in_words(kind: str) -> str:
    """Name a type of record."""
    own = f"ledger_record_{kind}"
    return t(own) if has_sentence(f"console.{own}") else shared(f"event.{kind}")


def short_id(party: str | None) -> str | None:
    """Return the first letters of a party's id, by which people tell two apart."""
    return party[:_ID] if party else None


def tell_act(kind: str, record: Mapping[str, Any]) -> list[str]:
    """Tell the facts of a record that is of no animal: of a person, a token, a programme."""
    details = record.get("details")
    if not details:
        return []
    return [one for one in _ACTS[kind](record["subjects"][0], details) if one]


def event_facts(view: Mapping[str, Any], number: str | None = None) -> list[str]:
    """Tell the facts of an event of livestock: of whom or which order, where, and what it told."""
    told = (number, _animals(view["animals"]), _places(view), *_details(view))
    return [one for one in told if one]


def _animals(numbers: Sequence[str]) -> str:
    shown = [one.rpartition(":")[2] for one in numbers[:_NAMED_ANIMALS]]
    more = len(numbers) - len(shown)
    return ", ".join([*shown, t("ledger_record_more", count=more)] if more else shown)


def _places(view: Mapping[str, Any]) -> str:
    near, far = view["premises"], view["other"]
    if near and far:
        arrives = view["type"] == EventType.ARRIVE
        first, last = (far, near) if arrives else (near, far)
        return t("ledger_record_from_to", first=first, last=last)
    return t("ledger_record_at", place=near) if near else ""


def _details(view: Mapping[str, Any]) -> list[str]:
    written = tell_details(view["details"])
    return [(one.tpi or one.en) if language() == "tpi" else one.en for one in written]


def _party(subject: Mapping[str, Any], told: Mapping[str, Any]) -> list[str]:
    return [
        t("ledger_record_person", id=short_id(subject.get("id"))),
        change_in_words(told),
        shared(f"office.{told.get('role')}"),
        told.get("province") or "",
        t("ledger_record_phones", count=len(told.get("phones", ()))),
    ]


def _token(subject: Mapping[str, Any], told: Mapping[str, Any]) -> list[str]:
    kind = "ledger_record_session" if told.get("session") else "ledger_record_a_token"
    whose = told.get("party")
    return [
        t(kind, id=short_id(subject.get("id"))),
        change_in_words(told),
        shared(f"office.{told.get('role')}"),
        t("ledger_record_person", id=short_id(whose)) if whose else "",
        t("ledger_record_scopes", words=told["scopes"]) if "scopes" in told else "",
        t("ledger_record_until", day=_day_of(str(told.get("expires", "")))),
    ]


def change_in_words(told: Mapping[str, Any]) -> str:
    """Name a change of a person, a token or a task."""
    change = str(told.get("change", ""))
    return _known(f"ledger_change_{change}", change)


def _day_of(instant: str) -> str:
    try:
        return day(date.fromisoformat(instant[:10]))
    except ValueError:
        return instant


def _task(_: Mapping[str, Any], told: Mapping[str, Any]) -> list[str]:
    owner, outcome = told.get("owner"), told.get("outcome")
    return [
        shared(f"task.kind.{told.get('kind', '')}"),
        change_in_words(told),
        t("ledger_record_person", id=short_id(owner)) if owner else "",
        t(f"outcome_{outcome}") if outcome else "",
    ]


def _programme(subject: Mapping[str, Any], told: Mapping[str, Any]) -> list[str]:
    version, action = told.get("version"), str(told.get("action", ""))
    return [
        str(subject.get("value") or subject.get("id") or ""),
        _known(f"ledger_act_{action}", action),
        t("ledger_record_version", number=version) if version else "",
        language_name(str(told.get("language", ""))),
        str(told.get("trial", "")),
    ]


def _erasure(_: Mapping[str, Any], told: Mapping[str, Any]) -> list[str]:
    numbers = ", ".join(map(str, told.get("erased", ())))
    reason = str(told.get("reason", ""))
    why = _known(f"ledger_reason_{reason}", reason)
    return [t("ledger_record_erased_index", numbers=numbers), why]


def _known(own: str, code: str) -> str:
    """Return the sentence of a code; one that has none is named as it is."""
    return t_if(own) or code.replace("_", " ")


_ACTS: Mapping[str, Callable[[Mapping[str, Any], Mapping[str, Any]], list[str]]] = {
    PARTY: _party,
    TOKEN: _token,
    TASK: _task,
    PROGRAMME: _programme,
    TRIAL: _programme,
    ERASURE: _erasure,
}
