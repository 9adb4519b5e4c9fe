"""What one text changed: the database before and after it, as effects with their fields."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select

from services.health.conversation.danger_asking import ASKED
from services.health.conversation.red_flags import FLAG
from services.storage.models import (
    Arrival,
    AskedQuestion,
    Concern,
    Consent,
    Contact,
    Journal,
    Message,
    Party,
    PendingConfirmation,
    PendingErasure,
    Post,
    Premises,
    Subscription,
)
from tests.corpus.stage import NUMBERS, VET
from tests.factories import TODAY, date

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from services.storage.database import Database

_TABLES = {
    "arrival": select(Arrival.key_digest.label("id"), Arrival.outcome),
    "asked": select(
        AskedQuestion.id, AskedQuestion.state, AskedQuestion.answer, AskedQuestion.value
    ),
    "concern": select(Concern.id, Concern.kind),
    "consent": select(Consent.id, Consent.scope, Consent.granted),
    "contact": select(Contact.id, Contact.party_id, Contact.number),
    "journal": select(Journal.id, Journal.type, Journal.content),
    "erasure": select(PendingErasure.party_id.label("id")),
    "message": select(
        Message.id, Message.recipient, Message.body, Message.purpose, Message.item, Message.reply
    ),
    "party": select(Party.id, Party.language),
    "pending": select(PendingConfirmation.id, PendingConfirmation.state),
    "post": select(Post.party_id.label("id"), Post.premises_id, Post.asked_at),
    "premises": select(Premises.id, Premises.name),
    "subscription": select(
        Subscription.id,
        Subscription.programme,
        Subscription.state,
        Subscription.hour,
        Subscription.anchors,
    ),
}
# What our own answers leave behind is no effect of the text.
_OURS = {"decision"}
_CLOSED = {"refused", "replaced", "expired"}
_NOTHING: Mapping[str, Any] = {}

Row = dict[str, Any]
Change = tuple[Row, Row]
State = dict[str, dict[Any, Row]]


class Effect(NamedTuple):
    """Something that is not as it was, and what was read of it."""

    kind: str
    fields: Mapping[str, Any] = _NOTHING


@dataclass
class Observed:
    """Everything that one text did."""

    effects: list[Effect] = field(default_factory=list)
    alarmed: bool = False
    opened: bool = False
    outcome: str = ""
    replies: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    @property
    def kinds(self) -> set[str]:
        return {effect.kind for effect in self.effects}

    @property
    def quiet(self) -> bool:
        """Whether it was answered, and neither a question opened nor anybody called."""
        return bool(self.replies) and not (
            self.opened or self.outcome == ASKED or self.alarmed or "danger" in self.kinds
        )

    @property
    def called(self) -> bool:
        """Whether an officer or a clinician was told of a danger."""
        return self.alarmed or "danger" in self.kinds or self.outcome == FLAG

    @property
    def told(self) -> str:
        return " ".join(self.replies)


def look(database: Database, before: State | None = None) -> State:
    """Read all that a text may change; of messages those alone that were not there before."""
    newest = max(before["message"]) if before else 0
    tables = _TABLES | {"message": _TABLES["message"].where(Message.id > newest)}
    with database.read() as session:
        return {
            name: {row.id: dict(row._mapping) for row in session.execute(statement)}
            for name, statement in tables.items()
        }


def compare(before: State, after: State, sender: str) -> Observed:
    """Tell what changed, for the phone that sent."""
    new = {
        name: [row for key, row in rows.items() if key not in before[name]]
        for name, rows in after.items()
    }
    changed = {
        name: [(before[name][key], row) for key, row in rows.items() if key in before[name]]
        for name, rows in after.items()
    }
    changed = {
        name: [pair for pair in pairs if pair[0] != pair[1]] for name, pairs in changed.items()
    }
    seen = Observed([*_of_journal(new), *_of_new(new), *_of_changed(changed, before, after)])
    mine = [row for row in new["message"] if row["recipient"] == sender]
    seen.replies = [row["body"] for row in mine]
    named = (row["reply"] or row["item"] for row in mine)
    seen.words = [name.partition("/")[0] for name in named if name]
    seen.alarmed = any(
        row["recipient"] == VET and row["purpose"] == "alarm" for row in new["message"]
    )
    seen.opened = bool(new["pending"])
    seen.outcome = new["arrival"][0]["outcome"] if new["arrival"] else ""
    return seen


def _of_journal(new: Mapping[str, list[Row]]) -> Iterator[Effect]:
    for row in new["journal"]:
        if row["type"] not in _OURS:
            yield Effect(row["type"], _fields(json.loads(row["content"])))


def _fields(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a record by the names that labels have for them."""
    details = content.get("details", {})
    renamed = defaultdict(str, {key: str(value).casefold() for key, value in details.items()})
    renewed = details.get("new", "").partition(":")[2]
    animals = [
        NUMBERS.get(one["value"], one["value"])
        for one in content["subjects"]
        if one["kind"] == "animal" or one.get("value") in NUMBERS.values()
    ]
    return {
        "tags": {number for number in animals if number != renewed},
        "new": renewed,
        "day": _days(details.get("first_day") or content["occurred"]["at"]),
        "place": (content.get("to") or content.get("at") or {}).get("number"),
        "count": renamed["head_count"],
        **{one: NUMBERS.get(details.get(one, "").partition(":")[2]) for one in ("dam", "sire")},
        "sign": details.get("signs", []),
        "wait": renamed["withdrawal_days"],
        "kilograms": renamed["kilograms"].removesuffix(".0"),
        "sample": details.get("sample", ""),
        "score": renamed["score"],
        "specimen": renamed["specimen"],
        **{name: renamed[name] for name in ("cause", "outcome", "product", "sex", "suspicion")},
    }


