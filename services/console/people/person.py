"""One person in a programme: where they are in the course, texts, answers, and who read of them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import Response, g, request
from sqlalchemy.orm import Session

from services.api.context import context
from services.console.blueprint import ConsoleBlueprint
from services.console.browser_session import PREFIX
from services.console.pages import show
from services.console.people.course_line import CourseLine, course_line
from services.console.people.people_list import CLINICIANS, title_of
from services.console.questions import answer_in_words, question_in_words
from services.console.words import language, role_name
from services.core.roles import Role, Scope
from services.health.api.subscriptions import ONE, noted
from services.health.courses.compiled import compile_course
from services.health.courses.course_messages import dates, own_dates, position_of
from services.health.courses.previews import PlannedText
from services.health.courses.register import (
    PersonReading,
    course_days,
    people_views,
    readings_of,
    sent_texts,
)
from services.health.courses.schedule import due, last_date
from services.health.courses.staff import MAY_CHANGE, full_view, shown
from services.health.courses.subscriptions import OPEN, SubscriptionState
from services.health.format.model import ENROLMENT, Personal, Programme, render
from services.health.versions.store import programme_by_id
from services.storage.models import Subscription
from sms.local_time import local_day

PERSON = f"/people{ONE}"

blueprint = ConsoleBlueprint("person", "One person of a programme.")

_SENT, _READERS, _NEXT = 20, 20, 5


@blueprint.route(PERSON, guard=CLINICIANS, scope=Scope.CARE)
def person(subscription_id: UUID) -> Response:
    """See one person: where they are in the course, what comes, what they said, who read it."""
    now = context().clock()
    with context().database.write(exclusive=False) as session:
        row = noted(session, subscription_id)
        programme = programme_by_id(session, row.version_id)[1]
        view = full_view(session, row, now)
        values = {
            **head(session, row, programme),
            "line": _line(session, row, programme, now),
            "next": [
                {"at": one["at"], "text": text_of(programme, one["item"], row)}
                for one in view["plan"][:_NEXT]
            ],
            "answers": [_answer(programme, one) for one in view["questions"]],
            "sent": sent_texts(session, row, programme, _SENT),
            "readers": [_reader(one) for one in readings_of(session, row, _READERS)],
            "may": _may(row, programme),
            "done": done if (done := request.args.get("done")) in MAY_CHANGE else None,
        }
    return show("people/person.html", **values)


def head(session: Session, row: Subscription, programme: Programme) -> dict[str, Any]:
    """Return what every page about a person begins with."""
    [view] = people_views(session, [row])
    labels = {one.code: _in_words(one.label) for one in programme.anchors}
    return {
        "one": view,
        "spoken": row.language,
        "title": title_of(programme),
        "zone": row.zone,
        "at": f"{PREFIX}/people/{row.public_id}",
        "dates": [
            (labels[code], on)
            for code, on in own_dates(dates(row.anchors)).items()
            if code in labels
        ],
    }


def movable(programme: Programme) -> list[tuple[str, str]]:
    """Return the dates of a person's own that may be moved: code and label."""
    return [(one.code, _in_words(one.label)) for one in programme.anchors if not one.dates]


def text_of(programme: Programme, item: str, row: Subscription) -> str:
    """Return a text of the course as its receiver gets it, without their name."""
    found = compile_course(programme).items.get(item)
    if found is None:
        return item
    anchors = own_dates(dates(row.anchors))
    # Their own words are said back to them alone.
    kept = dict.fromkeys(programme.kept(), "…")
    personal = Personal(None, row.place, anchors, row.discreet, kept=kept)
    return render(programme, found.text, row.language, personal)


def said(programme: Programme, row: Subscription, texts: Sequence[PlannedText]) -> dict[str, str]:
    """Return the words of texts, by item."""
    return {one.item: text_of(programme, one.item, row) for one in texts}


def _line(
    session: Session, row: Subscription, programme: Programme, now: datetime
) -> CourseLine | None:
    """Draw a course that has begun."""
    anchors = dates(row.anchors)
    if row.activated_at is None:
        return None
    first = anchors.get(ENROLMENT) or local_day(row.activated_at, row.zone)
    course, today = compile_course(programme), local_day(now, row.zone)
    end = last_date(course, anchors) if row.state in OPEN else row.ended_at
    coming: list[date] = []
    if row.state == SubscriptionState.ACTIVE:
        planned = due(course, position_of(row), today, date.max)
        coming = [one.on for one in shown(programme, planned) if one.at >= now]
    last = local_day(end, row.zone) if isinstance(end, datetime) else end
    return course_line(first, last, today, course_days(session, row, programme), coming)


def _answer(programme: Programme, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return a question in the language of the page, and what was answered."""
    told = asked["value"] or asked["answer"]
    return {
        "question": question_in_words(programme, asked["item"]),
        "answer": answer_in_words(programme, asked["item"], told) if told else None,
        "state": asked["state"],
        "at": asked["answered_at"] or asked["asked_at"],
    }


def _reader(one: PersonReading) -> dict[str, Any]:
    reader = one.reader
    mine = reader is not None and reader.id == g.party_id
    return {
        "at": one.at,
        "who": (reader.name or role_name(Role(reader.role))) if reader else None,
        "mine": mine,
        "what": one.what,
    }


def _may(row: Subscription, programme: Programme) -> list[str]:
    """Return what may be done with a course, in the order in which it is offered."""
    found = [what for what, states in MAY_CHANGE.items() if row.state in states]
    return [what for what in found if what != "dates" or movable(programme)]


def _in_words(label: Mapping[str, str]) -> str:
    return label.get(language()) or next(iter(label.values()))
