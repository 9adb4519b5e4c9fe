"""Recall of a wrong text for people who are in the course: what waits, what came, who may ask."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import LargeBinary, select, type_coerce, update

from services.core.errors import ServiceError
from services.core.roles import Role
from services.health.courses.plan_changes import PlanChange, change_plan, pause, resume
from services.health.recalls.corrections import send_corrections
from services.health.recalls.lifecycle import RecallDraft, approve_recall, ask_recall
from services.health.recalls.receivers import note_receivers
from services.health.recalls.views import figures, recall_view
from services.health.recalls.waiting_texts import replace_waiting
from services.health.versions.approvals import ApprovalAct
from services.health.versions.store import programme_by_id
from services.messaging.dispatch.store import DatabaseDispatchStore
from services.storage.models import (
    AskedQuestion,
    Change,
    Concern,
    Message,
    ProgrammeVersion,
    Recall,
    RecalledText,
    Subscription,
    TextCorrection,
)
from sms.routing import Route
from sms.settings import SmsSettings
from tests.services.health.scene import (
    APPROVER,
    PLANNER,
    SETTINGS,
    SMALL,
    Course,
    person,
    publish,
    withdraw_all,
)
from tests.support.round_trips import counted

pytestmark = pytest.mark.slow

WRONG, RIGHT = "Tell a friend today.", "Tell nobody but a friend."
SECOND = "+67570000907"
LATER = (
    SMALL.replace(WRONG, RIGHT)
    .replace("Tokim wanpela pren tude.", "Tokim wanpela gutpela pren tude.")
    .replace("You matter to us.", "We are here for you.")
    .replace("Wait 5 minutes. It passes.", "Wait 10 minutes. It passes.")
    .replace("How was today, 1 bad to 5 good?", "Was today 1 bad, or up to 5 good?")
    .replace("Today is the day, {name}!", "This is the day, {name}!")
)


@pytest.fixture
def course(database):
    """Somebody in the first version, with what is planned."""
    publish(database)
    course = Course(database)
    course.join()
    course.keep()
    return course


def draft(text_id, language="en", *, by=2, correct=False):
    return RecallDraft("tobacco", text_id, language, by, "It misleads", correct)


def ask(course, wanted, asker=None):
    planner = asker or person(course.database, PLANNER, Role.PLANNER)
    with course.database.write() as session:
        return ask_recall(session, wanted, planner, course.now).id


def act(course, approver):
    return ApprovalAct("NDOH 7", approver, uuid4(), "test", uuid4(), course.now)


def approve(course, key, approver=None):
    signer = approver or person(course.database, APPROVER, Role.APPROVER)
    with course.database.write() as session:
        approve_recall(session, session.get_one(Recall, key), act(course, signer))


def recall(course, text_id, language="en", **how):
    approve(course, ask(course, draft(text_id, language, **how)))


def sent(course):
    """All that is due has gone."""
    with course.database.write() as session:
        session.execute(
            update(Message)
            .where(Message.state == "queued", Message.due_at <= course.now)
            .values(state="sent", tries=1, tried_at=course.now)
        )


def stored(course, model, *where):
    with course.database.read() as session:
        session.expire_on_commit = False
        return session.scalars(select(model).where(*where).order_by(model.id)).all()


def texts(course, item, *states):
    rows = stored(course, Message, Message.item == item)
    return [(row.body, row.version_id) for row in rows if not states or row.state in states]


def started(course):
    """What a dispatcher sends now."""
    store = DatabaseDispatchStore(course.database, SETTINGS)
    found = store.claim("w", 50, course.now)
    return [one.message.body for one in store.start("w", found, course.now)]


def test_recall__of_a_waiting_text__sends_the_right_one_once_and_never_the_wrong_one(course):
    first = course.row().version_id
    second = publish(course.database, LATER).id
    assert texts(course, "tip-1") == [(WRONG, first)]
    recall(course, "tip-1")
    course.now = stored(course, Message, Message.item == "tip-1")[0].planned_at
    assert WRONG not in started(course), "killed here, nothing wrong goes"
    course.now += timedelta(minutes=3)
    course.keep()
    assert texts(course, "tip-1") == [(RIGHT, second)]
    assert started(course).count(RIGHT) == 1
    (told,) = stored(course, Change, Change.what == "recall")
    assert told.details["cancelled"] == told.details["created"]
    assert course.row().version_id == first


def damaged(course, column, *where):
    """Values of messages do not open any more."""
    junk = type_coerce(b"\x02" + bytes(40), LargeBinary)
    with course.database.write() as session:
        session.execute(update(Message).where(*where).values({column.key: junk}))


def bodies(course, *where):
    with course.database.read() as session:
        return session.scalars(select(Message.body).where(*where).order_by(Message.id)).all()


def test_recall__of_a_text_that_cannot_be_replaced__keeps_no_later_one_waiting(course):
    course.keep()
    course.sender = SECOND
    course.join()
    course.say("I want to die")
    publish(course.database, LATER)
    damaged(course, Message.body, Message.item == "tip-1")
    recall(course, "tip-1")
    recall(course, "self_harm")
    with course.database.write(exclusive=False) as session:
        assert replace_waiting(session, course.now, 200) == 1
    with course.database.write(exclusive=False) as session:
        assert replace_waiting(session, course.now, 200) == 0
    reply = bodies(course, Message.item.is_(None))[-1]
    assert reply.startswith("We are here for you.")
    assert [one.swept_at for one in stored(course, Recall)] == [None, course.now]


def test_recall__of_replies_of_which_one_does_not_open__replaces_the_others(course, caplog):
    course.say("I want to die")
    course.sender = SECOND
    course.join()
    course.say("I want to die")
    wrong = [row for row in stored(course, Message) if row.body.startswith("You matter to us.")]
    damaged(course, Message.reply, Message.id == wrong[0].id)
    publish(course.database, LATER)
    recall(course, "self_harm")
    course.keep()
    same, anew = bodies(course, Message.id.in_([row.id for row in wrong]))
    assert same == wrong[0].body
    assert anew.startswith("We are here for you.")
    assert "1 values of Message.reply do not open" in caplog.text


def test_recall__of_many_waiting_texts__opens_replies_once_they_are_replaced(course):
    course.sender = SECOND
    course.join()
    course.keep()
    publish(course.database, LATER)
    recall(course, "tip-1")
    searches = []
    for _ in range(3):
        with counted() as sent, course.database.write(exclusive=False) as session:
            replace_waiting(session, course.now, 1)
        searches.append(sum("reply IS NOT NULL" in one for one in sent))
    assert searches == [0, 0, 1]


def test_recall__of_a_translation__leaves_the_other_language(course):
    publish(course.database, LATER)
    recall(course, "tip-1", "tpi")
    course.keep()
    assert [body for body, _ in texts(course, "tip-1")] == [WRONG]
    with course.database.read() as session:
        programme = programme_by_id(session, course.row().version_id)[1]
    assert programme.phases[0].items[0].text.say == {
        "en": WRONG,
        "tpi": "Tokim wanpela gutpela pren tude.",
    }


def test_recall__of_replies__is_heard_at_once_by_members_of_the_old_version(course):
    assert course.say("I want to die").startswith("You matter to us.")
    publish(course.database, LATER)
    recall(course, "self_harm")
    recall(course, "crave/1")
    assert course.say("CRAVE") == "Wait 10 minutes. It passes."
    assert course.say("I want to die").startswith("We are here for you.")


def test_recall__corrected__reaches_each_person_who_has_it_once(course):
    second = publish(course.database, LATER).id
    course.later(days=1)
    sent(course)
    recall(course, "tip-1", correct=True)
    for _ in range(3):
        course.later(minutes=5)
    rows = stored(course, Message, Message.purpose == "correction")
    assert [row.body for row in rows][1:] == [RIGHT]
    assert rows[0].body.startswith("We sent you a wrong text.")
    assert {row.version_id for row in rows} == {second}
    assert rows[0].due_at < rows[1].due_at
    assert [row.outcome for row in stored(course, TextCorrection)] == ["sent"]


def noted(course, limit=2_000):
    """Look for the next people to correct; whether there may be more."""
    with course.database.write(exclusive=False) as session:
        return note_receivers(session, limit)


def seen(course):
    """The first recall as people see it."""
    with course.database.read() as session:
        return recall_view(session, session.scalars(select(Recall).order_by(Recall.id)).first())


def test_recall__approved__looks_for_its_people_later_and_says_so_until_all_are_found(course):
    first = course.row().id
    course.sender = SECOND
    course.join()
    course.keep()
    publish(course.database, LATER)
    course.later(days=1)
    sent(course)
    recall(course, "tip-1", correct=True)
    assert (seen(course)["noting"], seen(course)["corrections"]) == (True, {})
    assert noted(course, 1)
    assert (seen(course)["noting"], seen(course)["corrections"]) == (True, {"waiting": 1})
    assert [row.subscription_id for row in stored(course, TextCorrection)] == [first]
    while noted(course, 1):
        pass
    assert (seen(course)["noting"], seen(course)["corrections"]) == (False, {"waiting": 2})


def test_recall__while_an_earlier_one_corrects__corrects_nobody_twice(course):
    publish(course.database, LATER)
    publish(course.database, LATER.replace(RIGHT, "Tell two friends."))
    course.later(days=1)
    sent(course)
    recall(course, "tip-1", correct=True)
    assert noted(course)
    recall(course, "tip-1", by=3, correct=True)
    with course.database.write(exclusive=False) as session:
        assert send_corrections(session, course.now, 200) == 0
    course.keep()
    assert [row.outcome for row in stored(course, TextCorrection)] == ["superseded", "sent"]
    bodies = [row.body for row in stored(course, Message, Message.purpose == "correction")]
    assert bodies[1:] == ["Tell two friends."]


def test_recall__then_back_before_its_people_are_found__corrects_nobody(course):
    publish(course.database, LATER)
    course.later(days=1)
    sent(course)
    recall(course, "tip-1", correct=True)
    course.now += timedelta(seconds=1)
    recall(course, "tip-1", by=1)
    course.keep()
    assert seen(course)["noting"] is False
    assert stored(course, TextCorrection) == []


def test_recall__of_a_reply_to_danger__corrects_who_has_it_and_shows_nobody(course):
    course.say("I want to die")
    course.sender = SECOND
    course.join()
    publish(course.database, LATER)
    sent(course)
    course.now += timedelta(hours=2)
    recall(course, "self_harm", correct=True)
    with course.database.write() as session:
        session.execute(update(Concern).values(handled_at=course.now))
    course.later(minutes=5)
    rows = stored(course, TextCorrection)
    assert sorted(row.outcome for row in rows) == ["not_had", "sent"]
    told = [row for row in stored(course, Message) if row.body.startswith("We are here for you.")]
    assert [(row.purpose, row.item) for row in told] == [("reminder", None)]


def test_recall__of_an_open_question__asks_it_again_in_the_right_words(course):
    publish(course.database, LATER)
    course.later(days=13, hours=8)
    sent(course)
    recall(course, "mood-3", correct=True)
    course.later(minutes=5)
    course.later(minutes=5)
    sent(course)
    states = [row.state for row in stored(course, AskedQuestion, AskedQuestion.item == "mood-3")]
    assert states == ["dropped", "open"]
    assert course.say("2").startswith("That is hard.")


def changed(course, function, *args):
    with course.database.write() as session:
        row = session.get_one(Subscription, course.row().id)
        function(session, row, programme_by_id(session, row.version_id)[1], course.now, *args)


def in_parts(course, *outcomes):
    """Split the waiting tip-1 for a channel that joins no parts; send some parts of it."""
    course.now = stored(course, Message, Message.item == "tip-1")[0].planned_at
    one = SmsSettings(routes=(Route("+", ("kannel",)),), one_segment=frozenset({"kannel"}))
    with course.database.write() as session:
        wrong = session.scalars(select(Message).where(Message.item == "tip-1")).one()
        wrong.body = LONG_WRONG
    store = DatabaseDispatchStore(course.database, one)
    store.start("w", store.claim("w", 50, course.now), course.now)
    with course.database.write() as session:
        parts = session.scalars(select(Message).where(Message.part_of.is_not(None)))
        for part, outcome in zip(parts, outcomes, strict=False):
            part.state, part.tries = outcome


LONG_WRONG, GONE = f"{WRONG} {'word ' * 45}", ("sent", 1)


@pytest.mark.parametrize(
    ("gone", "correct", "waiting"),
    [((), True, [RIGHT]), ((GONE,), False, [RIGHT]), ((GONE,), True, [])],
)
def test_recall__of_a_text_in_parts__lets_none_of_them_go(course, gone, correct, waiting):
    publish(course.database, LATER)
    in_parts(course, *gone)
    recall(course, "tip-1", correct=correct)
    with course.database.write() as session:
        replace_waiting(session, course.now, 50)
    assert [body for body, _ in texts(course, "tip-1", "queued")] == waiting


def test_recall__in_a_pause__corrects_when_the_course_goes_on(course):
    publish(course.database, LATER)
    course.later(days=1)
    sent(course)
    changed(course, pause)
    recall(course, "tip-1", correct=True)
    course.later(minutes=5)
    assert texts(course, "tip-1", "queued") == []
    changed(course, resume)
    course.later(minutes=5)
    assert [body for body, _ in texts(course, "tip-1", "queued")][1:] == [RIGHT]


def test_recall__while_the_date_moves__writes_the_right_text_for_the_new_day(course):
    second = publish(course.database, LATER).id
    day = course.now.date() + timedelta(days=1)
    changed(course, change_plan, PlanChange(anchors={"quit": day}))
    course.keep()
    recall(course, "day-0")
    changed(course, change_plan, PlanChange(anchors={"quit": day + timedelta(days=1)}))
    course.later(days=1)
    bodies = texts(course, "day-0", "queued")
    assert bodies == [("This is the day, Maria!", second)]


def test_recall__of_who_was_forgotten__writes_to_nobody(course):
    publish(course.database, LATER)
    course.later(days=1)
    sent(course)
    recall(course, "tip-1", correct=True)
    course.forget()
    course.later(minutes=5)
    assert [row.outcome for row in stored(course, TextCorrection)] == ["left"]
    assert not any(row.body for row in stored(course, Message, Message.purpose == "correction"))


def test_recall__a_second_time__replaces_what_the_first_gave(course):
    third = LATER.replace(RIGHT, "Tell two friends.")
    publish(course.database, LATER)
    recall(course, "tip-1")
    key = publish(course.database, third).id
    recall(course, "tip-1", by=3)
    course.keep()
    assert texts(course, "tip-1") == [("Tell two friends.", key)]
    # Back to the first version's own text, which is right again.
    recall(course, "tip-1", by=1)
    course.keep()
    assert texts(course, "tip-1") == [(WRONG, course.row().version_id)]
    course.now = stored(course, Message, Message.item == "tip-1")[0].planned_at
    assert WRONG in started(course)


def test_recall__then_withdrawn_versions__end_their_own_peoples_texts_alone(course):
    second = publish(course.database, LATER)
    recall(course, "tip-1")
    course.keep()
    withdraw_all(course.database, second, ("en",))
    assert [body for body, _ in texts(course, "tip-1", "queued")] == [RIGHT]
    with course.database.read() as session:
        first = session.get_one(ProgrammeVersion, course.row().version_id)
    withdraw_all(course.database, first, ("en",))
    assert texts(course, "tip-1", "queued") == []


def test_recall__dry_run__counts_what_waits_who_has_it_and_what_it_costs(course):
    publish(course.database, LATER)
    key = ask(course, draft("tip-1", correct=True))
    with course.database.read() as session:
        told = figures(session, session.get_one(Recall, key), SETTINGS, course.now)
        seen = recall_view(session, session.get_one(Recall, key))
    assert (told.waiting, told.have, told.cost) == (1, 0, 0)
    course.later(days=1)
    sent(course)
    with course.database.read() as session:
        told = figures(session, session.get_one(Recall, key), SETTINGS, course.now)
    assert (told.waiting, told.have, told.segments, told.left) == (0, 1, 2, 0)
    assert told.cost == 2 * SETTINGS.price_toea
    assert seen["wrong"] == [{"version": 1, "texts": [{"say": WRONG, "discreet": None}]}]
    assert (seen["right"][0]["say"], seen["safety"], seen["approved_at"]) == (RIGHT, False, None)


OTHER_MEANING = SMALL.replace(
    "1: {code: none}, 2: {code: some}", "1: {code: some}, 2: {code: none}"
).replace("In the last 7 days, how often?", "In the last week, how often?")
NUMBER = SMALL.replace("Please call 111 now", "Please call {ambulance} now")
NO_NUMBER = SMALL.replace("Please call 111 now", "Please wait")
REFUSED = {
    "by nobody's version": (draft("tip-1", by=9), "unknown_programme"),
    "of no text": (draft("tip-9"), "unknown_recall"),
    "of an equal text": (draft("day-2"), "nothing_to_recall"),
    "with other answers": (draft("month1", by=3), "bad_recall"),
    "by what nobody approved": (draft("tip-1", by=4), "bad_recall"),
    "without the number to call": (draft("self_harm", by=6), "bad_recall"),
}


def test_recall__that_cannot_be__is_refused_before_anything_is_kept(course):
    publish(course.database, LATER)
    publish(course.database, OTHER_MEANING)
    publish(course.database, LATER.replace(RIGHT, "Nobody signed this."), ())
    publish(course.database, NUMBER)
    publish(course.database, NO_NUMBER)
    for what, (wanted, code) in REFUSED.items():
        with pytest.raises(ServiceError) as refused:
            ask(course, wanted)
        assert refused.value.code == code, what
    signer = person(course.database, APPROVER, Role.APPROVER)
    with pytest.raises(ServiceError, match="planner"):
        ask(course, draft("tip-1"), signer)


def test_recall__approved_by_who_asked_or_twice__is_refused(course):
    publish(course.database, LATER)
    key = ask(course, draft("tip-1"))
    planner = person(course.database, PLANNER, Role.PLANNER)
    with pytest.raises(ServiceError, match="approver"):
        approve(course, key, planner)
    # The same person, after a change of office.
    both = person(course.database, PLANNER, Role.APPROVER)
    with pytest.raises(ServiceError, match="second person"):
        approve(course, key, both)
    again = ask(course, draft("tip-1"), person(course.database, SECOND, Role.PLANNER))
    approve(course, key)
    for one in (key, again):
        with pytest.raises(ServiceError, match=r"approved before|differ"):
            approve(course, one)
    assert [row.text_id for row in stored(course, RecalledText)] == ["tip-1"]


def test_approval__of_a_version_with_a_recalled_text__is_refused(course):
    publish(course.database, LATER)
    recall(course, "tip-1")
    with pytest.raises(ServiceError, match="tip-1 was recalled in en"):
        publish(course.database, SMALL.replace("Day 2. Water helps.", "Day 2. Walk."))