def _days(written: str) -> str:
    return str((date.fromisoformat(written[:10]) - TODAY).days)


def _of_new(new: Mapping[str, list[Row]]) -> Iterator[Effect]:
    for row in new["consent"]:
        yield from _of_consent(row)
    for row in new["subscription"]:
        yield Effect("joined", {"programme": row["programme"]})
    for row in new["concern"]:
        yield Effect({"flag": "danger"}.get(row["kind"], row["kind"]))
    for _ in new["erasure"]:
        yield Effect("opt_out", {"scope": "forget"})
    people = {row["id"] for row in new["party"]}
    for row in new["contact"]:
        if row["party_id"] not in people:
            yield Effect("phone_added")


def _of_consent(row: Row) -> Iterator[Effect]:
    if not row["granted"]:
        yield Effect("opt_out", {"scope": {"*": "all"}.get(row["scope"], row["scope"])})
    elif row["scope"] == "*":
        yield Effect("start")


def _of_changed(
    changed: Mapping[str, list[Change]], before: State, after: State
) -> Iterator[Effect]:
    for table, effects in _CHANGES.items():
        for was, row in changed[table]:
            yield from effects(was, row)
    if before["contact"].keys() - after["contact"].keys():
        yield Effect("opt_out", {"scope": "forget"})


def _of_party(was: Row, row: Row) -> Iterator[Effect]:
    if was["language"] is not None:
        yield Effect("language", {"to": row["language"]})


def _of_pending(was: Row, row: Row) -> Iterator[Effect]:
    if was["state"] == "open" and row["state"] in _CLOSED:
        yield Effect("closed")


def _of_asked(was: Row, row: Row) -> Iterator[Effect]:
    if was["state"] == "open" and row["state"] == "answered":
        yield _answered(row)


def _of_post(was: Row, row: Row) -> Iterator[Effect]:
    if row["asked_at"] is None or row["premises_id"] != was["premises_id"]:
        yield Effect("post", {"place": "2814"})


def _of_premises(_was: Row, row: Row) -> Iterator[Effect]:
    if row["name"]:
        yield Effect("premises")


def _answered(row: Row) -> Effect:
    value = row["value"] if row["answer"] == "answered" else row["answer"]
    dated = value is not None and value.count("-") == 2 and value[:4].isdigit()
    return Effect("answered", {"day": _days(value)} if dated else {"value": value})


def _of_course(was: Row, row: Row) -> Iterator[Effect]:
    """Tell what became of a person's course; to become active is no more than its last answer."""
    if row["hour"] != was["hour"]:
        yield Effect("hour", {"hour": str(row["hour"] or "none")})
    if row["state"] == "paused":
        yield Effect("paused")
    elif row["state"] in {"opted_out", "ineligible"} and was["state"] != row["state"]:
        yield Effect("left")
    slip, quit_day = (row["anchors"].get(name) for name in ("slip", "quit"))
    if slip and slip != was["anchors"].get("slip"):
        yield Effect("slip")
    elif quit_day != was["anchors"].get("quit") and was["state"] == "active":
        yield Effect("dated", {"day": _days(quit_day)})


_CHANGES: Mapping[str, Callable[[Row, Row], Iterator[Effect]]] = {
    "party": _of_party,
    "pending": _of_pending,
    "asked": _of_asked,
    "subscription": _of_course,
    "post": _of_post,
    "premises": _of_premises,
}
